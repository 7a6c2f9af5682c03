package io.donna.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OtelSettingsTest {
  private static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";

  private static Settings.Resolved resolve(String... namesAndValues) throws InvalidSettings {
    Map<String, String> variables = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      variables.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return Settings.resolve(Environment.of(variables));
  }

  @Test
  void isOnWhereAnEndpointIsSetAndPassesOnAllOfOpenTelemetrysOwn() throws InvalidSettings {
    OtelSettings export =
        resolve(
                ENDPOINT,
                "http://collector:4318",
                "OTEL_SERVICE_NAME",
                "voice",
                "OTEL_TRACES_SAMPLER",
                "always_off",
                "TRACE_USER_SPEECH",
                "true",
                "OTELX",
                "other")
            .settings()
            .otel()
            .orElseThrow();

    assertThat(export.endpoint()).isEqualTo(URI.create("http://collector:4318"));
    assertThat(export.userSpeech()).isTrue();
    assertThat(export.variables())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                ENDPOINT,
                "http://collector:4318",
                "OTEL_SERVICE_NAME",
                "voice",
                "OTEL_TRACES_SAMPLER",
                "always_off"));
  }

  @Test
  void isOffWithoutAnEndpointWhateverElseAPlatformSets() throws InvalidSettings {
    assertThat(
            resolve("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "OTEL_EXPORTER_OTLP_HEADERS", "nonsense")
                .settings()
                .otel())
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "OTEL_EXPORTER_OTLP_ENDPOINT | collector:4318 | must be an http:// or https:// URL without"
            + " credentials, query or fragment",
        "OTEL_EXPORTER_OTLP_ENDPOINT | http://user:hunter2@collector | must be an http:// or https://"
            + " URL without credentials, query or fragment",
        "OTEL_EXPORTER_OTLP_ENDPOINT | http://collector?key=hunter2 | must be an http:// or https://"
            + " URL without credentials, query or fragment",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT | ftp://collector | must be an http:// or https:// URL"
            + " without credentials, query or fragment",
        "OTEL_EXPORTER_OTLP_PROTOCOL | grpc | must be http/protobuf, the only protocol that the"
            + " gateway exports by",
        "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL | http/json | must be http/protobuf, the only protocol"
            + " that the gateway exports by",
        "OTEL_TRACES_EXPORTER | zipkin | must be otlp or none",
        "OTEL_EXPORTER_OTLP_HEADERS | hunter2 | must be a list such as name=value,name=value",
        "OTEL_EXPORTER_OTLP_HEADERS | a=%hunter2 | must be a list such as name=value,name=value",
        "TRACE_USER_SPEECH | yes | is \"yes\": it must be true or false",
      })
  void refusesWhatItCannotExportBy(String name, String value, String problem) {
    assertThatExceptionOfType(InvalidSettings.class)
        .isThrownBy(() -> {
          Map<String, String> variables = new HashMap<>(Map.of(ENDPOINT, "http://collector:4318"));
          variables.put(name, value);
          Settings.resolve(Environment.of(variables));
        })
        .satisfies(refusal -> {
          assertThat(refusal.problems()).containsExactly(new Problem(name, problem));
          assertThat(refusal.getMessage()).doesNotContain("hunter2");
        });
  }

  @Test
  void showsNoHeaderAndHasItRedactedInAllItsForms() throws InvalidSettings {
    Settings.Resolved resolved =
        resolve(
            ENDPOINT,
            "https://collector.example",
            "OTEL_EXPORTER_OTLP_HEADERS",
            "x-team=voice-and-more,Authorization=Bearer%20hunter2hunter2",
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
            "api-key=hunter2traces");

    assertThat(resolved.table().toString()).doesNotContain("hunter2");
    assertThat(resolved.settings().toString()).doesNotContain("hunter2");
    assertThat(resolved.settings().secrets())
        .containsAll(
            List.of(
                "voice-and-more",
                "Bearer%20hunter2hunter2",
                "Bearer hunter2hunter2",
                "hunter2hunter2",
                "hunter2traces"));
  }
}
