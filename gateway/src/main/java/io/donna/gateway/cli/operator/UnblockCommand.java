package io.donna.gateway.cli.operator;

import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code donna unblock}: removes a block. */
@Command(
    name = "unblock",
    description = "Remove a block before its time; ./donna block lists them.",
    mixinStandardHelpOptions = true)
public final class UnblockCommand extends OperatorCommand {
  @Parameters(paramLabel = "BLOCK", description = "the block's id")
  private String id = "";

  @Option(
      names = "--reason",
      required = true,
      paramLabel = "TEXT",
      description = "why; the log has it")
  private String reason = "";

  @Override
  void run(AdminClient gateway) throws IOException, InterruptedException {
    print(
        gateway.delete(
            "blocks/" + AdminClient.encoded(id) + "?reason=" + AdminClient.encoded(reason)),
        "block " + id + " removed");
  }
}
