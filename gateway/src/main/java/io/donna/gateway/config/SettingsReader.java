package io.donna.gateway.config;

import io.donna.gateway.config.Environment.Found;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Reads single settings, records their effective values, and collects every problem instead of
 * stopping at the first. After a problem, continues with the default.
 */
final class SettingsReader {
  /** Read by commands that talk to a gateway; the gateway itself has no use for them. */
  private static final List<String> OF_COMMANDS = List.of("ADMIN_URL", "ADMIN_CA_FILE");

  private final Environment environment;
  private final List<Problem> problems;
  private final List<ResolvedSetting> resolved = new ArrayList<>();
  private final List<byte[]> contents = new ArrayList<>();

  SettingsReader(Environment environment) {
    this.environment = environment;
    this.problems = new ArrayList<>(environment.problems());
  }

  List<Problem> problems() {
    return problems;
  }

  List<ResolvedSetting> resolved() {
    return resolved;
  }

  void problem(String name, String text) {
    problems.add(new Problem(name, text));
  }

  boolean flag(String name, boolean fallback) {
    return read(
        name,
        fallback,
        text ->
            switch (text.toLowerCase(Locale.ROOT)) {
              case "true" -> Optional.of(true);
              case "false" -> Optional.of(false);
              default -> Optional.empty();
            },
        "true or false");
  }

  int integer(String name, int fallback, int lowest, int highest) {
    return read(
        name,
        fallback,
        text -> number(text, lowest, highest).map(Long::intValue),
        "a whole number from " + lowest + " to " + highest);
  }

  Duration millis(String name, long fallback, long lowest, long highest) {
    long millis =
        read(
            name,
            fallback,
            text -> number(text, lowest, highest),
            "a number of milliseconds from " + lowest + " to " + highest);
    return Duration.ofMillis(millis);
  }

  <E extends Enum<E>> E choice(String name, E fallback, Class<E> type) {
    List<String> names =
        Arrays.stream(type.getEnumConstants()).map(value -> lower(value.name())).toList();
    String chosen =
        read(
            name,
            lower(fallback.name()),
            text -> Optional.of(lower(text)).filter(names::contains),
            String.join(" or ", names));
    return Enum.valueOf(type, chosen.toUpperCase(Locale.ROOT));
  }

  /** Some of the choices, separated by commas; at least one. */
  <E extends Enum<E>> Set<E> choices(String name, Set<E> fallback, Class<E> type) {
    List<String> names =
        Arrays.stream(type.getEnumConstants()).map(value -> lower(value.name())).toList();
    String chosen =
        read(
            name,
            fallback.stream().map(value -> lower(value.name())).collect(Collectors.joining(",")),
            text ->
                Optional.of(lower(text).replace(" ", "")).filter(listed -> areAmong(names, listed)),
            "one or more of " + String.join(", ", names));
    Set<E> choices = EnumSet.noneOf(type);
    for (String choice : chosen.split(",", -1)) {
      choices.add(Enum.valueOf(type, choice.toUpperCase(Locale.ROOT)));
    }
    return Collections.unmodifiableSet(choices);
  }

  private static boolean areAmong(List<String> names, String listed) {
    return names.containsAll(List.of(listed.split(",", -1)));
  }

  String text(String name, String fallback) {
    return read(name, fallback, Optional::of, "text");
  }

  Optional<String> optionalText(String name) {
    String value = text(name, "");
    return value.isEmpty() ? Optional.empty() : Optional.of(value);
  }

  /** A value parsed by {@code parse}; empty if unset or invalid. */
  <T> Optional<T> optional(String name, Function<String, Optional<T>> parse, String expected) {
    Optional<Found> found = environment.get(name);
    Optional<T> value = found.map(Found::value).flatMap(parse);
    if (found.isPresent() && value.isEmpty()) {
      problem(name, "must be " + expected); // not quoted: it may hold a credential
    }
    note(name, value.map(Object::toString).orElse(""), found);
    return value;
  }

  Optional<Secret> secret(String name) {
    Optional<Found> found = environment.get(name);
    Optional<Secret> secret = found.map(Found::value).map(Secret::new);
    note(name, secret.map(Secret::toString).orElse(""), found);
    return secret;
  }

  URI websocketUrl(String name, String fallback) {
    Optional<Found> found = environment.get(name);
    Optional<URI> url = found.map(Found::value).flatMap(SettingsReader::websocketUrl);
    if (found.isPresent() && url.isEmpty()) {
      // The value is not quoted: a rejected URL may contain a credential.
      problem(name, "must be a ws:// or wss:// URL without credentials or fragment");
    }
    URI value = url.orElse(URI.create(fallback));
    note(name, value.toString().replaceFirst("\\?.*", "?..."), found);
    return value;
  }

  boolean has(String name) {
    return environment.has(name);
  }

  /** The names of all settings that begin with {@code prefix}, in order. */
  List<String> names(String prefix) {
    return environment.names(prefix);
  }

  /** A WebSocket URL; {@code http(s)} URLs are converted. */
  Optional<URI> optionalUrl(String name) {
    Optional<Found> found = environment.get(name);
    Optional<URI> url =
        found
            .map(Found::value)
            .map(text -> text.replaceFirst("(?i)^http(s?)://", "ws$1://"))
            .flatMap(SettingsReader::websocketUrl);
    if (found.isPresent() && url.isEmpty()) {
      problem(name, "must be a ws:// or wss:// URL without credentials or fragment");
    }
    note(name, url.map(there -> there.toString().replaceFirst("\\?.*", "?...")).orElse(""), found);
    return url;
  }

