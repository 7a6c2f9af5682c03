package io.donna.gateway.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;

/** The built-in simulator, which the gateway uses through its command line only. */
final class SimulatorTool {
  private static final String NAME = "donna-simulate";
  private static final Pattern READY = Pattern.compile("listening on (wss?://\\S+)");
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private SimulatorTool() {}

  /** Runs the simulator with {@code arguments} until it ends. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) throws IOException {
    return tool().run(out, err, arguments);
  }

  /** Runs the simulator in the background until the process ends; returns its address. */
  static URI start() throws IOException, InterruptedException {
    ToolProvider tool = tool();
    CompletableFuture<URI> ready = new CompletableFuture<>();
    ReadyLine lines = new ReadyLine(ready);
    Thread.ofPlatform()
        .daemon()
        .name("simulator")
        .start(() -> {
          PrintWriter out = new PrintWriter(lines, true);
          int status = tool.run(out, out, "--port", "0", "--quiet");
          ready.completeExceptionally(
              new IOException("the simulator ended with status " + status + ": " + lines));
        });
    try {
      return ready.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the simulator did not start: " + e.getMessage(), e);
    }
  }

  private static ToolProvider tool() throws IOException {
    return ToolProvider.findFirst(NAME)
        .orElseThrow(
            () -> new IOException("this installation of Donna does not include the simulator"));
  }

  /** Collects the simulator's output and extracts its address. */
  private static final class ReadyLine extends Writer {
    private final StringBuilder printed = new StringBuilder();
    private final CompletableFuture<URI> ready;

    ReadyLine(CompletableFuture<URI> ready) {
      this.ready = ready;
    }

    @Override
    public void write(char[] text, int from, int length) {
      if (ready.isDone()) {
        return;
      }
      printed.append(text, from, length);
      Matcher matcher = READY.matcher(printed);
      // Wait for a complete line: the port may arrive in pieces.
      if (matcher.find() && printed.indexOf("\n", matcher.end()) >= 0) {
        ready.complete(URI.create(matcher.group(1)));
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}

    @Override
    public String toString() {
      return printed.toString().strip();
    }
  }
}
