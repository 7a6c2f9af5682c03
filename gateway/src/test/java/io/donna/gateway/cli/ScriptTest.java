package io.donna.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Tools;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The script {@code ./donna} in a folder where nothing is built, beside a Maven of the test's. */
class ScriptTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  @TempDir private Path folder;

  private Path home;
  private Path path;
  private Path temporary;

  @BeforeEach
  void copyTheScript() throws IOException {
    home = Files.createDirectory(folder.resolve("a donna"));
    temporary = Files.createDirectory(folder.resolve("tmp"));
    path = Files.createDirectory(folder.resolve("bin"));
    Files.copy(ROOT.resolve("donna"), home.resolve("donna"));
    try (Stream<Path> files = Files.walk(ROOT.resolve("build"))) {
      for (Path file : files.toList()) {
        Files.copy(file, home.resolve(ROOT.relativize(file).toString()));
      }
    }
    Files.writeString(home.resolve("pom.xml"), "");
    for (String module : List.of("gateway", "simulator")) {
      Files.createDirectories(home.resolve(module).resolve("src/main"));
      Files.writeString(home.resolve(module).resolve("pom.xml"), "");
    }
  }

  /**
   * Tells what Maven was asked, which prints what Maven prints, and then fails where it was asked
   * what it is told to fail at.
   */
  private void installMaven() throws IOException {
    String script =
        """
        #!/bin/sh
        echo "$@" >> "FOLDER/asked"
        echo "[INFO] --- maven-compiler-plugin:3.16.0:compile (default-compile) @ donna-gateway ---"
        echo "[ERROR] what went wrong"
        [ ! -e "FOLDER/fails" ] || ! echo "$@" | grep -q -e "$(cat "FOLDER/fails")"
        """;
    Path maven =
        Files.writeString(path.resolve("mvn"), script.replace("FOLDER", folder.toString()));
    assertThat(maven.toFile().setExecutable(true)).isTrue();
  }

  private Tools.Run run(Path script, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("PATH", path + ":/usr/bin:/bin");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("TMPDIR", temporary.toString());
    if (Files.exists(Path.of("/usr/bin/mvn")) && !Files.exists(path.resolve("mvn"))) {
      builder.environment().put("PATH", pathWithoutMaven());
    }
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return new Tools.Run(process.exitValue(), output);
  }

  /** What the script uses, and no Maven. */
  private String pathWithoutMaven() throws IOException {
    Path tools = Files.createDirectories(folder.resolve("tools"));
    for (String tool :
        List.of(
            "bash",
            "sh",
            "env",
            "cat",
            "dirname",
            "readlink",
            "find",
            "mktemp",
            "rm",
            "tee",
            "awk",
            "grep",
            "sed",
            "touch",
            "head")) {
      Path from = Path.of("/usr/bin", tool);
      Path link = tools.resolve(tool);
      if (Files.exists(from) && !Files.exists(link)) {
        Files.createSymbolicLink(link, from);
      }
    }
    return tools.toString();
  }

  private Tools.Run donna(String... arguments) throws IOException {
    return run(home.resolve("donna"), arguments);
  }

  private String asked() throws IOException {
    Path asked = folder.resolve("asked");
    return Files.exists(asked) ? Files.readString(asked) : "";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dev",
        "serve",
        "talk",
        "token",
        "secret",
        "check",
        "policy",
        "usage",
        "simulate",
        "completion",
        "verify",
        "test",
        "fuzz",
        "bench",
        "soak",
        "abuse",
        "build"
      })
  void saysWhatACommandDoesWithoutBuildingOrRunningAnything(String command) throws IOException {
    installMaven();
    String said = Files.readString(home.resolve("build/help/" + command + ".txt"));

    assertThat(donna(command, "--help")).isEqualTo(new Tools.Run(0, said));
    assertThat(donna("help", command)).isEqualTo(new Tools.Run(0, said));
    assertThat(asked()).isEmpty();
  }

  @Test
  void saysWhatACommandWithinACommandDoes() throws IOException {
    assertThat(donna("policy", "install", "--help").output()).contains("donna policy install");
    assertThat(donna("help", "abuse", "hog").output()).contains("donna abuse hog");
  }

  @ParameterizedTest
  @ValueSource(strings = {"help", "-h", "--help", ""})
  void listsItsCommands(String argument) throws IOException {
    Tools.Run run = argument.isEmpty() ? donna() : donna(argument);

    assertThat(run.status()).isZero();
    assertThat(run.output()).contains("Usage: ./donna COMMAND", "  dev ", "  verify ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"version", "--version", "-V"})
  void saysItsVersion(String argument) throws IOException {
    assertThat(donna(argument).output()).matches("donna \\d+\\.\\d+\\.\\d+\n");
  }

  @ParameterizedTest
  @CsvSource({
    "frobnicate, unknown command 'frobnicate'",
    "help frobnicate, unknown command 'frobnicate'",
    "verify fast, verify takes no arguments",
    "build --fast, build takes no arguments",
    "fuzz, fuzz requires a target",
    "fuzz everything, unknown fuzz target 'everything'",
    "fuzz frames --minutes, --minutes must be a whole number",
    "fuzz frames --minutes soon, --minutes must be a whole number",
    "fuzz frames --fast, unknown option --fast of fuzz",
    "abuse everybody, unknown argument everybody of abuse",
    "test A B, test takes one pattern",
    "test --fast, unknown option --fast of test",
  })
  void endsWithTwoWhereItIsMisused(String arguments, String said) throws IOException {
    installMaven();
    Tools.Run run = donna(arguments.split(" ", -1));

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.output()).startsWith("donna: ").contains(said);
    assertThat(asked()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"dev", "build", "verify", "test", "bench", "soak", "abuse", "fuzz frames"})
  void saysThatThereIsNoMaven(String command) throws IOException {
    Tools.Run run = donna(command.split(" ", -1));

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.output()).contains("mvn is not on PATH; install it");
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void saysWhatABuildIsAtAndWhyItFails() throws IOException {
    installMaven();
    Files.writeString(folder.resolve("fails"), "");

    Tools.Run run = donna("build");

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.output())
        .contains("for the first time", "  gateway: compiling", "[ERROR] what went wrong")
        .doesNotContain("[INFO]");
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void checksBesideTheTests() throws IOException {
    installMaven();

    Tools.Run run = donna("verify");

    assertThat(run.status()).as(run.output()).isZero();
    assertThat(run.output()).contains("0 passed, 0 failed").doesNotContain("not in order");
    assertThat(asked().lines())
        .hasSize(2)
        .anyMatch(line -> line.endsWith("-P unchecked verify"))
        .anyMatch(line -> line.endsWith("-P apart -Dapart=checks test-compile"));
    assertThat(temporary).isEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource({"apart, true", "unchecked, false"})
  void failsWhereTheChecksOrTheTestsDo(String profile, boolean checks) throws IOException {
    installMaven();
    Files.writeString(folder.resolve("fails"), profile);

    Tools.Run run = donna("verify");

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.output().contains("are not in order:\n[ERROR] what went wrong"))
        .isEqualTo(checks);
    assertThat(asked().lines()).hasSize(2);
  }

  @Test
  void worksThroughSymbolicLinks() throws IOException {
    Path far = Files.createDirectory(folder.resolve("far"));
    Path link = Files.createSymbolicLink(far.resolve("donna"), home.resolve("donna"));
    Path relative = Files.createSymbolicLink(folder.resolve("d"), Path.of("far", "donna"));

    assertThat(run(link, "help", "verify").status()).isZero();
    assertThat(run(relative, "help", "verify").status()).isZero();
  }

  @Test
  void runsTheTestsThatAPatternNames() throws IOException {
    installMaven();
    donna("test", "*Guard*Test", "-Da=b");

    assertThat(asked()).contains("-Dtest=*Guard*Test -Da=b test");
  }
}
