package io.donna.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToDoubleFunction;

/**
 * Measures what sharing limits through Redis costs: the gateway with it beside the gateway without
 * it, in turn. Redis shares the peers' core, so that its own work counts.
 */
final class ClusterCost {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Sessions that are opened one after the other, for the time that one takes. */
  private static final int OPENED = 500;

  private static final double P99 = 0.99;

  private final Lab lab;
  private final Load load;
  private final Arrivals arrivals;
  private final Contest voice;

  ClusterCost(Lab lab, Load load) {
    this.lab = lab;
    this.load = load;
    this.arrivals = new Arrivals(lab, Load.voice(1, load.warmup(), load.window()));
    this.voice = new Contest(lab, load);
  }

  /** What was measured of one gateway, by round. */
  private record Side(
      Peer peer,
      List<Arrivals.Arrived> arrived,
      List<double[]> openings,
      List<Measurement> relayed) {
    Side(Peer peer) {
      this(peer, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }

    List<String> row() {
      return List.of(
          peer.name(),
          Report.decimal(Spread.of(arrived, Arrivals.Arrived::perSecond).median(), 0),
          Report.decimal(Spread.of(arrived, Arrivals.Arrived::cpuMicros).median(), 0),
          Report.decimal(Spread.of(openings, times -> times[times.length / 2]).median(), 2),
          Report.decimal(Spread.of(openings, ClusterCost::p99).median(), 2),
          Report.decimal(Spread.of(relayed, Measurement::cpuMicrosPerMessage).median(), 1));
    }
  }

  void run(Findings findings) {
    if (!lab.contenders().contains(Contender.GATEWAY)) {
      lab.say("Only of the gateway is this a question.");
      return;
    }
    if (!Redis.isInstalled()) {
      lab.say("redis-server not found: install redis-server; not measured");
      return;
    }
    int port = Launcher.freePort();
    Redis redis = lab.startRedis();
    Side alone = new Side(lab.start(Contender.GATEWAY, port));
    Side sharing = new Side(lab.startInCluster(redis, port));
    List<Side> sides = List.of(alone, sharing);
    sides.forEach(side -> voice.settle(side.peer, port));
    sides.forEach(side -> arrivals.measure(side.peer, port, lab.timing().settling()));
    for (int round = 0; round < lab.timing().rounds(); round++) {
      for (Side side : sides) {
        side.arrived.add(arrivals.measure(side.peer, port, load.warmup()));
        side.openings.add(open(side.peer, port));
        side.relayed.add(voice.measure(side.peer, port));
      }
    }
    double commands = commandsOfASessionMinute(sharing.peer, port, redis);
    sides.forEach(side -> side.peer.stop());
    redis.stop();
    lab.say(
        Table.format(
            List.of(
                List.of(
                    "peer",
                    "sessions/s",
                    "CPU µs/session",
                    "opening p50 ms",
                    "p99 ms",
                    "CPU µs/message"),
                alone.row(),
                sharing.row())));
    lab.say(
        "with Redis to without, each round: new sessions %s, p99 of an opening %s, CPU per message %s"
            .formatted(
                ratios(Arrivals.Arrived::perSecond, alone.arrived, sharing.arrived),
                ratios(ClusterCost::p99, alone.openings, sharing.openings),
                ratios(Measurement::cpuMicrosPerMessage, alone.relayed, sharing.relayed)));
    lab.say(
        "Redis carries out %s commands a minute for each session that speaks"
            .formatted(Report.decimal(commands, 2)));
    sides.forEach(side -> {
      findings.add(
          "cluster.rate",
          false,
          side.peer.name(),
          Spread.of(side.arrived, Arrivals.Arrived::perSecond).median());
      findings.add(
          "cluster.cpu",
          true,
          side.peer.name(),
          Spread.of(side.relayed, Measurement::cpuMicrosPerMessage).median());
    });
  }

  private static double p99(double[] sorted) {
    return sorted[(int) (P99 * (sorted.length - 1))];
  }

  private static <T> String ratios(ToDoubleFunction<T> figure, List<T> alone, List<T> sharing) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < alone.size(); i++) {
      all.add(
          Report.decimal(
              figure.applyAsDouble(sharing.get(i)) / figure.applyAsDouble(alone.get(i)), 2));
    }
    return String.join(" ", all);
  }

  /** How long each of many sessions takes to open, one after the other, in milliseconds, sorted. */
  private double[] open(Peer peer, int port) {
    try (Bout bout = lab.bout(peer, port, load)) {
      double[] times = new double[OPENED];
      for (int i = 0; i < OPENED; i++) {
        long before = System.nanoTime();
        Client client = await(bout, Client.open(peer, i, bout.run()));
        times[i] = (System.nanoTime() - before) / 1e6;
        bout.run().loop().execute(client::close);
      }
      Arrays.sort(times);
      bout.await(() -> bout.upstream().sessions().isEmpty(), "did not end every session");
      return times;
    } catch (BenchmarkFailed failed) {
      throw new BenchmarkFailed(failed.getMessage() + "\n" + peer.account());
    }
  }

  private static <T> T await(Bout bout, CompletableFuture<T> opening) {
    return bout.run().alarm().await(opening, PATIENCE, bout.peer().name() + " opened no session");
  }

  /** Of sessions that speak, and neither begin nor end. */
  private double commandsOfASessionMinute(Peer peer, int port, Redis redis) {
    try (Bout bout = lab.bout(peer, port, load)) {
      bout.open(load.sessions());
      List<Pacer> pacers = bout.onLoop(new Round(bout)::start);
      long before = redis.commands();
      bout.run().alarm().sleep(load.window());
      long during = redis.commands() - before;
      bout.run().loop().execute(() -> pacers.forEach(Pacer::stop));
      bout.await(() -> bout.run().tally().underway() == 0, "did not deliver every message");
      bout.leave();
      return during / (load.sessions() * load.window().toNanos() / 60e9);
    }
  }
}
