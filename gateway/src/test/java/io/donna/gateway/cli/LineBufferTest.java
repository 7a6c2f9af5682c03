package io.donna.gateway.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LineBufferTest {
  private static final int LINE = 200;
  private static final int LINES = 100;

  private final LineBuffer buffer = new LineBuffer((long) LINES * (LINE + LineBuffer.OVERHEAD));

  private void add(String kind, int number) {
    add(kind, 1, (kind + " " + number).getBytes(US_ASCII));
  }

  private void add(String kind, int events, byte[] start) {
    byte[] line = new byte[LINE];
    System.arraycopy(start, 0, line, 0, start.length);
    buffer.add(kind, events, line);
  }

  private List<String> takeAll() throws InterruptedException {
    List<String> all = new ArrayList<>();
    for (LineBuffer.Line line = buffer.take(0); line != null; line = buffer.take(0)) {
      all.add(new String(line.text(), US_ASCII).replace("\0", ""));
    }
    return all;
  }

  @Test
  void keepsTheFirstOfAFloodInOrderAndCountsTheRest() throws InterruptedException {
    for (int i = 0; i < 1_000; i++) {
      add("flood", i);
    }

    assertThat(buffer.lost()).isEqualTo(900);
    assertThat(buffer.takeLosses()).isEqualTo(new LineBuffer.Losses(900, Map.of("flood", 900L)));
    assertThat(buffer.hasLosses()).isFalse();
    assertThat(takeAll()).hasSize(LINES).startsWith("flood 0", "flood 1").endsWith("flood 99");
    assertThat(buffer.bytes()).isZero();
  }

  @Test
  void losesNoLineOfAKindThatHoldsLessThanItsShare() throws InterruptedException {
    for (int i = 0; i < 1_000; i++) {
      add("flood", i);
    }
    for (int i = 0; i < LINES / 2; i++) {
      add("WS_AUTH_FAILED_INVALID_TOKEN", i);
      add("flood", i);
    }

    assertThat(buffer.takeLosses().events()).containsOnlyKeys("flood");
    assertThat(takeAll()).filteredOn(line -> line.startsWith("WS_AUTH")).hasSize(LINES / 2);
  }

  @Test
  void sharesRoomEquallyHoweverManyKindsFloodAndInWhateverOrder() throws InterruptedException {
    for (int kind = 0; kind < 20; kind++) {
      for (int i = 0; i < 1_000; i++) {
        add("flood" + kind, i);
      }
    }
    for (int i = 0; i < 4; i++) {
      add("quiet", i);
    }

    List<String> left = takeAll();
    assertThat(left).filteredOn(line -> line.startsWith("quiet")).hasSize(4);
    for (int kind = 0; kind < 20; kind++) {
      String flood = "flood" + kind + " ";
      assertThat(left).filteredOn(line -> line.startsWith(flood)).hasSizeBetween(4, 6);
    }
  }

  @Test
  void countsTheEventsThatALostLineStoodFor() {
    for (int i = 0; i < LINES; i++) {
      add("flood", i);
    }
    add("flood", 13_000, new byte[0]);

    assertThat(buffer.takeLosses()).isEqualTo(new LineBuffer.Losses(1, Map.of("flood", 13_000L)));
  }

  @Test
  void boundsItsBytesAndAccountsForEveryLineOfAnySize() throws InterruptedException {
    Random random = new Random(14);
    Map<String, Long> balance = new HashMap<>();
    long capacity = (long) LINES * (LINE + LineBuffer.OVERHEAD);
    for (int i = 0; i < 100_000; i++) {
      if (random.nextInt(4) == 0) {
        LineBuffer.Line line = buffer.take(0);
        if (line != null) {
          balance.merge(new String(line.text(), 0, 1, US_ASCII), -1L, Long::sum);
        }
      } else {
        byte[] line = new byte[1 + random.nextInt(random.nextInt(20) == 0 ? 9_000 : 400)];
        line[0] = (byte) ('a' + random.nextInt(1 + random.nextInt(12)));
        String kind = new String(line, 0, 1, US_ASCII);
        balance.merge(kind, 1L, Long::sum);
        buffer.add(kind, 1, line);
      }
      assertThat(buffer.bytes()).isBetween(0L, capacity);
    }
    for (String line : takeAll()) {
      balance.merge(line.substring(0, 1), -1L, Long::sum);
    }
    buffer.takeLosses().events().forEach((kind, lost) -> balance.merge(kind, -lost, Long::sum));

    assertThat(balance.values()).containsOnly(0L);
    assertThat(buffer.bytes()).isZero();
  }
}
