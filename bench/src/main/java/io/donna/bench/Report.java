package io.donna.bench;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Formats the results of the rounds as a table. */
final class Report {
  private static final List<String> HEADINGS =
      List.of(
          "peer",
          "messages",
          "messages/s",
          "CPU us/message",
          "min-max",
          "p50 ms",
          "p99 ms",
          "p99.9 ms",
          "busy",
          "resident MB");

  private Report() {}

  /**
   * Formats rounds by peer. Messages are the sum over the rounds, all other figures their median.
   */
  static String table(Map<String, List<Measurement>> rounds) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADINGS);
    rounds.forEach((peer, measurements) -> rows.add(row(peer, measurements)));
    return Table.format(rows);
  }

  /** The CPU time per message of each round, in microseconds: shows a peer that warms up. */
  static String byRound(Map<String, List<Measurement>> rounds) {
    int most = rounds.values().stream().mapToInt(List::size).max().orElse(0);
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        Stream.concat(
                Stream.of("CPU us/message by round"),
                IntStream.rangeClosed(1, most).mapToObj(Integer::toString))
            .toList());
    rounds.forEach((peer, measurements) ->
        rows.add(
            Stream.concat(
                    Stream.of(peer),
                    measurements.stream().map(one -> decimal(one.cpuMicrosPerMessage(), 1)))
                .toList()));
    return Table.format(rows);
  }

  private static List<String> row(String peer, List<Measurement> rounds) {
    Spread cpu = Spread.of(rounds, Measurement::cpuMicrosPerMessage);
    return List.of(
        peer,
        Long.toString(rounds.stream().mapToLong(Measurement::messages).sum()),
        median(rounds, Measurement::messagesPerSecond, 0),
        decimal(cpu.median(), 1),
        decimal(cpu.min(), 1) + "-" + decimal(cpu.max(), 1),
        median(rounds, round -> millis(round.medianLatency()), 2),
        median(rounds, round -> millis(round.p99Latency()), 2),
        median(rounds, round -> millis(round.p999Latency()), 2),
        median(rounds, round -> 100 * round.busy(), 0) + " %",
        median(rounds, round -> round.residentBytes() / 1e6, 1));
  }

  private static String median(
      List<Measurement> rounds, ToDoubleFunction<Measurement> figure, int places) {
    return decimal(Spread.of(rounds, figure).median(), places);
  }

  private static double millis(Duration time) {
    return time.toNanos() / 1e6;
  }

  static String decimal(double value, int places) {
    return BigDecimal.valueOf(value).setScale(places, RoundingMode.HALF_UP).toPlainString();
  }
}
