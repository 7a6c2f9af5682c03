package io.donna.gateway.config;

import io.donna.gateway.config.UpstreamSettings.Kind;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the servers that {@code UPSTREAM} lists, in order of preference. To add another of the same
 * kind, name it: {@code azure:west} reads variables that end in {@code _WEST}, such as {@code
 * AZURE_OPENAI_ENDPOINT_WEST}.
 */
final class UpstreamReader {
  private static final String OPENAI_URL = "wss://api.openai.com/v1/realtime";
  private static final Pattern ENTRY =
      Pattern.compile("(openai|azure|custom)(?::([a-z0-9]+(?:-[a-z0-9]+)*))?");
  private static final Pattern HEADER =
      Pattern.compile("([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*([\\x21-\\x7E][\\x20-\\x7E]*)");

  /** Headers of the handshake, which no setting may override. */
  private static final Pattern RESERVED =
      Pattern.compile("host|connection|upgrade|content-.*|transfer-encoding|sec-websocket-.*");

  private record Entry(Kind kind, String name, String suffix) {}

  private final SettingsReader reader;
  private final boolean required;
  private final String model;
  private final Optional<Path> caFile;
  private final Duration connectTimeout;

  /**
   * A reader for one start.
   *
   * @param aliases what the name of the default model means; an upstream's fixed model is a name of
   *     the upstream's own
   * @param required whether an incomplete upstream is an error: not while the proxy is disabled
   */
  UpstreamReader(SettingsReader reader, ModelAliases aliases, boolean required) {
    this.reader = reader;
    this.required = required;
    this.model = aliases.resolve(reader.text("OPENAI_REALTIME_MODEL", "gpt-realtime-2.1"));
    this.caFile = reader.fixedFile("UPSTREAM_CA_FILE");
    this.connectTimeout = reader.millis("UPSTREAM_CONNECT_TIMEOUT_MS", 10_000, 1, 600_000);
  }

  List<UpstreamSettings> read() {
    List<Entry> listed =
        reader.list(
            "UPSTREAM",
            UpstreamReader::entry,
            "openai, azure or custom, or one of them with a name such as azure:west");
    // By name: a record as a key takes a tenth of a start, to generate its hashCode and equals.
    Map<String, Entry> all = new LinkedHashMap<>();
    listed.forEach(entry -> all.put(entry.name, entry));
    if (all.size() < listed.size()) {
      reader.problem(
          "UPSTREAM", "lists the same server twice: name another of a kind, such as azure:west");
    }
    if (listed.isEmpty()) {
      all.put("openai", new Entry(Kind.OPENAI, "openai", ""));
    }
    List<UpstreamSettings> servers = new ArrayList<>();
    all.values().forEach(entry -> server(entry, true).ifPresent(servers::add));
    // Unused settings are read too, so that they are listed and known by name.
    for (Kind kind : Kind.values()) {
      Entry plain = new Entry(kind, lower(kind.name()), "");
      if (!all.containsKey(plain.name)) {
        server(plain, false);
      }
    }
    return List.copyOf(servers);
  }

  private static Optional<Entry> entry(String text) {
    Matcher matcher = ENTRY.matcher(lower(text));
    return matcher.matches()
        ? Optional.of(
            new Entry(
                Kind.valueOf(matcher.group(1).toUpperCase(Locale.ROOT)),
                matcher.group(),
                matcher.group(2) == null
                    ? ""
                    : "_" + matcher.group(2).toUpperCase(Locale.ROOT).replace('-', '_')))
        : Optional.empty();
  }

  private Optional<UpstreamSettings> server(Entry entry, boolean used) {
    return switch (entry.kind) {
      case OPENAI -> openAi(entry, used);
      case AZURE -> azure(entry, used);
      case CUSTOM -> custom(entry, used);
    };
  }

  private Optional<UpstreamSettings> openAi(Entry entry, boolean used) {
    String keyName = "OPENAI_API_KEY" + entry.suffix;
    List<Secret> keys = keys(keyName);
    URI url = reader.websocketUrl("OPENAI_REALTIME_URL" + entry.suffix, OPENAI_URL);
    if (used && required && keys.isEmpty() && "api.openai.com".equalsIgnoreCase(url.getHost())) {
      reader.problem(
          keyName, "is not set: the OpenAI upstream requires a key (./donna dev runs without one)");
    }
    return Optional.of(settings(entry, url, UpstreamCredentials.bearer(keys), Optional.empty()));
  }

