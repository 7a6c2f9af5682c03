package io.donna.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Measures the effect of other work of a gateway on voice that shares its core. The same sessions
 * are measured alternately without and with that work.
 */
final class Beside {
  private static final Duration MOST_SETTLING = Duration.ofSeconds(2);

  private final Lab lab;
  private final Load load;
  private final int resting;
  private final String work;
  private final Function<Bout, Work> settler;
  private final Function<Bout, Work> starter;
  private final Duration settling;

  /** What a gateway does beside voice, from when it is started until it is stopped. */
  interface Work {
    /** How often it has been done. Called on the event loop. */
    long done();

    /** Called on the event loop. */
    void stop();

    /** What else there is to say, after the end. */
    default Optional<String> account() {
      return Optional.empty();
    }
  }

  /**
   * Creates it.
   *
   * @param load of the sessions that speak
   * @param resting the sessions that are open and silent
   * @param work its name, in the plural
   * @param settler starts more of the work than is measured, for JIT compilation
   * @param starter starts the work
   */
  Beside(
      Lab lab,
      Load load,
      int resting,
      String work,
      Function<Bout, Work> settler,
      Function<Bout, Work> starter) {
    this.lab = lab;
    this.load = load;
    this.resting = Descriptors.sessions(resting + load.sessions()) - load.sessions();
    this.work = work;
    this.settler = settler;
    this.starter = starter;
    Duration window = load.window();
    this.settling = window.compareTo(MOST_SETTLING) < 0 ? window : MOST_SETTLING;
  }

  /**
   * The result of one round.
   *
   * @param perSecond the rate of the work
   * @param loadBusy the fraction of its core that the load used: near 1, the latency is the load's
   *     own
   */
  private record Observed(Measurement voice, double perSecond, double loadBusy) {
    double p99Millis() {
      return voice.p99Latency().toNanos() / 1e6;
    }
  }

  void run() {
    if (!lab.contenders().contains(Contender.GATEWAY)) {
      lab.say("Only of the gateway is this a question.");
      return;
    }
    int port = Launcher.freePort();
    Peer peer = lab.start(Contender.GATEWAY, port);
    List<Observed> alone = new ArrayList<>();
    List<Observed> beside = new ArrayList<>();
    Optional<String> account = Optional.empty();
    try (Bout bout = lab.bout(peer, port, load)) {
      bout.open(load.sessions());
      List<Pacer> pacers = bout.onLoop(new Round(bout)::start);
      bout.open(load.sessions() + resting);
      Work warmup = settler.apply(bout);
      bout.run().alarm().sleep(lab.timing().settling().plus(load.warmup()));
      bout.run().loop().execute(warmup::stop);
      for (int round = 0; round < lab.timing().rounds(); round++) {
        bout.run().alarm().sleep(settling);
        alone.add(observe(bout, () -> 0L));
        Work measured = starter.apply(bout);
        bout.run().alarm().sleep(settling);
        beside.add(observe(bout, measured::done));
        bout.run().loop().execute(measured::stop);
        account = measured.account();
      }
      bout.run().loop().execute(() -> pacers.forEach(Pacer::stop));
      bout.await(() -> bout.run().tally().underway() == 0, "did not deliver every message");
      bout.leave();
    } catch (BenchmarkFailed failed) {
      throw new BenchmarkFailed(failed.getMessage() + "\n" + peer.account());
    }
    peer.stop();
    lab.say(
        "%d sessions speak and %d rest".formatted(load.sessions(), resting)
            + account.map(more -> "; " + more).orElse(""));
    lab.say(
        Table.format(
            List.of(
                List.of(
                    "voice",
                    work + "/s",
                    "CPU µs/message",
                    "p50 ms",
                    "p99 ms",
                    "p99.9 ms",
                    "busy",
                    "load busy"),
                row("alone", alone),
                row("beside " + work, beside))));
    lab.say(
        "beside %s to alone, each round: p99 %s, CPU per message %s"
            .formatted(
                work,
                ratios(alone, beside, Observed::p99Millis),
                ratios(alone, beside, observed -> observed.voice.cpuMicrosPerMessage())));
  }

  private Observed observe(Bout bout, Supplier<Long> count) {
    Run run = bout.run();
    ProcessTree processes = bout.peer().processes();
    long self = ProcessHandle.current().pid();
    long loadBefore = CpuClock.nanos(self);
    long doneBefore = bout.onLoop(count);
    Reading before = bout.onLoop(() -> Reading.take(run.tally(), processes));
    run.alarm().sleep(load.window());
    Measurement voice = bout.onLoop(() -> before.measureUntilNow(run.tally(), processes));
    double seconds = voice.time().toNanos() / 1e9;
    return new Observed(
        voice,
        (bout.onLoop(count) - doneBefore) / seconds,
        (CpuClock.nanos(self) - loadBefore) / 1e9 / seconds);
  }

  private static double median(List<Observed> rounds, ToDoubleFunction<Observed> figure) {
    return Spread.of(rounds, figure).median();
  }

  /** The ratio of each round to the one before it, which shared the machine's state. */
  private static String ratios(
      List<Observed> alone, List<Observed> beside, ToDoubleFunction<Observed> figure) {
    return IntStream.range(0, alone.size())
        .mapToObj(round ->
            Report.decimal(
                figure.applyAsDouble(beside.get(round)) / figure.applyAsDouble(alone.get(round)),
                2))
        .collect(Collectors.joining(" "));
  }

  private static List<String> row(String name, List<Observed> rounds) {
    return List.of(
        name,
        Report.decimal(median(rounds, Observed::perSecond), 0),
        Report.decimal(median(rounds, r -> r.voice.cpuMicrosPerMessage()), 1),
        Report.decimal(median(rounds, r -> r.voice.medianLatency().toNanos() / 1e6), 2),
        Report.decimal(median(rounds, Observed::p99Millis), 2),
        Report.decimal(median(rounds, r -> r.voice.p999Latency().toNanos() / 1e6), 2),
        Report.decimal(median(rounds, r -> 100 * r.voice.busy()), 0) + " %",
        Report.decimal(median(rounds, r -> 100 * r.loadBusy), 0) + " %");
  }
}
