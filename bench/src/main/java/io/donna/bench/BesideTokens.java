package io.donna.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Measures the effect of token verification on voice that shares its core. The same sessions are
 * measured alternately without and with the tokens.
 */
final class BesideTokens {
  /** The rate that the gateway promises to verify alongside voice. */
  private static final int PER_SECOND = 2_000;

  private static final Duration SETTLING = Duration.ofSeconds(2);

  private final Lab lab;
  private final Load load;

  BesideTokens(Lab lab, Load load) {
    this.lab = lab;
    this.load = load;
  }

  /**
   * The result of one round.
   *
   * @param tokensPerSecond the rate of accepted tokens
   * @param loadBusy the fraction of its core that the load used: near 1, the latency is the load's
   *     own
   */
  private record Observed(Measurement voice, double tokensPerSecond, double loadBusy) {
    double p99Millis() {
      return voice.p99Latency().toNanos() / 1e6;
    }
  }

  void run() {
    if (!lab.contenders().contains(Contender.GATEWAY)) {
      lab.say("Only the gateway verifies tokens for others than its own sessions.");
      return;
    }
    int port = Launcher.freePort();
    Peer peer = lab.start(Contender.GATEWAY, port);
    List<Observed> alone = new ArrayList<>();
    List<Observed> beside = new ArrayList<>();
    try (Bout bout = lab.bout(peer, port, load)) {
      bout.open(load.sessions());
      List<Pacer> pacers = bout.onLoop(new Round(bout)::start);
      besideTokens(bout, load.warmup()); // warm-up: measure compiled code
      for (int round = 0; round < lab.timing().rounds(); round++) {
        bout.run().alarm().sleep(SETTLING);
        alone.add(observe(bout, () -> 0L, load.window()));
        beside.add(besideTokens(bout, load.window()));
      }
      bout.run().loop().execute(() -> pacers.forEach(Pacer::stop));
      bout.await(() -> bout.run().tally().underway() == 0, "did not deliver every message");
      bout.leave();
    } catch (BenchmarkFailed failed) {
      throw new BenchmarkFailed(failed.getMessage() + "\n" + peer.account());
    }
    peer.stop();
    lab.say(
        Table.format(
            List.of(
                List.of("voice", "tokens/s", "p50 ms", "p99 ms", "p99.9 ms", "busy", "load busy"),
                row("alone", alone),
                row("beside tokens", beside))));
    double ratio = median(beside, Observed::p99Millis) / median(alone, Observed::p99Millis);
    lab.say("p99 beside tokens to alone: " + Report.decimal(ratio, 2));
  }

  /** Opens new connections for each call, because idle ones are closed. */
  private Observed besideTokens(Bout bout, Duration window) {
    TokenRequests tokens =
        TokenRequests.connect(bout.run(), bout.peer(), bout.peer().token().orElseThrow());
    bout.run().loop().execute(() -> tokens.start(PER_SECOND));
    bout.run().alarm().sleep(SETTLING);
    Observed observed = observe(bout, tokens::answered, window);
    bout.run().loop().execute(tokens::stop);
    return observed;
  }

  private static Observed observe(Bout bout, Supplier<Long> answered, Duration window) {
    Run run = bout.run();
    ProcessTree processes = bout.peer().processes();
    long self = ProcessHandle.current().pid();
    long loadBefore = CpuClock.nanos(self);
    long answeredBefore = bout.onLoop(answered);
    Reading before = bout.onLoop(() -> Reading.take(run.tally(), processes));
    run.alarm().sleep(window);
    Measurement voice = bout.onLoop(() -> before.measureUntilNow(run.tally(), processes));
    double seconds = voice.time().toNanos() / 1e9;
    return new Observed(
        voice,
        (bout.onLoop(answered) - answeredBefore) / seconds,
        (CpuClock.nanos(self) - loadBefore) / 1e9 / seconds);
  }

  private static double median(List<Observed> rounds, ToDoubleFunction<Observed> figure) {
    return Spread.of(rounds, figure).median();
  }

  private static List<String> row(String name, List<Observed> rounds) {
    return List.of(
        name,
        Report.decimal(median(rounds, Observed::tokensPerSecond), 0),
        Report.decimal(median(rounds, r -> r.voice.medianLatency().toNanos() / 1e6), 2),
        Report.decimal(median(rounds, Observed::p99Millis), 2),
        Report.decimal(median(rounds, r -> r.voice.p999Latency().toNanos() / 1e6), 2),
        Report.decimal(median(rounds, r -> 100 * r.voice.busy()), 0) + " %",
        Report.decimal(median(rounds, r -> 100 * r.loadBusy), 0) + " %");
  }
}
