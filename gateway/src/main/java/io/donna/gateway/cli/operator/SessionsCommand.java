package io.donna.gateway.cli.operator;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code donna sessions}: lists sessions. */
@Command(
    name = "sessions",
    description = {
      "List the live sessions of a running gateway, or those that have ended.",
      "With the id of one, show it and its turns."
    },
    mixinStandardHelpOptions = true)
public final class SessionsCommand extends OperatorCommand {
  @Parameters(arity = "0..1", paramLabel = "SESSION", description = "the id of one session")
  private @Nullable String session;

  @Option(names = "--ended", description = "list the last sessions that ended instead")
  private boolean ended;

  @Option(names = "--user", paramLabel = "USER", description = "only those of a user")
  private @Nullable String user;

  @Option(names = "--tenant", paramLabel = "TENANT", description = "only those of a tenant")
  private @Nullable String tenant;

  @Option(names = "--tier", paramLabel = "TIER", description = "only those of a tier")
  private @Nullable String tier;

  @Option(
      names = "--sort",
      paramLabel = "FIELD",
      defaultValue = "-begun",
      description =
          "begun, turns, usd, wait or user; with - in front the largest first"
              + " (default: ${DEFAULT-VALUE})")
  private String sort = "-begun";

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "at most so many, up to 1000 (default: ${DEFAULT-VALUE})")
  private int limit = 100;

  @Override
  void run(AdminClient gateway) throws IOException, InterruptedException {
    if (session != null) {
      show(gateway.get("sessions/" + AdminClient.encoded(session)));
      return;
    }
    Map<String, String> query = new LinkedHashMap<>();
    query.put("limit", Integer.toString(limit));
    query.put("sort", sort);
    put(query, "state", ended ? "ended" : null);
    put(query, "user", user);
    put(query, "tenant", tenant);
    put(query, "tier", tier);
    JsonNode answer =
        gateway.get(
            "sessions?"
                + query.entrySet().stream()
                    .map(entry -> entry.getKey() + "=" + AdminClient.encoded(entry.getValue()))
                    .collect(Collectors.joining("&")));
    if (asJson()) {
      print(answer);
      return;
    }
    JsonNode items = answer.path("items");
    if (items.isEmpty()) {
      print(ended ? "No session has ended yet." : "No session is live.");
      return;
    }
    Instant now = Clock.systemUTC().instant();
    (ended ? SessionTable.endedLines(items, now) : SessionTable.lines(items, now))
        .forEach(this::print);
    int total = answer.path("total").asInt(items.size());
    if (total > items.size()) {
      print("%d more; --limit shows up to 1000".formatted(total - items.size()));
    }
  }

  private void show(JsonNode detail) {
    if (asJson()) {
      print(detail);
    } else {
      SessionReport.lines(detail, Clock.systemUTC().instant()).forEach(this::print);
    }
  }

  private static void put(Map<String, String> query, String name, @Nullable String value) {
    if (value != null) {
      query.put(name, value);
    }
  }
}