  private Optional<UpstreamSettings> azure(Entry entry, boolean used) {
    String endpointName = "AZURE_OPENAI_ENDPOINT" + entry.suffix;
    Optional<URI> endpoint = reader.optionalUrl(endpointName);
    Optional<String> deployment = reader.optionalText("AZURE_OPENAI_DEPLOYMENT" + entry.suffix);
    String keyName = "AZURE_OPENAI_API_KEY" + entry.suffix;
    List<Secret> keys = keys(keyName);
    Optional<Path> file = reader.readableFile("AZURE_OPENAI_TOKEN_FILE" + entry.suffix);
    if (endpoint.isEmpty()) {
      lacks(used, endpointName, "Azure requires an endpoint such as https://NAME.openai.azure.com");
      return Optional.empty();
    }
    if (keys.isEmpty() == file.isEmpty()) {
      if (file.isPresent()) {
        reader.problem(keyName, "cannot be combined with AZURE_OPENAI_TOKEN_FILE" + entry.suffix);
      } else {
        lacks(used, keyName, "Azure requires it or AZURE_OPENAI_TOKEN_FILE" + entry.suffix);
      }
    }
    UpstreamCredentials credential =
        file.isPresent()
            ? new UpstreamCredentials("Authorization", "Bearer ", List.of(), file)
            : new UpstreamCredentials("api-key", "", keys, Optional.empty());
    URI base = endpoint.get();
    String path = base.getRawPath().replaceFirst("/+$", "") + "/openai/v1/realtime";
    URI url =
        URI.create(
            base.getScheme()
                + "://"
                + base.getRawAuthority()
                + path
                + (base.getRawQuery() == null ? "" : "?" + base.getRawQuery()));
    return Optional.of(settings(entry, url, credential, deployment));
  }

  private Optional<UpstreamSettings> custom(Entry entry, boolean used) {
    String urlName = "UPSTREAM_URL" + entry.suffix;
    Optional<URI> url = reader.optionalUrl(urlName);
    Optional<String> fixed = reader.optionalText("UPSTREAM_MODEL" + entry.suffix);
    String headerName = "UPSTREAM_HEADER" + entry.suffix;
    UpstreamCredentials credential =
        reader
            .secret(headerName)
            .flatMap(secret -> header(headerName, secret))
            .orElse(UpstreamCredentials.bearer(List.of()));
    if (url.isEmpty()) {
      lacks(used, urlName, "a custom upstream requires a ws:// or wss:// URL");
    }
    return url.map(there -> settings(entry, there, credential, fixed));
  }

  private Optional<UpstreamCredentials> header(String name, Secret secret) {
    Matcher matcher = HEADER.matcher(secret.value());
    if (!matcher.matches() || RESERVED.matcher(lower(matcher.group(1))).matches()) {
      reader.problem(name, "must be one header such as Authorization: Bearer KEY");
      return Optional.empty();
    }
    return Optional.of(
        new UpstreamCredentials(
            matcher.group(1), "", List.of(new Secret(matcher.group(2))), Optional.empty()));
  }

  private UpstreamSettings settings(
      Entry entry, URI url, UpstreamCredentials keys, Optional<String> fixedModel) {
    return new UpstreamSettings(
        entry.name,
        entry.kind,
        url,
        keys,
        fixedModel.orElse(model),
        fixedModel.isPresent(),
        caFile,
        connectTimeout);
  }

  private void lacks(boolean used, String name, String requirement) {
    if (used && required && !reader.has(name)) {
      reader.problem(name, "is not set: " + requirement);
    }
  }

  private List<Secret> keys(String name) {
    List<Secret> keys =
        reader.secret(name).stream()
            .flatMap(secret -> Arrays.stream(secret.value().split(",", -1)))
            .map(String::strip)
            .map(Secret::new)
            .toList();
    if (!keys.stream().allMatch(key -> isKey(key.value()))) {
      reader.problem(name, "contains characters that are not allowed in an API key");
    }
    return keys;
  }

  private static boolean isKey(String value) {
    return !value.isEmpty()
        && value.chars().allMatch(character -> character > 0x20 && character < 0x7F);
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