  /** The URL of a webhook, of which only the host is listed. */
  Optional<URI> webhookUrl(String name) {
    Optional<Found> found = environment.get(name);
    Optional<URI> url = found.map(Found::value).flatMap(WebhookUrl::parse);
    if (found.isPresent() && url.isEmpty()) {
      problem(name, "must be " + WebhookUrl.EXPECTED);
    }
    note(name, url.map(WebhookUrl::shown).orElse(""), found);
    return url;
  }

  Optional<Path> readableFile(String name) {
    Optional<Path> file = optionalText(name).map(Path::of);
    if (file.isPresent() && !(Files.isRegularFile(file.get()) && Files.isReadable(file.get()))) {
      problem(name, "names a file that cannot be read: " + file.get());
      return Optional.empty();
    }
    return file;
  }

  /**
   * As {@link #readableFile}, for a file without secrets that is read at the start only: its
   * contents are part of {@link #hash}.
   */
  Optional<Path> fixedFile(String name) {
    Optional<Path> file = readableFile(name);
    if (file.isPresent()) {
      try {
        contents.add(BoundedFile.read(file.get()));
      } catch (IOException unreadable) {
        // Whoever reads the file for its contents reports why.
      }
    }
    return file;
  }

  /** A hash of the effective settings without their secrets, in hexadecimal. */
  String hash() {
    ConfigurationHash hash = new ConfigurationHash();
    resolved.forEach(hash::add);
    return HexFormat.of().formatHex(hash.addFiles(contents).bytes());
  }

  /** A file to write to, which need not exist yet. */
  Optional<Path> writableFile(String name) {
    Optional<Path> file = optionalText(name).map(Path::of);
    if (file.isPresent() && !isWritable(file.get())) {
      problem(name, "names a file that cannot be written: " + file.get());
      return Optional.empty();
    }
    return file;
  }

  private static boolean isWritable(Path file) {
    if (Files.exists(file)) {
      return Files.isRegularFile(file) && Files.isWritable(file);
    }
    Path folder = file.toAbsolutePath().getParent();
    return folder != null && Files.isDirectory(folder) && Files.isWritable(folder);
  }

  /** A comma-separated list, each entry parsed by {@code parse}. */
  <T> List<T> list(String name, Function<String, Optional<T>> parse, String expected) {
    Optional<Found> found = environment.get(name);
    List<T> values = new ArrayList<>();
    for (String part : found.map(Found::value).orElse("").split(",", -1)) {
      String item = part.strip();
      if (item.isEmpty()) {
        continue;
      }
      parse
          .apply(item)
          .ifPresentOrElse(
              values::add,
              () -> problem(name, "has \"" + shown(item) + "\": each entry must be " + expected));
    }
    note(name, found.map(Found::value).orElse(""), found);
    return List.copyOf(values);
  }

  /** Problems of {@code .env} that do not prevent the start. */
  List<String> warnings() {
    List<String> known = resolved.stream().map(ResolvedSetting::name).toList();
    List<String> warnings = new ArrayList<>();
    for (String name : environment.namesInFile()) {
      if (!known.contains(name) && !OF_COMMANDS.contains(name)) {
        warnings.add("unknown setting " + name + " in .env");
      }
    }
    if (environment.isReadableByOthers()) {
      warnings.add(".env is readable by other users and contains secrets; run chmod 600 .env");
    }
    return warnings;
  }

  private <T> T read(
      String name, T fallback, Function<String, Optional<T>> parse, String expected) {
    Optional<Found> found = environment.get(name);
    T value = fallback;
    if (found.isPresent()) {
      Optional<T> parsed = parse.apply(found.get().value());
      if (parsed.isEmpty()) {
        problem(name, "is \"" + shown(found.get().value()) + "\": it must be " + expected);
      }
      value = parsed.orElse(fallback);
    }
    note(name, String.valueOf(value), found);
    return value;
  }

  private void note(String name, String value, Optional<Found> found) {
    resolved.add(new ResolvedSetting(name, value, found.map(Found::source).orElse("default")));
  }

  private static Optional<Long> number(String text, long lowest, long highest) {
    try {
      long number = Long.parseLong(text);
      return number < lowest || number > highest ? Optional.empty() : Optional.of(number);
    } catch (NumberFormatException notANumber) {
      return Optional.empty();
    }
  }

  private static Optional<URI> websocketUrl(String text) {
    return url(text, "ws", "wss");
  }

  /** A URL with a host and one of two schemes, without credentials or fragment. */
  static Optional<URI> url(String text, String plainScheme, String secureScheme) {
    try {
      URI url = URI.create(text);
      boolean scheme =
          plainScheme.equalsIgnoreCase(url.getScheme())
              || secureScheme.equalsIgnoreCase(url.getScheme());
      return scheme
              && url.getHost() != null
              && url.getRawUserInfo() == null
              && url.getRawFragment() == null
              && url.getPort() != 0
              && url.getPort() <= 65_535
          ? Optional.of(url)
          : Optional.empty();
    } catch (IllegalArgumentException notAUrl) {
      return Optional.empty();
    }
  }

  /** A value cut to a length that an error may quote. */
  private static String shown(String value) {
    return value.length() <= 60 ? value : value.substring(0, 60) + "...";
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
