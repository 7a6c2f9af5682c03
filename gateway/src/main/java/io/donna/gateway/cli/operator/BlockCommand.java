package io.donna.gateway.cli.operator;

import io.donna.gateway.cli.DurationConverter;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code donna block}: keeps a user or an address range out for a time. */
@Command(
    name = "block",
    description = {
      "Keep a user or an address range out for a time, and end their sessions.",
      "With neither, list the blocks."
    },
    mixinStandardHelpOptions = true)
public final class BlockCommand extends OperatorCommand {
  /** Whom; at most one. */
  private static final class Target {
    @Option(names = "--user", paramLabel = "USER", description = "a user")
    private @Nullable String user;

    @Option(names = "--address", paramLabel = "RANGE", description = "an address or CIDR range")
    private @Nullable String address;
  }

  @ArgGroup(exclusive = true, multiplicity = "0..1")
  private @Nullable Target target;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      defaultValue = "1h",
      converter = DurationConverter.class,
      description = "how long: 90s, 15m, 1h, 7d (default: ${DEFAULT-VALUE})")
  private Duration time = Duration.ofHours(1);

  @Option(names = "--reason", paramLabel = "TEXT", description = "why; the log has it")
  private @Nullable String reason;

  @Override
  void run(AdminClient gateway) throws IOException, InterruptedException {
    if (target == null) {
      list(gateway.get("blocks?limit=1000"));
      return;
    }
    ObjectNode body =
        object()
            .put("seconds", time.toSeconds())
            .put("reason", ReasonOption.required(this, reason));
    if (target.user != null) {
      body.put("user", target.user);
    } else {
      body.put("address", target.address);
    }
    JsonNode answer = gateway.send("POST", "blocks", body);
    print(
        answer,
        "block %s until %s; %s"
            .formatted(
                answer.path("id").asString(), answer.path("until").asString(), ended(answer)));
  }

  private void list(JsonNode answer) {
    JsonNode items = answer.path("items");
    if (asJson()) {
      print(answer);
    } else if (items.isEmpty()) {
      print("Nobody is blocked.");
    }
    if (!asJson()) {
      for (JsonNode block : items) {
        String whom =
            block.has("user") && !block.path("user").isNull()
                ? "user " + block.path("user").asString()
                : "address " + block.path("address").asString();
        print(
            "%s  %s  until %s  %s"
                .formatted(
                    block.path("id").asString(),
                    whom,
                    block.path("until").asString(),
                    block.path("reason").asString("")));
      }
    }
  }
}
