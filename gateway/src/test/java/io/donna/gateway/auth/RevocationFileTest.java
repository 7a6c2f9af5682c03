package io.donna.gateway.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.config.WatchedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class RevocationFileTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path folder;
  private Path file;
  private final Revocations revocations = new Revocations();
  private final WatchedFiles watched = new WatchedFiles(Clock.systemUTC());

  @BeforeEach
  void writeEmptyFile() throws IOException {
    file = Files.createFile(folder.resolve("revoked"));
  }

  private static User user(String id, String tokenId, @Nullable Instant issued) {
    return new User(
        id, Optional.empty(), Optional.ofNullable(issued), Set.of(tokenId), Grants.NONE);
  }

  private void awaitRevoked(String id, boolean revoked) {
    await().atMost(PATIENCE).until(() -> revocations.cover(user(id, "t", NOON)) == revoked);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'jti':'t1'} | true | false | false",
        "{'sub':'ann'} | true | true | true",
        "{'sub':'bob'} | false | false | false",
        "{'sub':'ann','before':'2026-03-01T12:00:01Z'} | true | true | true",
        "{'sub':'ann','before':'2026-03-01T12:00:00Z'} | false | false | true",
        "  {'sub' : 'ann'}   | true | true | true",
        "# {'sub':'ann'} | false | false | false",
      })
  void revokesTokensAndUsers(String line, boolean first, boolean second, boolean undated)
      throws IOException {
    Files.writeString(file, "\n" + line.replace('\'', '"') + "\n");
    RevocationList list = RevocationList.read(Files.readAllBytes(file));

    assertThat(list.covers(user("ann", "t1", NOON))).isEqualTo(first);
    assertThat(list.covers(user("ann", "t2", NOON))).isEqualTo(second);
    assertThat(list.covers(user("ann", "t2", null))).isEqualTo(undated);
    assertThat(list.covers(user("Ann", "t3", NOON))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ann",
        "{}",
        "[]",
        "{'sub':7}",
        "{'sub':null}",
        "{'sub':'ann','jti':'t1'}",
        "{'before':'2026-03-01T12:00:00Z'}",
        "{'sub':'ann','before':'yesterday'}",
        "{'sub':'ann','before':7}",
        "{'sub':'ann','reason':'left'}",
        "{'jti':'t1','before':'2026-03-01T12:00:00Z'}",
        "{'sub':'ann'} {'sub':'bob'}",
        "{'sub':'ann','sub':'bob'}",
        "{'sub':'ann'"
      })
  void takesNoLineThatCouldMeanSomethingElse(String line) throws IOException {
    Files.writeString(file, "{\"sub\":\"eve\"}\n" + line.replace('\'', '"') + "\n");

    assertThatThrownBy(() -> RevocationFile.follow(file, revocations, watched))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("JWT_REVOCATIONS_FILE line 2 is neither");
  }

  /** A line that is read once more, or in another order, re-admits nobody. */
  @Test
  void keepsTheLaterOfTwoTimes() throws IOException {
    String noon = "{\"sub\":\"ann\",\"before\":\"2026-03-01T12:00:00Z\"}";
    String one = "{\"sub\":\"ann\",\"before\":\"2026-03-01T13:00:00Z\"}";
    String ever = "{\"sub\":\"ann\"}";

    for (String text : List.of(noon + "\n" + one, one + "\n" + noon)) {
      RevocationList list = RevocationList.read(text.getBytes(UTF_8));
      assertThat(list.covers(user("ann", "t", NOON))).isTrue();
      assertThat(list.covers(user("ann", "t", NOON.plusSeconds(3_600)))).isFalse();
    }
    for (String text : List.of(ever + "\n" + one, one + "\n" + ever)) {
      assertThat(
              RevocationList.read(text.getBytes(UTF_8))
                  .covers(user("ann", "t", NOON.plusSeconds(3_600))))
          .isTrue();
    }
    for (String[] pair : new String[][] {{noon, one}, {one, noon}}) {
      RevocationList both =
          RevocationList.read(pair[0].getBytes(UTF_8))
              .with(RevocationList.read(pair[1].getBytes(UTF_8)));
      assertThat(both.covers(user("ann", "t", NOON))).isTrue();
      assertThat(both.covers(user("ann", "t", NOON.plusSeconds(3_600)))).isFalse();
    }
  }

  /** 64 KiB. */
  @ParameterizedTest
  @CsvSource({"65536, true", "65537, false"})
  void readsNoLongerLine(int length, boolean taken) throws IOException {
    String comment = "#" + "x".repeat(length - 1);
    byte[] text = ("{\"sub\":\"ann\"}\n" + comment + "\n{\"sub\":\"bob\"}").getBytes(UTF_8);

    if (taken) {
      assertThat(RevocationList.read(text).users()).containsOnlyKeys("ann", "bob");
    } else {
      assertThatThrownBy(() -> RevocationList.read(text)).hasMessageStartingWith("line 2 is");
    }
  }

  @Test
  void tellsItsListenersOfEachChangeAndOfNothingElse() throws IOException {
    AtomicInteger changes = new AtomicInteger();
    RevocationList ann = RevocationList.read("{\"jti\":\"t1\"}".getBytes(UTF_8));
    revocations.onChange(changes::incrementAndGet);

    revocations.replace(RevocationList.EMPTY);
    assertThat(changes).hasValue(0);
    revocations.add(ann);
    revocations.add(ann);
    revocations.replace(ann);
    assertThat(changes).hasValue(1);
    assertThat(revocations.cover(user("bob", "t1", NOON))).isTrue();
    revocations.replace(RevocationList.EMPTY);
    assertThat(changes).hasValue(2);
    assertThat(revocations.cover(user("bob", "t1", NOON))).isFalse();
  }

  @Test
  void namesTheFileThatIsMissing() throws IOException {
    Files.delete(file);

    assertThatThrownBy(() -> RevocationFile.read(file, revocations))
        .hasMessage("JWT_REVOCATIONS_FILE does not exist: " + file);
  }

  @Test
  void followsTheFileHoweverItChanges() throws IOException {
    try (watched) {
      RevocationFile.follow(file, revocations, watched);
      Files.writeString(file, "{\"sub\":\"ann\"}\n");
      awaitRevoked("ann", true);
      // As long as before, and perhaps within the same tick of the clock.
      Files.writeString(file, "{\"sub\":\"bob\"}\n");
      awaitRevoked("bob", true);
      awaitRevoked("ann", false);
      Path next = Files.writeString(folder.resolve("next"), "{\"sub\":\"eve\"}\n");
      Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
      awaitRevoked("eve", true);
    }
  }

  @Test
  void revokesOnWhatItDidWhileTheFileIsGoneOrMalformed() throws IOException {
    Files.writeString(file, "{\"sub\":\"ann\"}\n");
    try (watched) {
      RevocationFile.follow(file, revocations, watched);
      Files.delete(file);
      await().during(Duration.ofMillis(600)).until(() -> revocations.cover(user("ann", "t", NOON)));
      Files.writeString(file, "{\"sub\":");
      await().during(Duration.ofMillis(600)).until(() -> revocations.cover(user("ann", "t", NOON)));
      Files.writeString(file, "{\"sub\":\"bob\"}\n");

      awaitRevoked("bob", true);
      awaitRevoked("ann", false);
    }
  }

  @Test
  void revokesMoreOfAFileThatNeverRests() throws Exception {
    Files.writeString(file, "{\"sub\":\"ann\"}\n");
    try (watched) {
      RevocationFile.follow(file, revocations, watched);
      Thread writer =
          Thread.ofVirtual()
              .start(() -> {
                for (int i = 0; !revocations.cover(user("user2", "t", NOON)); i++) {
                  try {
                    // Another list each time: of twenty looks, some find the one that is waited
                    // for.
                    Files.writeString(file, "{\"sub\":\"user%d\"}\n".formatted(i % 3));
                    Thread.sleep(20);
                  } catch (IOException | InterruptedException e) {
                    throw new AssertionError(e);
                  }
                }
              });

      awaitRevoked("user2", true);
      writer.join();
    }
  }

  @Test
  void letsNobodyBackInByHalfAList() throws IOException {
    Files.writeString(file, "{\"sub\":\"ann\"}\n{\"sub\":\"bob\"}\n");
    RevocationList whole = RevocationList.read(Files.readAllBytes(file));
    revocations.replace(whole);

    revocations.add(RevocationList.read("{\"sub\":\"eve\"}\n".getBytes(UTF_8)));

    assertThat(Stream.of("ann", "bob", "eve"))
        .allMatch(user -> revocations.cover(user(user, "t", NOON)));
  }
}
