package io.donna.gateway.cli.operator;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** One session with its turns, in lines for people. */
final class SessionReport {
  private static final String TURN = "%5s  %-10s  %8s  %8s  %-10s  %9s  %s";

  private SessionReport() {}

  /**
   * The lines.
   *
   * @param detail a session with its turns, as the API shows it
   */
  static List<String> lines(JsonNode detail, Instant now) {
    JsonNode session = detail.path("session");
    JsonNode end = session.path("end");
    List<String> lines = new ArrayList<>();
    add(lines, "session", session.path("id").asString(""));
    add(lines, "user", who(session));
    add(lines, "address", session.path("address").asString(""));
    add(lines, "endpoint", session.path("endpoint").asString(""));
    add(lines, "model", known(session, "model") + " at " + known(session, "upstream"));
    if (session.path("replica").isString()) {
      add(lines, "replica", session.path("replica").asString());
    }
    add(lines, "begun", session.path("begun").asString(""));
    add(lines, "length", SessionTable.age(session, now));
    add(
        lines,
        "state",
        end.isObject()
            ? "ended at %s with %s".formatted(end.path("time").asString(), SessionTable.end(end))
            : session.path("state").asString(""));
    add(
        lines,
        "usage",
        String.format(
            Locale.ROOT,
            "%d tokens in, %d out, $%.4f",
            session.path("inputTokens").asLong(0),
            session.path("outputTokens").asLong(0),
            session.path("usd").asDouble(0)));
    if (!detail.path("turns").isEmpty()) {
      lines.add("");
      lines.add(TURN.formatted("TURN", "TRIGGER", "WAIT", "AUDIO", "STATUS", "USD", "TOOLS"));
      detail.path("turns").forEach(turn -> lines.add(turn(turn)));
    }
    return lines;
  }

  private static void add(List<String> lines, String name, String value) {
    lines.add("%-10s %s".formatted(name, value));
  }

  private static String who(JsonNode session) {
    String grants =
        Stream.of("tenant", "tier")
            .filter(field -> session.path(field).isString())
            .map(field -> field + " " + session.path(field).asString())
            .collect(Collectors.joining(", "));
    String user = session.path("user").isString() ? session.path("user").asString() : "anonymous";
    return grants.isEmpty() ? user : user + " (" + grants + ")";
  }

  private static String known(JsonNode session, String field) {
    return session.path(field).asString("-");
  }

  private static String turn(JsonNode turn) {
    return String.format(
        Locale.ROOT,
        TURN,
        turn.path("number").asInt(0),
        turn.path("trigger").asString(""),
        millis(turn.path("waitMs")),
        millis(turn.path("audioMs")),
        turn.path("status").asString("-"),
        String.format(Locale.ROOT, "%.4f", turn.path("usd").asDouble(0)),
        turn.path("tools").valueStream().map(JsonNode::asString).collect(Collectors.joining(", ")));
  }

  private static String millis(JsonNode value) {
    return value.isNumber() ? value.asLong() + " ms" : "-";
  }
}
