package io.donna.gateway.cli.operator;

import io.donna.gateway.cli.DurationConverter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code donna limits}: changes rates and connection limits for a time. */
@Command(
    name = "limits",
    description = {
      "Change limits for a time, as during a flood; then the settings apply again.",
      "Without options, show the limits in force."
    },
    mixinStandardHelpOptions = true)
public final class LimitsCommand extends OperatorCommand {
  @Option(
      names = "--requests",
      paramLabel = "N",
      description = "requests and connections per address in RATE_LIMIT_WINDOW_MS")
  private @Nullable Integer requests;

  @Option(
      names = "--connections-per-address",
      paramLabel = "N",
      description = "open connections per address; 0 refuses new ones")
  private @Nullable Integer perAddress;

  @Option(
      names = "--connections",
      paramLabel = "N",
      description = "open connections in total; 0 refuses new ones")
  private @Nullable Integer total;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      defaultValue = "1h",
      converter = DurationConverter.class,
      description = "how long: 90s, 15m, 1h, 7d (default: ${DEFAULT-VALUE})")
  private Duration time = Duration.ofHours(1);

  @Option(names = "--undo", description = "restore the limits of the settings now")
  private boolean undo;

  @Option(names = "--reason", paramLabel = "TEXT", description = "why; the log has it")
  private @Nullable String reason;

  @Override
  void run(AdminClient gateway) throws IOException, InterruptedException {
    ObjectNode body = object();
    put(body, "requests", requests);
    put(body, "connections_per_address", perAddress);
    put(body, "connections", total);
    JsonNode limits;
    if (undo) {
      if (!body.isEmpty()) {
        throw new ParameterException(
            spec().commandLine(), "--undo restores all limits: it takes no new ones");
      }
      limits =
          gateway.delete(
              "limits?reason=" + AdminClient.encoded(ReasonOption.required(this, reason)));
    } else if (body.isEmpty()) {
      limits = gateway.get("limits");
    } else {
      body.put("seconds", time.toSeconds()).put("reason", ReasonOption.required(this, reason));
      limits = gateway.send("PUT", "limits", body);
    }
    if (asJson()) {
      print(limits);
    } else {
      lines(limits).forEach(this::print);
    }
  }

  private static void put(ObjectNode body, String name, @Nullable Integer value) {
    if (value != null) {
      body.put(name, value);
    }
  }

  private static List<String> lines(JsonNode limits) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "requests     %d per address in %d ms"
            .formatted(limits.path("requests").asInt(0), limits.path("window_ms").asLong(0)));
    lines.add(
        "connections  %d per address, %d in total"
            .formatted(
                limits.path("connections_per_address").asInt(0),
                limits.path("connections").asInt(0)));
    lines.add(
        limits.path("until").isString()
            ? "changed until " + limits.path("until").asString()
            : "as in the settings");
    return lines;
  }
}
