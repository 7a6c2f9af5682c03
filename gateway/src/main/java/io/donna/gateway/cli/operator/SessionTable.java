package io.donna.gateway.cli.operator;

import io.donna.gateway.cli.talk.TerminalText;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Sessions as lines of a table. */
final class SessionTable {
  private static final String ROW = "%-36s  %-20s  %-14s  %-10s  %8s  %5s  %8s  %9s";

  private static final String REPLICA = "%-16s";

  /** Room for the longest reason of an operator beside the code and the words of the close. */
  private static final int LONGEST_END = 240;

  static final String HEADER =
      ROW.formatted("ID", "USER", "STATE", "TIER", "AGE", "TURNS", "WAIT", "USD");

  private SessionTable() {}

  /** The header and a line for each session. */
  static List<String> lines(JsonNode sessions, Instant now) {
    boolean isShared = isShared(sessions);
    return Stream.concat(
            Stream.of(header(isShared)),
            sessions.valueStream().map(session -> line(session, now, isShared)))
        .toList();
  }

  /** Whether the sessions are of a gateway with replicas, whose names are shown then. */
  private static boolean isShared(JsonNode sessions) {
    return sessions.valueStream().anyMatch(session -> session.path("replica").isString());
  }

  private static String header(boolean isShared) {
    return isShared ? REPLICA.formatted("REPLICA") + "  " + HEADER : HEADER;
  }

  /** As {@link #lines}, with why each ended. */
  static List<String> endedLines(JsonNode sessions, Instant now) {
    boolean isShared = isShared(sessions);
    return Stream.concat(
            Stream.of(header(isShared) + "  END"),
            sessions
                .valueStream()
                .map(session ->
                    line(session, now, isShared)
                        + "  "
                        + cut(end(session.path("end")), LONGEST_END)))
        .toList();
  }

  /** Why a session ended: the close code and reason, and what an operator gave as its own. */
  static String end(JsonNode end) {
    // A client may state any code and reason, such as those that the gateway has for others.
    String by = end.path("by").asString("").equals("client") ? "the client said: " : "";
    return Stream.of(
            by + end.path("code").asString("") + " " + end.path("reason").asString(""),
            end.path("operatorReason").asString(""))
        .map(String::strip)
        .filter(words -> !words.isEmpty())
        .collect(Collectors.joining(": "));
  }

  private static String line(JsonNode session, Instant now, boolean isShared) {
    String row = line(session, now);
    return isShared ? REPLICA.formatted(text(session, "replica", 16)) + "  " + row : row;
  }

  private static String line(JsonNode session, Instant now) {
    JsonNode wait = session.path("lastWaitMs");
    return String.format(
        Locale.ROOT,
        ROW,
        session.path("id").asString(""),
        text(session, "user", 20),
        text(session, "state", 14),
        text(session, "tier", 10),
        age(session, now),
        session.path("turns").asInt(0),
        wait.isNumber() ? wait.asLong() + " ms" : "-",
        new BigDecimal(session.path("usd").asString("0")).setScale(4, RoundingMode.HALF_UP));
  }

  /** How long a session lasts, or lasted. */
  static String age(JsonNode session, Instant now) {
    Instant end =
        session.path("end").isObject()
            ? Instant.parse(session.path("end").path("time").asString())
            : now;
    return age(Duration.between(Instant.parse(session.path("begun").asString()), end));
  }

  /** A duration for people: {@code 42s}, {@code 3m05s}, {@code 1h20m}. */
  static String age(Duration age) {
    long seconds = Math.max(0, age.toSeconds());
    if (seconds < 60) {
      return seconds + "s";
    }
    return seconds < 3_600
        ? "%dm%02ds".formatted(seconds / 60, seconds % 60)
        : "%dh%02dm".formatted(seconds / 3_600, seconds / 60 % 60);
  }

  /** A field of a row, cut to a column's width; a dash if there is none. */
  static String text(JsonNode session, String field, int width) {
    return cut(session.path(field).asString("-"), width);
  }

  private static String cut(String foreign, int width) {
    String text = TerminalText.line(foreign);
    return text.length() <= width ? text : text.substring(0, width - 3) + "...";
  }
}
