package io.donna.gateway.kit;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A shell in a folder of its own, in which {@code ./donna} is the gateway under test. Commands see
 * {@code PATH} and the variables that are given, and nothing else of the environment.
 */
public final class Console implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Path folder;
  private final Map<String, String> variables;
  private final List<Background> started = new ArrayList<>();

  /** A command that runs on. */
  public static final class Background {
    private final Process process;
    private final Path output;

    private Background(Process process, Path output) {
      this.process = process;
      this.output = output;
    }

    /** What it has printed so far, both streams together. */
    public String output() {
      return Documents.read(output);
    }

    public Background await(String part) {
      org.awaitility.Awaitility.await(part)
          .atMost(PATIENCE)
          .until(() -> !process.isAlive() || output().contains(part));
      if (!output().contains(part)) {
        throw new AssertionError("ended without \"" + part + "\": " + output());
      }
      return this;
    }

    /** Ends it as Ctrl-C does, and waits for it. */
    public void interrupt() {
      try {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
          throw new AssertionError("did not end: " + output());
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  public Console(Path folder, Map<String, String> variables) {
    this.folder = folder;
    this.variables = new HashMap<>(variables);
    write(
        "donna",
        ProductJvm.command().stream()
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" ", "#!/bin/sh\nexec ", " \"$@\"\n")));
    try {
      Files.setPosixFilePermissions(
          folder.resolve("donna"), PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sets a variable for the commands that follow. */
  public void export(String name, String value) {
    variables.put(name, value);
  }

  public Path write(String name, String text) {
    try {
      return Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String read(String name) {
    return Documents.read(folder.resolve(name));
  }

  /** Runs a script to its end, with this on its standard input. */
  public Tools.Run run(String script, String input) {
    try {
      Path in = Files.writeString(Files.createTempFile(folder, "in", ""), input);
      Path out = Files.createTempFile(folder, "out", "");
      Process process = builder(script, out).redirectInput(in.toFile()).start();
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new AssertionError(script + " did not end: " + Documents.read(out));
      }
      return new Tools.Run(process.exitValue(), Documents.read(out));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  public Tools.Run run(String script) {
    return run(script, "");
  }

  /** Starts a script that runs on. */
  public Background start(String script) {
    try {
      Path out = Files.createTempFile(folder, "out", "");
      Background background = new Background(builder(script, out).start(), out);
      started.add(background);
      return background;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ProcessBuilder builder(String script, Path out) {
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-c", script)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile());
    builder.environment().keySet().removeIf(name -> !List.of("PATH", "HOME").contains(name));
    builder.environment().putAll(variables);
    return builder;
  }

  @Override
  public void close() {
    for (Background background : started) {
      background.process.descendants().forEach(ProcessHandle::destroyForcibly);
      background.process.destroyForcibly();
    }
    await().atMost(PATIENCE).until(() -> started.stream().noneMatch(one -> one.process.isAlive()));
  }
}
