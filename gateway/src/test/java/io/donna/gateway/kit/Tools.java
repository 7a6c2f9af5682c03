package io.donna.gateway.kit;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Programs of other people that tests run. Where one is missing the test is skipped, but not in CI.
 */
public final class Tools {
  private static final Path NODE_SOURCES = Path.of("src/test/node");
  private static final Path NODE_HOME = Path.of("target/node");

  /** What a program printed, both streams together, and how it ended. */
  public record Run(int status, String output) {}

  private Tools() {}

  public static void need(String... programs) {
    for (String program : programs) {
      if (!isThere(program)) {
        missing(program + " is not on PATH");
      }
    }
  }

  private static void missing(String what) {
    if (System.getenv("CI") != null) {
      fail(what + ", and CI must run this test");
    }
    abort(what);
  }

  /** A browser that runs without a display, by the name that it has here. */
  public static String chromium() {
    Optional<String> found =
        Stream.of("chromium", "chromium-browser", "google-chrome")
            .filter(Tools::isThere)
            .findFirst();
    if (found.isEmpty()) {
      missing("chromium is not on PATH");
    }
    return found.orElseThrow();
  }

  /**
   * The driver of Playwright for Java, from npm: the bundle for Java has a Node for each system.
   */
  static Path playwrightDriver() {
    Path driver = nodeHome().resolve("playwright");
    Path packaged = driver.resolve("package");
    try {
      Files.createDirectories(driver);
      if (!Files.exists(packaged)) {
        Files.createSymbolicLink(packaged, Path.of("../node_modules/playwright-core"));
      }
    } catch (FileAlreadyExistsException byAnotherProcess) {
      // Test classes run in several processes.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return driver;
  }

  /** Where a program on PATH is. */
  public static Path locate(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow();
  }

  /** The Python that has this package: that of PATH or, where that is another, the system's. */
  public static String pythonWith(String module) {
    need("python3");
    Optional<String> found =
        Stream.of("python3", "/usr/bin/python3")
            .filter(python -> python.equals("python3") || Files.isExecutable(Path.of(python)))
            .filter(python -> run(Path.of("."), "", python, "-c", "import " + module).status() == 0)
            .findFirst();
    if (found.isEmpty()) {
      missing("no python3 has the package " + module);
    }
    return found.orElseThrow();
  }

  public static boolean isThere(String program) {
    return List.of(System.getenv("PATH").split(":")).stream()
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  /** The folder with the Node clients and their packages. */
  public static synchronized Path nodeHome() {
    need("node", "npm");
    try {
      Files.createDirectories(NODE_HOME);
      return lockedNodeHome();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Test classes run in several processes side by side. */
  private static Path lockedNodeHome() throws IOException {
    Path file = NODE_HOME.resolve("lock");
    try (FileChannel lock =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      lock.lock(); // until it is closed
      try (var sources = Files.list(NODE_SOURCES)) {
        for (Path source : sources.filter(Files::isRegularFile).toList()) {
          Path copy = NODE_HOME.resolve(source.getFileName());
          if (!Files.exists(copy) || Files.mismatch(source, copy) >= 0) {
            Files.copy(source, copy, StandardCopyOption.REPLACE_EXISTING);
          }
        }
      }
      Path installed = NODE_HOME.resolve("node_modules/.package-lock.json");
      Path wanted = NODE_HOME.resolve("package-lock.json");
      if (!Files.exists(installed)
          || Files.getLastModifiedTime(installed)
                  .compareTo(Files.getLastModifiedTime(NODE_SOURCES.resolve("package-lock.json")))
              < 0) {
        Run install = run(NODE_HOME, "", "npm", "ci", "--no-audit", "--no-fund");
        if (install.status() != 0) {
          fail("npm ci of " + wanted + ": " + install.output());
        }
      }
      return NODE_HOME;
    }
  }

  /**
   * Runs a script of Node's that takes {@code WebSocket} for granted, as browsers and Node 22 do.
   */
  public static Run runNode(Path script, Map<String, String> variables) {
    Path websocket = nodeHome().resolve("global-websocket.mjs").toAbsolutePath();
    return run(
        Path.of("."),
        variables,
        "",
        "node",
        "--import",
        websocket.toString(),
        script.toAbsolutePath().toString());
  }

  public static Run run(Path folder, String input, String... command) {
    return run(folder, Map.of(), input, command);
  }

  /** As {@link #run(Path, String, String...)}, with these variables besides the tests' own. */
  public static Run run(
      Path folder, Map<String, String> variables, String input, String... command) {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
      builder.environment().putAll(variables);
      Process process = builder.start();
      try (var in = process.getOutputStream()) {
        in.write(input.getBytes(StandardCharsets.UTF_8));
      }
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        fail(String.join(" ", command) + " did not end: " + output);
      }
      return new Run(process.exitValue(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
