package io.donna.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.ResolvedSetting;
import io.donna.gateway.config.Settings;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's own words, run: what it promises is what happens. */
class ReadmeTest {
  private static final Path README = Path.of("../README.md");

  @TempDir private Path folder;

  /** The fenced block behind {@code <!-- example: name -->}, on the gateway's port. */
  private static String example(String name, RunningGateway gateway) throws IOException {
    Matcher block =
        Pattern.compile("<!-- example: " + name + " -->\n```[a-z]*\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(README));
    assertThat(block.find()).as("an example named " + name).isTrue();
    return block.group(1).replace("3001", String.valueOf(gateway.port()));
  }

  /** Runs the script as it is printed, with this token. */
  private Tools.Run node(String script, String token) throws IOException {
    Path file = Files.writeString(folder.resolve("hello.mjs"), script);
    return Tools.runNode(file, Map.of("TOKEN", token));
  }

  @Test
  void theJavaScriptClientHearsThatItsTokenIsInvalid() throws IOException {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      Tools.Run run = node(example("javascript", gateway), "none");

      assertThat(run.output())
          .contains("Invalid token")
          .contains("closed: 4003 Authentication failed");
    }
  }

  @Test
  void everySettingIsInTheReadmeAndInTheExampleFile() throws IOException, InvalidSettings {
    List<String> names =
        Settings.resolve(Environment.of(Map.of())).table().stream()
            .map(ResolvedSetting::name)
            .toList();
    String readme = Files.readString(README);
    String file = Files.readString(Path.of("../.env.example"));

    assertThat(names).hasSizeGreaterThan(20);
    for (String name : names) {
      assertThat(readme).contains("`" + name);
      assertThat(file).containsPattern("(?m)^#? ?" + name + "=");
    }
  }

  @Test
  void everySettingOfTheExampleFileIsOne() throws IOException, InvalidSettings {
    List<String> names =
        Settings.resolve(Environment.of(Map.of())).table().stream()
            .map(ResolvedSetting::name)
            .toList();
    List<String> listed =
        Pattern.compile("(?m)^#? ?([A-Z_]+)=")
            .matcher(Files.readString(Path.of("../.env.example")))
            .results()
            .map(result -> result.group(1))
            .collect(Collectors.toList());

    assertThat(names).containsAll(listed);
  }
}
