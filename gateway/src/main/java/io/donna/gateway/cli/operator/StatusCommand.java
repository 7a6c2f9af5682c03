package io.donna.gateway.cli.operator;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

/** {@code donna status}: how a running gateway is. */
@Command(
    name = "status",
    description = "Show how a running gateway is: sessions, waits, cost, upstreams, resources.",
    mixinStandardHelpOptions = true)
public final class StatusCommand extends OperatorCommand {
  @Override
  void run(AdminClient gateway) throws IOException, InterruptedException {
    if (asJson()) {
      print(gateway.get("status"));
    } else {
      lines(gateway.get("cluster")).forEach(this::print);
    }
  }

  /** How the replica is that was asked, with a line about all if there are others. */
  static List<String> lines(JsonNode cluster) {
    JsonNode status = cluster.path("replicas").path(0);
    List<String> lines = new ArrayList<>();
    JsonNode sessions = status.path("sessions");
    JsonNode wait = status.path("wait");
    JsonNode descriptors = status.path("descriptors");
    lines.add(
        "%-10s %s, up for %s%s"
            .formatted(
                "gateway",
                status.path("version").asString(""),
                SessionTable.age(Duration.ofSeconds(status.path("uptimeSeconds").asLong(0))),
                status.path("draining").asBoolean(false)
                    ? ", draining"
                    : status.path("switchedOn").asBoolean(true) ? "" : ", switched off"));
    lines.add(
        "%-10s %d live, %d connecting, %d ready, %d authenticating"
            .formatted(
                "sessions",
                sessions.path("live").asInt(0),
                sessions.path("connecting").asInt(0),
                sessions.path("ready").asInt(0),
                sessions.path("authenticating").asInt(0)));
    lines.add(
        "%-10s %s"
            .formatted(
                "waits",
                wait.isObject()
                    ? "median %d ms, 95%% within %d ms, of %d turns in 5 minutes"
                        .formatted(
                            wait.path("p50Ms").asLong(),
                            wait.path("p95Ms").asLong(),
                            wait.path("turns").asLong())
                    : "no caller has waited for audio in 5 minutes"));
    lines.add(
        String.format(
            Locale.ROOT,
            "%-10s $%.4f in the last minute; %d refusals",
            "cost",
            status.path("usdPerMinute").asDouble(0),
            status.path("refusalsPerMinute").asLong(0)));
    for (JsonNode upstream : status.path("upstreams")) {
      lines.add(
          "%-10s %s %s"
              .formatted(
                  "upstream",
                  upstream.path("name").asString(""),
                  upstream.path("up").asBoolean(false) ? "up" : "DOWN"));
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "%-10s event loops %.1f ms late, %d kB waiting, %d of %d descriptors",
            "resources",
            status.path("loopLagMs").asDouble(0),
            status.path("heldBytes").asLong(0) / 1_000,
            descriptors.path("open").asLong(0),
            descriptors.path("limit").asLong(0)));
    lines.addAll(ClusterCommand.summary(cluster));
    return lines;
  }
}
