package io.donna.gateway.edge;

import io.donna.gateway.config.ModelPrice;
import io.donna.gateway.config.PriceList;
import io.donna.gateway.config.Settings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/** The page at {@code /playground}: its files, and what it needs to know of the gateway. */
final class Playground {
  static final String PATH = "/playground";

  /** The page's settings, beside its files. */
  static final String SETTINGS = "settings.json";

  static final List<String> FILES =
      List.of(
          "app.js",
          "capture.js",
          "code.js",
          "connection.js",
          "conversation.js",
          "events.js",
          "icon.svg",
          "microphone.js",
          "playback.js",
          "player.js",
          "remedies.js",
          "resampler.js",
          "style.css",
          "theme.js",
          "transcript.js",
          "turns.js");

  private Playground() {}

  static WebFiles files(Settings settings) {
    Map<String, Supplier<WebFile>> byPath = new HashMap<>();
    byPath.put(PATH, () -> WebFile.ofJar("playground", "index.html"));
    FILES.forEach(name -> byPath.put(PATH + "/" + name, () -> WebFile.ofJar("playground", name)));
    byPath.put(PATH + "/" + SETTINGS, () -> WebFile.of(SETTINGS, describe(settings).toString()));
    return new WebFiles(byPath);
  }

  /** Nothing secret: the page is served to whoever reaches the port. */
  private static ObjectNode describe(Settings settings) {
    ObjectNode page = HttpAnswer.json();
    page.put("model", settings.upstreams().getFirst().model())
        .put(
            "authentication",
            settings.auth().isRequired()
                ? "required"
                : settings.auth().isConfigured() ? "optional" : "off");
    page.putObject("limits")
        .put("connections", settings.connections().perAddress())
        .put("requests", settings.rateLimit().requests())
        .put("window_seconds", settings.rateLimit().window().toMillis() / 1_000.0);
    PriceList prices = settings.metering().prices();
    ObjectNode listed = page.putObject("prices").put("as_of", prices.asOf().toString());
    ObjectNode models = listed.putObject("models");
    prices
        .models()
        .forEach((model, price) ->
            price.tokens().ifPresent(rates -> describe(rates, models.putObject(model))));
    return page;
  }

  private static void describe(ModelPrice.TokenRates rates, ObjectNode into) {
    Map.of("text", rates.text(), "audio", rates.audio(), "image", rates.image())
        .forEach((kind, rate) ->
            into.putObject(kind)
                .put("input", rate.input())
                .put("cached", rate.cached())
                .put("output", rate.output()));
  }
}
