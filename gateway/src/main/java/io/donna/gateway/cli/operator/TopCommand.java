package io.donna.gateway.cli.operator;

import io.donna.gateway.cli.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code donna top}: a live table of sessions. */
@Command(
    name = "top",
    description = {
      "Show the gateway and its live sessions, redrawn every second; q ends it.",
      "With --json or without a terminal, prints one look and ends."
    },
    mixinStandardHelpOptions = true)
public final class TopCommand extends OperatorCommand {
  private static final int QUIT = 'q';
  private static final int LOOK_MS = 100;
  private static final int USUAL_ROWS = 24;

  @Option(
      names = "--sort",
      paramLabel = "FIELD",
      defaultValue = "-usd",
      description =
          "begun, turns, usd, wait or user; with - in front the largest first"
              + " (default: ${DEFAULT-VALUE})")
  private String sort = "-usd";

  @Option(
      names = "--every",
      paramLabel = "SECONDS",
      defaultValue = "1",
      description = "seconds between two looks (default: ${DEFAULT-VALUE})")
  private int every = 1;

  @Override
  void run(AdminClient gateway) throws IOException, InterruptedException {
    if (asJson()) {
      print(gateway.get("sessions?sort=" + AdminClient.encoded(sort)));
    } else if (!Terminal.isInteractive()) {
      look(gateway, Integer.MAX_VALUE).forEach(this::print);
    } else {
      redraw(gateway);
    }
  }

  private List<String> look(AdminClient gateway, int rows)
      throws IOException, InterruptedException {
    List<String> lines = new ArrayList<>(StatusCommand.lines(gateway.get("cluster")));
    lines.add("");
    int room = Math.clamp(rows - lines.size() - 2L, 1, 1_000);
    lines.addAll(
        SessionTable.lines(
            gateway
                .get("sessions?limit=%d&sort=%s".formatted(room, AdminClient.encoded(sort)))
                .path("items"),
            Clock.systemUTC().instant()));
    return lines;
  }

  private void redraw(AdminClient gateway) throws IOException, InterruptedException {
    try (RawTerminal terminal = RawTerminal.open()) {
      do {
        List<String> lines = look(gateway, terminal.rows().orElse(USUAL_ROWS));
        Terminal.out(spec()).clear();
        lines.forEach(this::print);
      } while (!quits(System.in));
    }
  }

  /** Whether q is pressed before the next look. */
  private boolean quits(InputStream keys) throws IOException, InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(Math.max(1, every));
    while (System.nanoTime() < until) {
      while (keys.available() > 0) {
        int key = keys.read();
        if (key == QUIT || key < 0) {
          return true;
        }
      }
      Thread.sleep(LOOK_MS);
    }
    return false;
  }
}
