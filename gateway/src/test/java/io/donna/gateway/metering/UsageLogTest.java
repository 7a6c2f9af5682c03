package io.donna.gateway.metering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.metering.UsageLogReader.Found;
import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.metering.UsageRecord.Kind;
import io.donna.gateway.metering.UsageRecord.SessionTotal;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the usage log promises, and what is made of it after a crash. */
class UsageLogTest {
  private static final Instant NOW = Instant.parse("2026-11-24T13:00:00.123456Z");
  private static final Payer PAYER =
      new Payer("ann \"\n🎙", Optional.of("acme"), Optional.of("gold"));
  private static final Usage USAGE =
      new Usage(
          new Tokens(1, 2, 3), new Tokens(1, 1, 0), new Tokens(4, 5, 0), new BigDecimal("2.770"));

  @TempDir private Path folder;

  private static Charge charge(String id) {
    return new Charge(
        NOW,
        "session-1",
        PAYER,
        "gpt-realtime-2.1",
        Kind.RESPONSE,
        1,
        id,
        "completed",
        true,
        USAGE,
        new BigDecimal("0.000283333333"));
  }

  private Path file() {
    return folder.resolve("usage.jsonl");
  }

  private List<Charge> read() throws IOException {
    List<Charge> charges = new ArrayList<>();
    UsageLogReader.read(List.of(file()), NOW.minusSeconds(60), charges::add);
    return charges;
  }

  private long lines() {
    try {
      return Files.exists(file()) ? Files.readAllLines(file()).size() : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  @Test
  void readsBackWhatItWrote() throws IOException {
    try (UsageLog log = UsageLog.open(file())) {
      log.append(charge("resp_1"));
      log.append(
          new SessionTotal(
              NOW, "session-1", PAYER, "m", Duration.ofSeconds(3), 1, 0, USAGE, BigDecimal.ONE));
    }

    assertThat(read()).containsExactly(charge("resp_1"));
    assertThat(Files.readString(file()))
        .contains("{\"event\":\"response\",\"time\":\"2026-11-24T13:00:00.123456Z\"")
        .contains("\"usd\":0.000283333333}\n")
        .contains("{\"event\":\"session\"")
        .contains("\"length_ms\":3000,\"responses\":1,\"transcriptions\":0");
  }

  @Test
  void hasEveryLineWhenItIsClosed() throws IOException {
    try (UsageLog log = UsageLog.open(file())) {
      for (int i = 0; i < 20_000; i++) {
        log.append(charge("resp_" + i));
      }
    }

    assertThat(read()).hasSize(20_000);
    assertThat(lines()).isEqualTo(20_000);
  }

  @Test
  void isNotForEverybodyToRead() throws IOException {
    UsageLog.open(file()).close();

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-r-----");
  }

  @Test
  void startsANewLineBehindOneThatACrashCutShort() throws IOException {
    Files.writeString(file(), UsageLine.of(charge("resp_1")) + "\n{\"event\":\"respon");
    try (UsageLog log = UsageLog.open(file())) {
      log.append(charge("resp_2"));
    }

    List<Charge> charges = new ArrayList<>();
    Found found = UsageLogReader.read(List.of(file()), Instant.EPOCH, charges::add);
    assertThat(charges).containsExactly(charge("resp_1"), charge("resp_2"));
    assertThat(found).isEqualTo(new Found(2, 0, 1, List.of()));
  }

  @Test
  void countsAChargeOnceHoweverOftenItWasWritten() throws IOException {
    try (UsageLog log = UsageLog.open(file())) {
      log.append(charge("resp_1"));
      log.append(charge("resp_1"));
    }
    Files.copy(file(), folder.resolve("usage.jsonl.bak"));

    Found found = UsageLogReader.read(List.of(file()), Instant.EPOCH, charge -> {});
    assertThat(found).isEqualTo(new Found(1, 3, 0, List.of()));
  }

  @Test
  void goesOnInANewFileWhereTheOldOneWasMovedAndReadsBoth() throws IOException {
    try (UsageLog log = UsageLog.open(file())) {
      log.append(charge("resp_1"));
      await().until(() -> lines() == 1);
      Files.move(file(), folder.resolve("usage.jsonl.1"));
      log.append(charge("resp_2"));
      await().until(() -> lines() == 1);
      try (var zipped =
          new GZIPOutputStream(Files.newOutputStream(folder.resolve("usage.jsonl.2.gz")))) {
        zipped.write(UsageLine.of(charge("resp_0")).getBytes(UTF_8));
      }
    }

    assertThat(read())
        .containsExactlyInAnyOrder(charge("resp_0"), charge("resp_1"), charge("resp_2"));
  }

  @Test
  void keepsLinesUntilTheDiskTakesThem() throws IOException {
    Path inner = Files.createDirectory(folder.resolve("disk"));
    Path file = inner.resolve("usage.jsonl");
    try (UsageLog log = UsageLog.open(file)) {
      Files.delete(file);
      Files.delete(inner);
      log.append(charge("resp_1"));
      log.append(charge("resp_2"));

      Files.createDirectory(inner);

      await().atMost(Duration.ofSeconds(20)).until(() -> Files.exists(file));
    }
    assertThat(Files.readAllLines(file)).hasSize(2);
  }

  @Test
  void passesOverWhatIsNoneOfItsLines() throws IOException {
    Files.writeString(
        file(),
        """
        not json
        []
        {"event":"response"}
        {"event":"response","time":"yesterday"}
        {"event":"response","time":"2026-11-24T13:00:00Z","input":{"text":-1}}
        {"event":"of a later version","time":"2026-11-24T13:00:00Z"}

        """);

    Found found = UsageLogReader.read(List.of(file()), Instant.EPOCH, charge -> {});
    assertThat(found).isEqualTo(new Found(0, 0, 5, List.of()));
  }

  @Test
  void leavesOutWhatIsOlderThanAskedFor() throws IOException {
    try (UsageLog log = UsageLog.open(file())) {
      log.append(charge("resp_1"));
    }

    assertThat(UsageLogReader.read(List.of(file()), NOW.plusNanos(1), charge -> {}).charges())
        .isZero();
    assertThat(UsageLogReader.read(List.of(file()), NOW, charge -> {}).charges()).isEqualTo(1);
    assertThat(UsageLogReader.read(List.of(folder.resolve("no/such")), NOW, charge -> {}).charges())
        .isZero();
  }
}
