package io.donna.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    assertThat(Settings.resolve(environment).warnings())
        .contains("unknown setting PROT in .env")
        .noneMatch(warning -> warning.contains("NODE_ENV") || warning.contains("PORT"));
  }

  @ParameterizedTest
  @CsvSource({"rw-r--r--, true", "rw-r-----, false", "rw-------, false"})
  void warnsOfSecretsThatEverybodyCanRead(String mode, boolean warns) throws Exception {
    Path file = Files.writeString(directory.resolve(".env"), "PORT=2\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));

    assertThat(Settings.resolve(Environment.ofProcess(directory)).warnings())
        .isEqualTo(
            warns
                ? List.of(
                    ".env is readable by other users and contains secrets; run chmod 600 .env")
                : List.of());
  }

  /** An empty secret below a good one once turned authentication off. */
  @Test
  void refusesANameThatIsSetTwice() throws IOException {
    Environment environment =
        environment("JWT_SECRET=%s\nPORT=2\nJWT_SECRET=\n".formatted("s".repeat(40)), Map.of());

    assertThatThrownBy(() -> Settings.read(environment))
        .hasMessageContaining(".env line 3 sets JWT_SECRET, which line 1 already sets");
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

  private String refusal() {
    return String.valueOf(
        catchThrowableOfType(
                InvalidSettings.class, () -> Settings.read(Environment.ofProcess(directory)))
            .getMessage());
  }

  private void setMode(Path file, int mode) throws IOException {
    Files.setAttribute(file, "unix:mode", mode);
  }

  @ParameterizedTest
  @ValueSource(ints = {0620, 0602, 0666, 0660})
  void takesNoFileThatOthersMayWriteTo(int mode) throws IOException {
    Path file = Files.writeString(directory.resolve(".env"), "PORT=1\n");
    setMode(file, mode);

    assertThat(refusal()).contains(".env is refused: ").contains("chmod go-w " + file);
  }

  @Test
  void takesAFileThatOthersMayRead() throws Exception {
    Path file = Files.writeString(directory.resolve(".env"), "PORT=1\n");
    setMode(file, 0644);

    assertThat(Settings.read(Environment.ofProcess(directory)).port()).isEqualTo(1);
  }

  @Test
  void takesNoFileOfAnotherUser() throws IOException {
    Path file = Files.writeString(directory.resolve(".env"), "OPENAI_REALTIME_URL=ws://evil\n");
    giveToAnother(file);

    assertThat(refusal()).contains(".env is refused: ").contains("is owned by another user");
    assertThat(Environment.ofProcess(directory).has("OPENAI_REALTIME_URL")).isFalse();
  }

  /** Takes root. */
  private static void giveToAnother(Path file) throws IOException {
    try {
      Files.setAttribute(file, "unix:uid", 65_534, LinkOption.NOFOLLOW_LINKS);
    } catch (FileSystemException notRoot) {
      assumeThat(notRoot).as("only root gives files away").isNull();
    }
  }

  @Test
  void takesNoFileFromAFolderInWhichEverybodyMayPutAnother() throws IOException {
    Path shared = Files.createDirectory(directory.resolve("shared"));
    Files.writeString(shared.resolve(".env"), "PORT=1\n");
    setMode(shared, 0777);
    assertThat(Environment.ofProcess(shared).problems())
        .singleElement()
        .asString()
        .contains("chmod o-w " + shared);

    // As /tmp is: others add files there, and take none away.
    setMode(shared, 01777);
    assertThat(Environment.ofProcess(shared).problems()).isEmpty();
  }

  @Test
  void judgesALinkAndWhatIsBehindIt() throws IOException {
    Path target = Files.writeString(directory.resolve("settings"), "PORT=1\n");
    Path link = Files.createSymbolicLink(directory.resolve(".env"), Path.of("settings"));
    assertThat(Environment.ofProcess(directory).has("PORT")).isTrue();

    setMode(target, 0666);
    assertThat(refusal()).contains("chmod go-w").contains("settings");
    setMode(target, 0600);
    giveToAnother(link);
    assertThat(refusal()).contains("is owned by another user");
  }

  @Test
  void takesNoFileThatNeverEnds() throws IOException {
    try (RandomAccessFile hole = new RandomAccessFile(directory.resolve(".env").toFile(), "rw")) {
      hole.setLength(150L << 20);
    }

    assertThat(refusal()).contains(".env cannot be read").contains("is larger than 1024 KiB");
  }
}
