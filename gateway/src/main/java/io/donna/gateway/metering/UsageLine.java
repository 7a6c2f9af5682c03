package io.donna.gateway.metering;

import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.metering.UsageRecord.Kind;
import io.donna.gateway.metering.UsageRecord.SessionTotal;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes and reads {@link UsageRecord} as JSON lines, one object a line. Keys may be added but
 * never change.
 */
final class UsageLine {
  private static final String SESSION = "session";
  private static final long MAX_TOKENS = 1_000_000_000_000L;
  private static final int MAX_DIGITS = 64;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
          .build();

  private UsageLine() {}

  /** The line, without its terminator. */
  static String of(UsageRecord usage) {
    ObjectNode line = MAPPER.createObjectNode();
    switch (usage) {
      case Charge charge -> {
        begin(line, charge.kind().name().toLowerCase(Locale.ROOT), charge);
        line.put("connection", charge.connection())
            .put("id", charge.id())
            .put("status", charge.status());
        if (charge.estimated()) {
          line.put("estimated", true);
        }
      }
      case SessionTotal total -> {
        begin(line, SESSION, total);
        line.put("length_ms", total.length().toMillis())
            .put("responses", total.responses())
            .put("transcriptions", total.transcriptions());
      }
    }
    putTokens(line, "input", usage.usage().input());
    putTokens(line, "cached", usage.usage().cached());
    putTokens(line, "output", usage.usage().output());
    line.put("seconds", usage.usage().seconds()).put("usd", usage.cost());
    return MAPPER.writeValueAsString(line);
  }

  private static void begin(ObjectNode line, String event, UsageRecord usage) {
    line.put("event", event)
        .put("time", usage.time().toString())
        .put(SESSION, usage.session())
        .put("user", usage.payer().user());
    usage.payer().tenant().ifPresent(tenant -> line.put("tenant", tenant));
    usage.payer().tier().ifPresent(tier -> line.put("tier", tier));
    line.put("model", usage.model());
  }

  private static void putTokens(ObjectNode line, String name, Tokens tokens) {
    line.putObject(name)
        .put("text", tokens.text())
        .put("audio", tokens.audio())
        .put("image", tokens.image());
  }

  /** The content of one line. */
  sealed interface Read {
    record Billed(Charge charge) implements Read {}

    /** A session's total, or a record of a later version. */
    record NotBilled() implements Read {}

    /** A line cut short by a crash, or of another format. */
    record Unreadable() implements Read {}
  }

  static Read read(String text) {
    try {
      JsonNode line = MAPPER.readTree(text);
      return switch (line.path("event").asString("")) {
        case "response" -> new Read.Billed(charge(line, Kind.RESPONSE));
        case "transcription" -> new Read.Billed(charge(line, Kind.TRANSCRIPTION));
        case "translation" -> new Read.Billed(charge(line, Kind.TRANSLATION));
        case "live" -> new Read.Billed(charge(line, Kind.LIVE));
        case "delegation" -> new Read.Billed(charge(line, Kind.DELEGATION));
        case "decision" -> new Read.Billed(charge(line, Kind.DECISION));
        case "" -> new Read.Unreadable();
        default -> new Read.NotBilled();
      };
    } catch (JacksonException | DateTimeException | IllegalArgumentException malformed) {
      return new Read.Unreadable();
    }
  }

  private static Charge charge(JsonNode line, Kind kind) {
    return new Charge(
        Instant.parse(line.path("time").asString()),
        line.path(SESSION).asString(),
        new Payer(line.path("user").asString(), text(line, "tenant"), text(line, "tier")),
        line.path("model").asString(),
        kind,
        line.path("connection").asInt(),
        line.path("id").asString(),
        line.path("status").asString(),
        line.path("estimated").asBoolean(false),
        new Usage(
            tokens(line.path("input")),
            tokens(line.path("cached")),
            tokens(line.path("output")),
            decimal(line, "seconds")),
        decimal(line, "usd"));
  }

  private static Optional<String> text(JsonNode line, String name) {
    return line.has(name) ? Optional.of(line.path(name).asString()) : Optional.empty();
  }

  private static Tokens tokens(JsonNode tokens) {
    return new Tokens(count(tokens, "text"), count(tokens, "audio"), count(tokens, "image"));
  }

  private static long count(JsonNode tokens, String name) {
    long count = tokens.path(name).asLong();
    if (count < 0 || count > MAX_TOKENS) {
      throw new IllegalArgumentException(name);
    }
    return count;
  }

  /** Bounded, because adding 1e999999999 takes a billion digits. */
  private static BigDecimal decimal(JsonNode line, String name) {
    BigDecimal number = line.path(name).asDecimal();
    if (number.signum() < 0
        || number.precision() > MAX_DIGITS
        || Math.abs((long) number.scale()) > MAX_DIGITS) {
      throw new IllegalArgumentException(name);
    }
    return number;
  }
}
