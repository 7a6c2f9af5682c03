package io.donna.gateway.config;

import io.donna.gateway.config.ModelPrice.Rate;
import io.donna.gateway.config.ModelPrice.TokenRates;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Reads a price list in YAML or JSON and reports every problem. Unknown keys are errors: a misspelt
 * price would count as zero.
 */
final class PriceFile {
  private static final YAMLMapper MAPPER =
      YAMLMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private static final int MOST_DECIMALS = 6;
  private static final BigDecimal HIGHEST = BigDecimal.valueOf(1_000_000);
  private static final BigDecimal NOTHING = BigDecimal.ZERO;
  private static final BigDecimal NO_PRICE = BigDecimal.ONE.negate();

  private final Consumer<String> problems;

  private PriceFile(Consumer<String> problems) {
    this.problems = problems;
  }

  /** The list in {@code file}; reports errors to {@code problems}. */
  static PriceList read(Path file, Consumer<String> problems) {
    JsonNode root = MissingNode.getInstance();
    try {
      root = MAPPER.readTree(BoundedFile.read(file));
    } catch (IOException unreadable) {
      problems.accept("names a file that cannot be read: " + file + " " + unreadable.getMessage());
      return builtIn();
    } catch (StackOverflowError tooDeep) {
      problems.accept("is nested too deeply: " + file);
      return builtIn();
    } catch (JacksonException malformed) {
      problems.accept(
          "is not valid YAML, line %d: %s"
              .formatted(malformed.getLocation().getLineNr(), malformed.getOriginalMessage()));
      return builtIn();
    }
    return new PriceFile(problems).list(root);
  }

  /** Read once, by whoever needs it first; others wait. */
  private static final class BuiltIn {
    static final PriceList LIST = readBuiltIn();
  }

  /** The built-in list. */
  static PriceList builtIn() {
    return BuiltIn.LIST;
  }

  private static PriceList readBuiltIn() {
    try (InputStream in = PriceFile.class.getResourceAsStream("prices.yaml")) {
      return new PriceFile(
              problem -> {
                throw new IllegalStateException(problem);
              })
          .list(MAPPER.readTree(Objects.requireNonNull(in)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private PriceList list(JsonNode root) {
    only(root, "the file", "as_of", "models", "otherwise");
    Map<String, ModelPrice> models = new LinkedHashMap<>();
    JsonNode listed = root.path("models");
    if (!listed.isObject()) {
      problem("models", "must map each model name to its prices");
    }
    for (Map.Entry<String, JsonNode> model : listed.properties()) {
      models.put(model.getKey(), model(model.getValue(), "models." + model.getKey()));
    }
    return new PriceList(
        date(root.path("as_of")), models, model(root.path("otherwise"), "otherwise"));
  }

  private LocalDate date(JsonNode asOf) {
    try {
      return LocalDate.parse(asOf.asString(""));
    } catch (DateTimeParseException e) {
      problem("as_of", "must be the date of the prices, such as 2026-11-20");
      return LocalDate.EPOCH;
    }
  }

  private ModelPrice model(JsonNode model, String path) {
    only(model, path, "text", "audio", "image", "minute");
    Optional<Rate> text = rate(model, path, "text");
    Optional<Rate> audio = rate(model, path, "audio");
    Optional<Rate> image = rate(model, path, "image");
    Optional<BigDecimal> minute = price(model, path, "minute");
    Optional<Rate> others = audio.or(() -> text);
    if (others.isEmpty() && minute.isEmpty()) {
      problem(path, "has no price: set text, audio or minute");
    }
    return new ModelPrice(
        others.map(
            other -> new TokenRates(text.orElse(other), audio.orElse(other), image.orElse(other))),
        minute);
  }

  private Optional<Rate> rate(JsonNode model, String modelPath, String kind) {
    if (!model.has(kind)) {
      return Optional.empty();
    }
    JsonNode rate = model.path(kind);
    String path = modelPath + "." + kind;
    only(rate, path, "input", "cached", "output");
    Optional<BigDecimal> input = price(rate, path, "input");
    Optional<BigDecimal> output = price(rate, path, "output");
    boolean hasOutput = !kind.equals("image");
    if (input.isEmpty() || (hasOutput && output.isEmpty())) {
      problem(path, hasOutput ? "requires input and output" : "requires input");
    }
    return Optional.of(
        new Rate(
            input.orElse(NOTHING),
            price(rate, path, "cached").or(() -> input).orElse(NOTHING),
            output.orElse(NOTHING)));
  }

  private Optional<BigDecimal> price(JsonNode parent, String path, String name) {
    JsonNode value = parent.path(name);
    if (value.isMissingNode()) {
      return Optional.empty();
    }
    boolean isNumber = value.isNumber() && Double.isFinite(value.asDouble(Double.NaN));
    BigDecimal price = isNumber ? value.decimalValue() : NO_PRICE;
    if (price.signum() < 0
        || price.compareTo(HIGHEST) > 0
        || price.stripTrailingZeros().scale() > MOST_DECIMALS) {
      problem(
          path + "." + name,
          "must be US dollars from 0 to " + HIGHEST + ", with at most 6 decimals, such as 0.40");
    }
    return Optional.of(price);
  }

  private void only(JsonNode node, String path, String... names) {
    if (!node.isObject()) {
      problem(path, "must be a mapping with " + String.join(", ", names));
      return;
    }
    TreeSet<String> others = new TreeSet<>(node.propertyNames());
    for (String name : names) {
      others.remove(name);
    }
    if (!others.isEmpty()) {
      problem(
          path,
          "has unknown keys: %s (allowed: %s)"
              .formatted(String.join(", ", others), String.join(", ", names)));
    }
  }

  private void problem(String path, String text) {
    problems.accept(path + " " + text);
  }
}
