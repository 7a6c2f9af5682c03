package io.donna.gateway.cli.operator;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code donna end}: ends sessions. */
@Command(
    name = "end",
    description = "End a session, or all of a user, tenant, tier or address range.",
    mixinStandardHelpOptions = true)
public final class EndCommand extends OperatorCommand {
  /** Whose sessions; exactly one. */
  private static final class Target {
    @Parameters(paramLabel = "SESSION", description = "the session's id")
    private @Nullable String session;

    @Option(names = "--user", paramLabel = "USER", description = "all of a user")
    private @Nullable String user;

    @Option(names = "--tenant", paramLabel = "TENANT", description = "all of a tenant")
    private @Nullable String tenant;

    @Option(names = "--tier", paramLabel = "TIER", description = "all of a tier")
    private @Nullable String tier;

    @Option(
        names = "--address",
        paramLabel = "RANGE",
        description = "all of an address or CIDR range")
    private @Nullable String address;
  }

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Target target = new Target();

  @Option(
      names = "--reason",
      required = true,
      paramLabel = "TEXT",
      description = "why; the client is told, and the log has it")
  private String reason = "";

  @Override
  void run(AdminClient gateway) throws IOException, InterruptedException {
    ObjectNode body = object().put("reason", reason);
    JsonNode answer;
    if (target.session != null) {
      answer =
          gateway.send("POST", "sessions/" + AdminClient.encoded(target.session) + "/end", body);
    } else {
      put(body, "user", target.user);
      put(body, "tenant", target.tenant);
      put(body, "tier", target.tier);
      put(body, "address", target.address);
      answer = gateway.send("POST", "sessions/end", body);
    }
    print(answer, ended(answer));
  }

  private static void put(ObjectNode body, String name, @Nullable String value) {
    if (value != null) {
      body.put(name, value);
    }
  }
}
