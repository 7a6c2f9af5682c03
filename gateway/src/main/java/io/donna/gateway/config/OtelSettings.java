package io.donna.gateway.config;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The export of metrics and traces by OTLP.
 *
 * @param variables OpenTelemetry's own, {@code OTEL_*}, by their names
 * @param userSpeech whether the speech of users gets spans
 * @param secrets what {@code variables} hold that must not appear in logs
 */
public record OtelSettings(
    URI endpoint, Map<String, String> variables, boolean userSpeech, List<Secret> secrets) {
  private static final String PREFIX = "OTEL_";
  private static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
  private static final String HEADERS = "OTEL_EXPORTER_OTLP_HEADERS";
  private static final String SERVICE = "OTEL_SERVICE_NAME";
  private static final String URL =
      "an http:// or https:// URL without credentials, query or fragment";

  /** {@code name=value}: a token (RFC 9110, 5.6.2), and visible ASCII, percent-encoded. */
  private static final Pattern HEADER =
      Pattern.compile("\\s*[!#$%&'*+.^_`|~0-9A-Za-z-]+\\s*=[\\x20-\\x7E&&[^,]]*");

  /** Without the variables, as headers hold credentials. */
  @Override
  public String toString() {
    return "OtelSettings[endpoint=" + endpoint + ", userSpeech=" + userSpeech + "]";
  }

  /** Reads all variables; validates those that would otherwise fail late, or show a secret. */
  static Optional<OtelSettings> read(SettingsReader reader) {
    Optional<URI> endpoint = reader.optional(ENDPOINT, OtelSettings::url, URL);
    boolean userSpeech = reader.flag("TRACE_USER_SPEECH", false);
    Map<String, String> variables = new LinkedHashMap<>();
    List<Secret> secrets = new ArrayList<>();
    List<String> names = new ArrayList<>(List.of(HEADERS, SERVICE));
    reader.names(PREFIX).stream()
        .filter(name -> !name.equals(ENDPOINT) && !names.contains(name))
        .forEach(names::add);
    for (String name : names) {
      Optional<String> value;
      if (name.contains("HEADERS")) {
        value = reader.secret(name).map(Secret::value);
        value.ifPresent(headers -> addSecrets(headers, secrets));
      } else {
        value = reader.optionalText(name);
      }
      value.ifPresent(set -> variables.put(name, set));
    }
    if (endpoint.isEmpty()) {
      return Optional.empty();
    }
    variables.put(ENDPOINT, endpoint.get().toString());
    variables.forEach(
        (name, value) -> problem(name, value).ifPresent(text -> reader.problem(name, text)));
    return Optional.of(new OtelSettings(endpoint.get(), variables, userSpeech, secrets));
  }

  /** What is wrong with a variable; no value is quoted, as it may hold a credential. */
  private static Optional<String> problem(String name, String value) {
    if (name.matches("OTEL_EXPORTER_OTLP_(\\w+_)?PROTOCOL") && !value.equals("http/protobuf")) {
      return Optional.of("must be http/protobuf, the only protocol that the gateway exports by");
    }
    if (name.matches("OTEL_(TRACES|METRICS|LOGS)_EXPORTER") && !value.matches("otlp|none")) {
      return Optional.of("must be otlp or none");
    }
    if (name.matches("OTEL_EXPORTER_OTLP_\\w+_ENDPOINT") && url(value).isEmpty()) {
      return Optional.of("must be " + URL);
    }
    if (name.matches("OTEL_EXPORTER_OTLP_(\\w+_)?HEADERS") && !areHeaders(value)) {
      return Optional.of("must be a list such as name=value,name=value");
    }
    return Optional.empty();
  }

  private static Optional<URI> url(String text) {
    return SettingsReader.url(text, "http", "https").filter(url -> url.getRawQuery() == null);
  }

  private static boolean areHeaders(String value) {
    for (String header : value.split(",", -1)) {
      if (!HEADER.matcher(header).matches() || decoded(header).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /** Values as they are sent and as they are written, and the part after {@code Bearer}. */
  private static void addSecrets(String headers, List<Secret> secrets) {
    for (String header : headers.split(",", -1)) {
      String value = header.substring(header.indexOf('=') + 1).strip();
      String sent = decoded(value).orElse(value);
      for (String form : List.of(value, sent, sent.substring(sent.lastIndexOf(' ') + 1))) {
        if (!form.isEmpty() && secrets.stream().noneMatch(one -> one.value().equals(form))) {
          secrets.add(new Secret(form));
        }
      }
    }
  }

  private static Optional<String> decoded(String text) {
    try {
      return Optional.of(URLDecoder.decode(text, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }
}
