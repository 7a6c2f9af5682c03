package io.donna.gateway.metering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.CapturedLog;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Tools;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever lies beside the usage log, the gateway starts, counts what it can and names the rest.
 */
@Timeout(60)
class DamagedUsageLogTest {
  @TempDir private Path folder;
  private Path log;

  @BeforeEach
  void write() throws IOException {
    log = Files.writeString(folder.resolve("usage.jsonl"), line("r1", "1") + "\n");
  }

  private static String line(String id, String usd) {
    return "{\"event\":\"response\",\"time\":\"%s\",\"session\":\"s\",\"user\":\"ann\",\"model\":\"m\",\"connection\":1,\"id\":\"%s\",\"usd\":%s}"
        .formatted(Clock.systemUTC().instant(), id, usd);
  }

  @FunctionalInterface
  interface Damage {
    void to(Path file) throws IOException;
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
      out.write(text.getBytes(UTF_8));
    }
    return zipped.toByteArray();
  }

  private static void hole(Path file, long length) throws IOException {
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(length);
    }
  }

  private static Arguments damage(String name, String warning, Damage damage) {
    return Arguments.of(name, warning, damage);
  }

  static Stream<Arguments> damages() {
    return Stream.of(
        damage(
            "usage.jsonl.1.gz",
            "ends too early",
            file -> {
              byte[] whole = gzip((line("r2", "1") + "\n").repeat(100));
              Files.write(file, Arrays.copyOf(whole, whole.length - 12));
            }),
        damage("usage.jsonl.2.gz", "ends too early", Files::createFile),
        damage("usage.jsonl.3.gz", "cannot be read", file -> Files.writeString(file, "no gzip")),
        damage(
            "usage.jsonl.4",
            "is a symbolic link to a file that does not exist",
            file -> Files.createSymbolicLink(file, Path.of("nowhere"))),
        damage(
            "usage.jsonl.5",
            "is not a regular file",
            file -> {
              Tools.need("mkfifo");
              Tools.run(Path.of("."), "", "mkfifo", file.toString());
            }),
        damage("usage.jsonl.6", "a line does not end in 64 MiB", file -> hole(file, 2L << 30)));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("damages")
  void startsAndNamesTheFileOnce(String name, String warning, Damage damage) throws IOException {
    damage.to(folder.resolve(name));
    try (CapturedLog captured = new CapturedLog();
        RunningGateway gateway = RunningGateway.with("USAGE_LOG", log).start()) {
      assertThat(gateway.get("/health").statusCode()).isEqualTo(200);
      assertThat(captured.lines().stream().filter(line -> line.contains("may be counted too low")))
          .singleElement()
          .asString()
          .startsWith(
              "WARN usage log partly unreadable, spending so far may be counted too low: " + name)
          .contains(warning);
    }
    List<String> ids = new ArrayList<>();
    UsageLogReader.Found found =
        UsageLogReader.read(List.of(log), Instant.EPOCH, charge -> ids.add(charge.id()));
    assertThat(ids).contains("r1");
    assertThat(found.damaged()).hasSize(1);
  }

  static Stream<Arguments> harmless() {
    return Stream.of(
        damage("usage.jsonl.d", "a folder", Files::createDirectory),
        damage("usage.jsonl.1", "an empty file", Files::createFile),
        damage(
            "usage.jsonl.2",
            "a link to a file",
            file ->
                Files.createSymbolicLink(file, Files.createFile(file.resolveSibling("other")))));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("harmless")
  void saysNothingOf(String name, String what, Damage damage) throws IOException {
    damage.to(folder.resolve(name));

    assertThat(UsageLogReader.read(List.of(log), Instant.EPOCH, charge -> {}))
        .as(what)
        .isEqualTo(new UsageLogReader.Found(1, 0, 0, List.of()));
  }

  @Test
  void passesOverAHoleAndReadsOnBehindIt() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
      file.setLength(file.length() + (30L << 20));
      file.seek(file.length());
      file.write(("\n" + line("r2", "2") + "\n").getBytes(UTF_8));
    }
    List<BigDecimal> costs = new ArrayList<>();
    UsageLogReader.Found found =
        UsageLogReader.read(List.of(log), Instant.EPOCH, charge -> costs.add(charge.cost()));

    assertThat(costs).containsExactly(BigDecimal.ONE, BigDecimal.TWO);
    assertThat(found).isEqualTo(new UsageLogReader.Found(2, 0, 1, List.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1e999999999",
        "1e-999999999",
        "-1",
        "11111111111111111111111111111111111111111111111111111111111111111111111111111111"
      })
  void countsNoNumberThatNobodyHasSpent(String usd) throws IOException {
    Files.writeString(log, line("r9", usd) + "\n");

    assertThat(UsageLogReader.read(List.of(log), Instant.EPOCH, charge -> {}))
        .isEqualTo(new UsageLogReader.Found(0, 0, 1, List.of()));
  }
}
