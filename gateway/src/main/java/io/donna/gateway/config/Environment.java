package io.donna.gateway.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The source of settings: environment variables first, then {@code .env}. */
public final class Environment {
  /** A value and its source. */
  record Found(String value, String source) {}

  private final Map<String, String> variables;
  private final DotEnv file;

  private final boolean readableByOthers;

  private Environment(Map<String, String> variables, DotEnv file, boolean readableByOthers) {
    this.variables = variables;
    this.file = file;
    this.readableByOthers = readableByOthers;
  }

  /**
   * The process's environment and the {@code .env} of {@code directory}, if there is one. The file
   * is refused if anyone but root and the user of this process could have written it.
   */
  public static Environment ofProcess(Path directory) {
    Path file = directory.resolve(".env");
    if (!Files.exists(file)) {
      return of(System.getenv());
    }
    return new Environment(System.getenv(), read(file), isReadableByOthers(file));
  }

  private static boolean isReadableByOthers(Path file) {
    try {
      return FileTrust.isReadableByOthers(file);
    } catch (IOException unreadable) {
      return false; // reported already
    }
  }

  private static DotEnv read(Path file) {
    try {
      Optional<String> objection = FileTrust.objection(file);
      if (objection.isPresent()) {
        return refused(objection.get());
      }
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(BoundedFile.read(file)))
              .toString();
      return DotEnv.parse(text.lines().toList());
    } catch (CharacterCodingException notText) {
      return refused("cannot be read as UTF-8 text: " + file);
    } catch (IOException e) {
      return refused("cannot be read: " + file + " " + e.getMessage());
    }
  }

  private static DotEnv refused(String why) {
    return new DotEnv(Map.of(), List.of(new Problem(".env", why)));
  }

  public static Environment of(Map<String, String> variables) {
    return new Environment(variables, new DotEnv(Map.of(), List.of()), false);
  }

  /** The same, with {@code values} taking precedence. */
  public Environment with(Map<String, String> values) {
    Map<String, String> merged = new LinkedHashMap<>(variables);
    merged.putAll(values);
    return new Environment(merged, file, readableByOthers);
  }

  /** An empty or blank setting counts as unset. */
  Optional<Found> get(String name) {
    String variable = variables.get(name);
    if (variable != null && !variable.isBlank()) {
      return Optional.of(new Found(variable.strip(), "environment"));
    }
    String line = file.values().get(name);
    return line == null || line.isBlank()
        ? Optional.empty()
        : Optional.of(new Found(line.strip(), ".env"));
  }

  /** The value without its source. */
  public Optional<String> value(String name) {
    return get(name).map(Found::value);
  }

  public boolean has(String name) {
    return get(name).isPresent();
  }

  /** The names of all that begin with {@code prefix} and are set, in order. */
  List<String> names(String prefix) {
    return Stream.concat(variables.keySet().stream(), file.values().keySet().stream())
        .filter(name -> name.startsWith(prefix) && has(name))
        .distinct()
        .sorted()
        .toList();
  }

  /** Whether other users of the machine can read the secrets in {@code .env}. */
  boolean isReadableByOthers() {
    return readableByOthers && file.values().values().stream().anyMatch(value -> !value.isBlank());
  }

  List<Problem> problems() {
    return file.problems();
  }

  /** The names in {@code .env}, for finding misspelt ones. */
  Iterable<String> namesInFile() {
    return file.values().keySet();
  }
}
