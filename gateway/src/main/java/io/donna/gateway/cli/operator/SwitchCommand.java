package io.donna.gateway.cli.operator;

import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code donna switch}: turns the proxy off and on. */
@Command(
    name = "switch",
    description = "Turn the proxy off or on, or show which it is. Live sessions go on.",
    mixinStandardHelpOptions = true)
public final class SwitchCommand extends OperatorCommand {
  private enum State {
    ON,
    OFF
  }

  @Parameters(
      arity = "0..1",
      paramLabel = "STATE",
      description = "on or off; without, the state is shown")
  private @Nullable State state;

  @Option(names = "--end-sessions", description = "with off: end the live sessions, too")
  private boolean endSessions;

  @Option(names = "--reason", paramLabel = "TEXT", description = "why; the log has it")
  private @Nullable String reason;

  @Override
  void run(AdminClient gateway) throws IOException, InterruptedException {
    JsonNode answer =
        state == null
            ? gateway.get("switch")
            : gateway.send(
                "PUT",
                "switch",
                object()
                    .put("enabled", state == State.ON)
                    .put("end_sessions", endSessions)
                    .put("reason", ReasonOption.required(this, reason)));
    State now = answer.path("enabled").asBoolean() ? State.ON : State.OFF;
    print(answer, "the proxy is " + now.name().toLowerCase(Locale.ROOT));
  }
}
