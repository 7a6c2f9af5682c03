package io.donna.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.donna.gateway.config.UpstreamSettings.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UpstreamReaderTest {
  private static final String AZURE = "https://res.openai.azure.com";

  private static Environment environment(String assignments) {
    Map<String, String> variables = new HashMap<>(Map.of("ENABLE_WS_PROXY", "true"));
    Arrays.stream(assignments.split(";"))
        .map(String::strip)
        .filter(pair -> !pair.isEmpty())
        .forEach(pair ->
            variables.put(
                pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1)));
    return Environment.of(variables);
  }

  private static List<UpstreamSettings> read(String assignments) throws InvalidSettings {
    return Settings.read(environment(assignments)).upstreams();
  }

  @Test
  void readsTheServersInTheirOrder() throws InvalidSettings {
    List<UpstreamSettings> servers =
        read(
            "UPSTREAM=azure:west-2, OpenAI ,custom; OPENAI_API_KEY=a,b;"
                + "AZURE_OPENAI_ENDPOINT_WEST_2="
                + AZURE
                + "/;AZURE_OPENAI_API_KEY_WEST_2=k;AZURE_OPENAI_DEPLOYMENT_WEST_2=voice;"
                + "UPSTREAM_URL=wss://own.example/rt?x=y;UPSTREAM_HEADER=X-Key:  a b");

    assertThat(servers)
        .extracting(UpstreamSettings::name)
        .containsExactly("azure:west-2", "openai", "custom");
    assertThat(servers)
        .extracting(UpstreamSettings::kind)
        .containsExactly(Kind.AZURE, Kind.OPENAI, Kind.CUSTOM);
    assertThat(servers)
        .extracting(server -> server.url().toString())
        .containsExactly(
            "wss://res.openai.azure.com/openai/v1/realtime",
            "wss://api.openai.com/v1/realtime",
            "wss://own.example/rt?x=y");
    assertThat(servers)
        .extracting(UpstreamSettings::modelFixed)
        .containsExactly(true, false, false);
    assertThat(servers)
        .extracting(UpstreamSettings::keys)
        .containsExactly(
            new UpstreamCredentials("api-key", "", List.of(new Secret("k")), Optional.empty()),
            UpstreamCredentials.bearer(List.of(new Secret("a"), new Secret("b"))),
            new UpstreamCredentials("X-Key", "", List.of(new Secret("a b")), Optional.empty()));
    assertThat(servers.get(1).byKey()).hasSize(2);
    assertThat(servers.get(0).byKey()).containsExactly(servers.get(0));
  }

  @Test
  void takesATokenFileForAzure(@TempDir Path folder) throws Exception {
    Path token = Files.writeString(folder.resolve("token"), "eyJ");
    String both =
        "UPSTREAM=azure;AZURE_OPENAI_ENDPOINT=" + AZURE + ";AZURE_OPENAI_TOKEN_FILE=" + token;

    assertThat(read(both).getFirst().keys())
        .isEqualTo(
            new UpstreamCredentials("Authorization", "Bearer ", List.of(), Optional.of(token)));
    assertThat(problems(both + ";AZURE_OPENAI_API_KEY=k"))
        .containsExactly("AZURE_OPENAI_API_KEY cannot be combined with AZURE_OPENAI_TOKEN_FILE");
  }

  private static List<String> problems(String assignments) {
    return catchThrowableOfType(InvalidSettings.class, () -> read(assignments)).problems().stream()
        .map(Problem::toString)
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          UPSTREAM=bedrock                     | UPSTREAM has "bedrock": each entry must be openai, azure or custom, or one of them with a name such as azure:west
          UPSTREAM=azure:                      | UPSTREAM has "azure:": each entry must be openai, azure or custom, or one of them with a name such as azure:west
          UPSTREAM=custom,custom;UPSTREAM_URL=wss://a.example | UPSTREAM lists the same server twice: name another of a kind, such as azure:west
          UPSTREAM=azure                       | AZURE_OPENAI_ENDPOINT is not set: Azure requires an endpoint such as https://NAME.openai.azure.com
          UPSTREAM=azure:x                     | AZURE_OPENAI_ENDPOINT_X is not set: Azure requires an endpoint such as https://NAME.openai.azure.com
          UPSTREAM=azure;AZURE_OPENAI_ENDPOINT=https://a.example | AZURE_OPENAI_API_KEY is not set: Azure requires it or AZURE_OPENAI_TOKEN_FILE
          UPSTREAM=azure;AZURE_OPENAI_ENDPOINT=a.example;AZURE_OPENAI_API_KEY=k | AZURE_OPENAI_ENDPOINT must be a ws:// or wss:// URL without credentials or fragment
          UPSTREAM=custom                      | UPSTREAM_URL is not set: a custom upstream requires a ws:// or wss:// URL
          UPSTREAM=custom;UPSTREAM_URL=wss://a.example;UPSTREAM_HEADER=hunter2 | UPSTREAM_HEADER must be one header such as Authorization: Bearer KEY
          UPSTREAM=custom;UPSTREAM_URL=wss://a.example;UPSTREAM_HEADER=Host: hunter2 | UPSTREAM_HEADER must be one header such as Authorization: Bearer KEY
          UPSTREAM=custom;UPSTREAM_URL=wss://a.example;UPSTREAM_HEADER=Sec-WebSocket-Key: hunter2 | UPSTREAM_HEADER must be one header such as Authorization: Bearer KEY
          UPSTREAM=openai                      | OPENAI_API_KEY is not set: the OpenAI upstream requires a key (./donna dev runs without one)
          UPSTREAM=openai:eu;OPENAI_API_KEY=a  | OPENAI_API_KEY_EU is not set: the OpenAI upstream requires a key (./donna dev runs without one)
          OPENAI_API_KEY=a,,b                  | OPENAI_API_KEY contains characters that are not allowed in an API key
          OPENAI_API_KEY=a,b c                 | OPENAI_API_KEY contains characters that are not allowed in an API key
          """)
  void saysWhatAServerLacks(String assignments, String problem) {
    assertThat(problems(assignments)).first().isEqualTo(problem);
    assertThat(String.join("", problems(assignments))).doesNotContain("hunter2");
  }

  @Test
  void readsNamesOfFurtherServersAsSettings() throws InvalidSettings {
    Settings.Resolved resolved =
        Settings.resolve(
            environment(
                "UPSTREAM=custom:a,custom:b;UPSTREAM_URL_A=ws://localhost:1;"
                    + "UPSTREAM_URL_B=ws://localhost:2"));

    assertThat(resolved.table())
        .extracting(ResolvedSetting::name)
        .contains("UPSTREAM_URL", "UPSTREAM_URL_A", "UPSTREAM_URL_B", "AZURE_OPENAI_ENDPOINT")
        .doesNotHaveDuplicates();
  }
}
