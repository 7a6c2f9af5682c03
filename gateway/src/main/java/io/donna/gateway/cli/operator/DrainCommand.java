package io.donna.gateway.cli.operator;

import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code donna drain}: stops taking clients. */
@Command(
    name = "drain",
    description = "Take no new clients, as before maintenance; live sessions go on.",
    mixinStandardHelpOptions = true)
public final class DrainCommand extends OperatorCommand {
  @Option(names = "--undo", description = "take clients again")
  private boolean undo;

  @Option(
      names = "--reason",
      required = true,
      paramLabel = "TEXT",
      description = "why; the log has it")
  private String reason = "";

  @Override
  void run(AdminClient gateway) throws IOException, InterruptedException {
    JsonNode answer =
        gateway.send("PUT", "drain", object().put("draining", !undo).put("reason", reason));
    print(
        answer,
        answer.path("draining").asBoolean()
            ? "draining: %d connections are left".formatted(answer.path("connections").asInt(0))
            : "the gateway takes clients");
  }
}
