package io.donna.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Tools;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CompletionTest {
  @TempDir private Path folder;

  private static String script(String shell) {
    StringWriter out = new StringWriter();
    CommandLine donna = Donna.commandLine().setOut(new PrintWriter(out));

    assertThat(donna.execute("completion", shell)).isZero();
    return out.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh", "fish"})
  void knowsTheCommandsOfTheProductAndOfTheSourceTree(String shell) {
    assertThat(script(shell))
        .contains("talk", "token", "policy", "install", "verify", "fuzz", "version")
        .doesNotContain("rehearse");
  }

  @Test
  void isAScriptThatBashTakes() throws Exception {
    Tools.need("bash");
    Path file = folder.resolve("completion");
    Files.writeString(file, script("bash") + "complete -p donna\n");

    Process bash = new ProcessBuilder("bash", file.toString()).redirectErrorStream(true).start();
    String output = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(bash.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(output).startsWith("complete ").contains(" donna");
  }

  @Test
  void saysWhatAnOptionTakesAndIsForInFish() {
    assertThat(script("fish").lines())
        .contains("complete -c donna -f")
        .anyMatch(line ->
            line.startsWith("complete -c donna -n '__fish_seen_subcommand_from token' -l sub -r"))
        .allMatch(line -> line.startsWith("complete -c donna"));
  }
}
