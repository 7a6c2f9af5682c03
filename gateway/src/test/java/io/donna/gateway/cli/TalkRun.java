package io.donna.gateway.cli;

import io.donna.gateway.kit.TestUpstream;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import picocli.CommandLine;

/** One run of {@code donna talk}: its exit status, and what it wrote where. */
record TalkRun(int status, String out, String err) {
  static TalkRun talk(String... arguments) {
    return run("", false, arguments);
  }

  static TalkRun piped(String input, String... arguments) {
    return run(input, false, arguments);
  }

  static TalkRun typed(String input, String... arguments) {
    return run(input, true, arguments);
  }

  /** Talks on {@code /v1/realtime} to a server whose part {@code part} plays. */
  static TalkRun against(Consumer<TestUpstream.Connection> part, String... arguments) {
    try (TestUpstream server = TestUpstream.start();
        var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> played =
          executor.submit(() -> {
            try (TestUpstream.Connection connection = server.take()) {
              part.accept(connection);
              connection.readClose();
              connection.sendClose(1000, "");
            } catch (UncheckedIOException gone) {
              // Without a close: the client gave up, or the part ended it.
            }
          });
      String[] all = new String[arguments.length + 1];
      all[0] = server.uri().toString();
      System.arraycopy(arguments, 0, all, 1, arguments.length);
      TalkRun run = talk(all);
      played.get();
      return run;
    } catch (ExecutionException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static TalkRun run(String input, boolean terminal, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    byte[] in = input.getBytes(StandardCharsets.UTF_8);
    int status =
        new CommandLine(new TalkCommand(new ByteArrayInputStream(in), terminal))
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new TalkRun(status, out.toString(), err.toString());
  }
}
