package io.donna.gateway.cli.operator;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/**
 * A terminal that passes on each key at once, until it is closed or the process ends. Uses stty, as
 * Java cannot. Without stty, keys arrive with the end of their line.
 */
final class RawTerminal implements AutoCloseable {
  private static final long TIMEOUT_MS = 2_000;

  private final String saved;
  private final Thread atExit = Thread.ofPlatform().unstarted(this::restore);

  private RawTerminal(String saved) {
    this.saved = saved;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  static RawTerminal open() throws IOException, InterruptedException {
    RawTerminal terminal = new RawTerminal(stty("-g"));
    stty("-icanon", "-echo", "min", "1");
    return terminal;
  }

  /** The height of the terminal. */
  OptionalInt rows() throws IOException, InterruptedException {
    String[] size = stty("size").split(" ", -1);
    try {
      return OptionalInt.of(Integer.parseInt(size[0]));
    } catch (NumberFormatException unknown) {
      return OptionalInt.empty();
    }
  }

  private static String stty(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("stty"));
    command.addAll(List.of(arguments));
    try {
      Process stty =
          new ProcessBuilder(command)
              .redirectInput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String output =
          new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
      return stty.waitFor(TIMEOUT_MS, TimeUnit.MILLISECONDS) ? output : "";
    } catch (IOException missing) {
      return "";
    }
  }

  private void restore() {
    if (!saved.isEmpty()) {
      try {
        stty(saved);
      } catch (IOException ignored) {
        // The terminal stays as it is; `reset` helps.
      } catch (InterruptedException stopping) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    restore();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException ending) {
      // The hook is running already.
    }
  }
}
