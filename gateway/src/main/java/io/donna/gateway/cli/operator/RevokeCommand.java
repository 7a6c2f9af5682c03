package io.donna.gateway.cli.operator;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code donna revoke}: revokes a token or all tokens of a user. */
@Command(
    name = "revoke",
    description = "Revoke a token, or all tokens of a user; their sessions end.",
    mixinStandardHelpOptions = true)
public final class RevokeCommand extends OperatorCommand {
  /** What; exactly one. */
  private static final class Target {
    @Option(names = "--jti", paramLabel = "ID", description = "the token with this claim jti")
    private @Nullable String token;

    @Option(names = "--user", paramLabel = "USER", description = "all tokens of a user")
    private @Nullable String user;
  }

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Target target = new Target();

  @Option(
      names = "--before",
      paramLabel = "TIME",
      description = "only the user's tokens issued before, such as 2026-11-30T12:00:00Z")
  private @Nullable String before;

  @Option(
      names = "--reason",
      required = true,
      paramLabel = "TEXT",
      description = "why; the log has it")
  private String reason = "";

  @Override
  void run(AdminClient gateway) throws IOException, InterruptedException {
    ObjectNode body = object().put("reason", reason);
    if (target.token != null) {
      body.put("jti", target.token);
    } else {
      body.put("sub", target.user);
    }
    if (before != null) {
      body.put("before", before);
    }
    JsonNode answer = gateway.send("POST", "revocations", body);
    print(answer, "revocation " + answer.path("id").asString() + " is in force");
  }
}
