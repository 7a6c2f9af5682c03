package io.donna.gateway.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where settings come from: environment variables first, then {@code .env}. */
public final class Environment {
  /** A value and the place that gave it. */
  record Found(String value, String source) {}

  private final Map<String, String> variables;
  private final DotEnv file;

  private Environment(Map<String, String> variables, DotEnv file) {
    this.variables = variables;
    this.file = file;
  }

  /** The process's environment and the {@code .env} of {@code directory}, where there is one. */
  public static Environment ofProcess(Path directory) {
    Path file = directory.resolve(".env");
    if (!Files.exists(file)) {
      return of(System.getenv());
    }
    try {
      return new Environment(System.getenv(), DotEnv.parse(Files.readAllLines(file)));
    } catch (IOException e) {
      Problem unreadable = new Problem(".env", "cannot be read as UTF-8 text: " + file);
      return new Environment(System.getenv(), new DotEnv(Map.of(), List.of(unreadable)));
    }
  }

  public static Environment of(Map<String, String> variables) {
    return new Environment(variables, new DotEnv(Map.of(), List.of()));
  }

  /** The same with {@code values} before everything else. */
  public Environment with(Map<String, String> values) {
    Map<String, String> merged = new LinkedHashMap<>(variables);
    merged.putAll(values);
    return new Environment(merged, file);
  }

  /** A setting that is empty or blank is one that is not there. */
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

  public boolean has(String name) {
    return get(name).isPresent();
  }

  List<Problem> problems() {
    return file.problems();
  }

  /** The names that {@code .env} gives, to find the misspelt among them. */
  Iterable<String> namesInFile() {
    return file.values().keySet();
  }
}
