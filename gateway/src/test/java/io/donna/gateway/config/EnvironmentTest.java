package io.donna.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentTest {
  @TempDir private Path directory;

  private Environment environment(String file, Map<String, String> variables) throws IOException {
    Files.writeString(directory.resolve(".env"), file);
    return Environment.ofProcess(directory).with(variables);
  }

  @Test
  void takesAVariableBeforeTheFile() throws Exception {
    Environment environment = environment("PORT=1\nMAX_CONNECTIONS=22\n", Map.of("PORT", "3"));

    Settings settings = Settings.read(environment);

    assertThat(settings.port()).isEqualTo(3);
    assertThat(settings.connections().total()).isEqualTo(22);
    assertThat(Settings.resolve(environment).table())
        .contains(
            new ResolvedSetting("PORT", "3", "environment"),
            new ResolvedSetting("MAX_CONNECTIONS", "22", ".env"),
            new ResolvedSetting("MAX_CONNECTIONS_PER_IP", "3", "default"));
  }

  @Test
  void takesTheFileWhereTheVariableIsBlank() throws Exception {
    Environment environment = environment("PORT=1\n", Map.of("PORT", "  "));

    assertThat(Settings.read(environment).port()).isEqualTo(1);
  }

  @Test
  void doesWithoutAFile() throws InvalidSettings {
    assertThat(Environment.ofProcess(directory).get("DONNA_TEST_NO_SUCH_NAME")).isEmpty();
  }

  @Test
  void reportsLinesItCannotReadWithoutRepeatingThem() throws Exception {
    Environment environment = environment("PORT=1\nhunter2 is my secret\n", Map.of("PORT", "x"));

    InvalidSettings refusal =
        catchThrowableOfType(InvalidSettings.class, () -> Settings.read(environment));

    assertThat(refusal.problems()).extracting(Problem::setting).containsExactly(".env", "PORT");
    assertThat(refusal.getMessage()).contains(".env line 2").doesNotContain("hunter2");
  }

  @Test
  void reportsAFileThatIsNoText() throws IOException {
    Files.write(directory.resolve(".env"), new byte[] {'A', '=', (byte) 0xFF, (byte) 0xFE});

    InvalidSettings refusal =
        catchThrowableOfType(
            InvalidSettings.class, () -> Settings.read(Environment.ofProcess(directory)));

    assertThat(refusal.getMessage()).contains(".env cannot be read as UTF-8 text");
  }

  @Test
  void reportsADirectoryOfThatName() throws IOException {
    Files.createDirectory(directory.resolve(".env"));

    InvalidSettings refusal =
        catchThrowableOfType(
            InvalidSettings.class, () -> Settings.read(Environment.ofProcess(directory)));

    assertThat(refusal.getMessage()).contains(".env cannot be read");
  }

  @Test
  void findsNamesThatNoSettingHas() throws Exception {
    Environment environment = environment("PROT=1\nPORT=2\nNODE_ENV=test\n", Map.of());

    assertThat(Settings.resolve(environment).unknownNames()).containsExactly("PROT");
  }

  @Test
  void countsASecretByItsBytes() throws Exception {
    Environment environment = environment("JWT_SECRET='" + "ä".repeat(16) + "'\n", Map.of());

    assertThat(Settings.read(environment).auth().secrets())
        .containsExactly(new Secret("ä".repeat(16)));
    assertThat(new Secret("ä".repeat(16)).bytes())
        .isEqualTo("ä".repeat(16).getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void givesWhatItIsGivenBeforeAllElse() {
    Environment environment = Environment.of(Map.of("PORT", "1")).with(Map.of("PORT", "2"));

    assertThat(environment.get("PORT"))
        .isEqualTo(Optional.of(new Environment.Found("2", "environment")));
    assertThat(environment.has("HOST")).isFalse();
  }
}
