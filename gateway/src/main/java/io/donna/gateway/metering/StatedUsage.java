package io.donna.gateway.metering;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Reads the {@code usage} that an upstream states, complete or not: every field is optional in the
 * API's types, and not every upstream follows them. A sum without details counts as its most
 * expensive kind, so that budgets err on the safe side.
 */
final class StatedUsage {
  /** More than any model could use; larger values are nonsense, and must not overflow a sum. */
  private static final long MAX_TOKENS = 1_000_000_000L;

  private static final double MAX_SECONDS = 1_000_000;

  private StatedUsage() {}

  /** Whether anything is stated at all; xAI sends {@code "usage":{}}. */
  static boolean isStated(JsonNode usage) {
    return usage.isObject() && !usage.isEmpty();
  }

  static Usage ofResponse(JsonNode usage) {
    JsonNode details = usage.path("output_token_details");
    Tokens listed = kinds(details);
    long rest = Math.max(0, count(usage, "output_tokens") - listed.total());
    // Reasoning is text; the unexplained rest may be speech.
    long thought = Math.min(rest, count(details, "reasoning_tokens"));
    return usage(usage, listed.plus(new Tokens(thought, rest - thought, 0)));
  }

  /** As {@link #ofResponse}, for a model whose output is text only. */
  static Usage ofTranscription(JsonNode usage) {
    return usage(usage, new Tokens(count(usage, "output_tokens"), 0, 0));
  }

  /** Of the Responses API, whose models read and write text. */
  static Usage ofText(JsonNode usage) {
    Tokens input = new Tokens(count(usage, "input_tokens"), 0, 0);
    Tokens cached = new Tokens(count(usage.path("input_tokens_details"), "cached_tokens"), 0, 0);
    return new Usage(
        input,
        cached.atMost(input),
        new Tokens(count(usage, "output_tokens"), 0, 0),
        BigDecimal.ZERO);
  }

  /** The seconds that are stated; empty if there is no such number. */
  static Optional<BigDecimal> ofSession(JsonNode usage) {
    return usage.path("seconds").isNumber() ? Optional.of(seconds(usage)) : Optional.empty();
  }

  private static Usage usage(JsonNode usage, Tokens output) {
    JsonNode details = usage.path("input_token_details");
    Tokens listed = kinds(details);
    long rest = Math.max(0, count(usage, "input_tokens") - listed.total());
    Tokens input = listed.plus(new Tokens(0, rest, 0));
    return new Usage(input, cached(details, input), output, seconds(usage));
  }

  private static Tokens cached(JsonNode details, Tokens input) {
    JsonNode byKind = details.path("cached_tokens_details");
    Tokens listed = kinds(byKind).atMost(input);
    if (byKind.isObject()) {
      return listed;
    }
    // A bare sum does not tell what was cached. Assume what saves least: text before audio.
    long left = count(details, "cached_tokens");
    long text = Math.min(left, input.text());
    long image = Math.min(left - text, input.image());
    long audio = Math.min(left - text - image, input.audio());
    return new Tokens(text, audio, image);
  }

  private static Tokens kinds(JsonNode details) {
    return new Tokens(
        count(details, "text_tokens"),
        count(details, "audio_tokens"),
        count(details, "image_tokens"));
  }

  private static long count(JsonNode parent, String name) {
    JsonNode value = parent.path(name);
    return value.isNumber() ? (long) Math.clamp(value.asDouble(0), 0, MAX_TOKENS) : 0;
  }

  private static BigDecimal seconds(JsonNode usage) {
    JsonNode value =
        usage.has("seconds") ? usage.path("seconds") : usage.path("billable_audio_seconds");
    double seconds = value.isNumber() ? Math.clamp(value.asDouble(0), 0, MAX_SECONDS) : 0;
    return BigDecimal.valueOf(seconds).setScale(3, RoundingMode.HALF_UP);
  }
}
