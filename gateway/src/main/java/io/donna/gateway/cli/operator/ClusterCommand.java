package io.donna.gateway.cli.operator;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

/** {@code donna cluster}: how each replica is. */
@Command(
    name = "cluster",
    description = "Show how each replica of a running gateway is, the one that is asked first.",
    mixinStandardHelpOptions = true)
public final class ClusterCommand extends OperatorCommand {
  private static final String ROW = "%-20s  %-12s  %-12s  %8s  %6s  %11s  %9s  %9s  %12s";

  @Override
  void run(AdminClient gateway) throws IOException, InterruptedException {
    JsonNode cluster = gateway.get("cluster");
    if (asJson()) {
      print(cluster);
    } else {
      lines(cluster).forEach(this::print);
    }
  }

  private static List<String> lines(JsonNode cluster) {
    List<String> lines = new ArrayList<>();
    lines.add(
        ROW.formatted(
            "REPLICA",
            "VERSION",
            "STATE",
            "UP",
            "LIVE",
            "CONNECTIONS",
            "WAIT P95",
            "USD/MIN",
            "REFUSALS/MIN"));
    cluster.path("replicas").forEach(replica -> lines.add(line(replica)));
    int unheard = cluster.path("unheard").asInt(0);
    if (unheard > 0) {
      lines.add(
          unheard == 1 ? "1 replica has not answered" : unheard + " replicas have not answered");
    }
    if (!cluster.path("shared").asBoolean(false)) {
      lines.add("This gateway is alone: REDIS_URL is not set.");
    } else if (!cluster.path("answering").asBoolean(false)) {
      lines.add("Redis does not answer: each replica counts alone.");
    }
    return lines;
  }

  private static String line(JsonNode replica) {
    JsonNode wait = replica.path("wait").path("p95Ms");
    return String.format(
        Locale.ROOT,
        ROW,
        SessionTable.text(replica, "replica", 20),
        SessionTable.text(replica, "version", 12),
        state(replica),
        SessionTable.age(Duration.ofSeconds(replica.path("uptimeSeconds").asLong(0))),
        replica.path("sessions").path("live").asInt(0),
        replica.path("connections").asInt(0),
        wait.isNumber() ? wait.asLong() + " ms" : "-",
        String.format(Locale.ROOT, "%.4f", replica.path("usdPerMinute").asDouble(0)),
        replica.path("refusalsPerMinute").asLong(0));
  }

  private static String state(JsonNode replica) {
    if (replica.path("draining").asBoolean(false)) {
      return "draining";
    }
    return replica.path("switchedOn").asBoolean(true) ? "serving" : "switched off";
  }

  /** A line about all replicas for the status of one; empty if there is no other. */
  static List<String> summary(JsonNode cluster) {
    JsonNode replicas = cluster.path("replicas");
    int unheard = cluster.path("unheard").asInt(0);
    if (replicas.size() + unheard < 2) {
      return List.of();
    }
    return List.of(
        String.format(
            Locale.ROOT,
            "%-10s %d replicas%s%s: %d live, $%.4f in the last minute, %d refusals",
            "cluster",
            replicas.size() + unheard,
            unheard == 0 ? "" : " (" + unheard + " not heard)",
            cluster.path("answering").asBoolean(true) ? "" : ", Redis does not answer",
            replicas
                .valueStream()
                .mapToInt(one -> one.path("sessions").path("live").asInt(0))
                .sum(),
            replicas.valueStream().mapToDouble(one -> one.path("usdPerMinute").asDouble(0)).sum(),
            replicas
                .valueStream()
                .mapToLong(one -> one.path("refusalsPerMinute").asLong(0))
                .sum()));
  }
}
