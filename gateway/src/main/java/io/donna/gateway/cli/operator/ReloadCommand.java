package io.donna.gateway.cli.operator;

import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code donna reload}: applies changed files now. */
@Command(
    name = "reload",
    description =
        "Apply changed files now (policy, keys, certificates), and say which are in force.",
    mixinStandardHelpOptions = true)
public final class ReloadCommand extends OperatorCommand {
  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      defaultValue = "by command",
      description = "why; the log has it (default: ${DEFAULT-VALUE})")
  private String reason = "by command";

  @Override
  void run(AdminClient gateway) throws IOException, InterruptedException {
    JsonNode answer = gateway.send("POST", "reload", object().put("reason", reason));
    boolean failed = false;
    for (JsonNode file : answer.path("files")) {
      failed |= !file.path("in_force").asBoolean(false);
    }
    if (asJson()) {
      print(answer);
    } else if (answer.path("files").isEmpty()) {
      print("The settings name no file that is reloaded.");
    } else {
      for (JsonNode file : answer.path("files")) {
        print(
            file.path("setting").asString()
                + (file.path("in_force").asBoolean(false)
                    ? " is in force"
                    : " " + file.path("problem").asString("is not in force")));
      }
    }
    if (failed) {
      throw new IOException("not every file is in force");
    }
  }
}
