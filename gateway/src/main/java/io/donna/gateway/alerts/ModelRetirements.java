package io.donna.gateway.alerts;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;

/**
 * The days on which OpenAI shuts its models down, from {@code model-retirements.properties}.
 * Immutable.
 */
final class ModelRetirements {
  /**
   * The end of a model.
   *
   * @param end the beginning of its last day, in UTC
   * @param successor the model that takes its place
   */
  record Retirement(Instant end, String successor) {}

  /** The date at the end of a snapshot's name, as in gpt-realtime-2025-08-28. */
  private static final Pattern DATE = Pattern.compile("-\\d{4}-\\d{2}-\\d{2}$");

  /** Read by whoever needs it first. */
  private static final class OfJar {
    static final ModelRetirements LIST = new ModelRetirements();
  }

  private final Map<String, Retirement> byModel = new HashMap<>();

  /** The list in the jar. */
  static ModelRetirements ofJar() {
    return OfJar.LIST;
  }

  private ModelRetirements() {
    Properties file = new Properties();
    try (Reader in =
        new InputStreamReader(
            Objects.requireNonNull(
                ModelRetirements.class.getResourceAsStream("model-retirements.properties")),
            StandardCharsets.UTF_8)) {
      file.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    file.forEach((model, line) -> {
      String[] words = line.toString().split(" ", 2);
      byModel.put(
          model.toString(),
          new Retirement(
              LocalDate.parse(words[0]).atStartOfDay(ZoneOffset.UTC).toInstant(), words[1]));
    });
  }

  /** The end of a model, or of the model that a dated snapshot is of. */
  Optional<Retirement> of(String model) {
    return Optional.ofNullable(byModel.get(DATE.matcher(model).replaceFirst("")));
  }
}
