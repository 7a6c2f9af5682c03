package io.donna.bench;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The resources shared by all scenarios. */
final class Lab {
  private final List<Contender> contenders;
  private final List<String> gateway;
  private final String nginxBuffer;
  private final Launcher launcher;
  private final Timing timing;
  private final PrintStream out;
  private volatile Alarm alarm = new Alarm();

  /** The number of rounds and the durations of their phases. */
  record Timing(int rounds, Duration settling, Duration warmup, Duration window) {}

  Lab(
      List<Contender> contenders,
      List<String> gateway,
      String nginxBuffer,
      Launcher launcher,
      Timing timing,
      PrintStream out) {
    this.contenders = List.copyOf(contenders);
    this.gateway = gateway;
    this.nginxBuffer = nginxBuffer;
    this.launcher = launcher;
    this.timing = timing;
    this.out = out;
  }

  List<Contender> contenders() {
    return contenders;
  }

  Timing timing() {
    return timing;
  }

  Peer start(Contender contender, int upstreamPort) {
    return contender.start(gateway, nginxBuffer, launcher, upstreamPort);
  }

  /** Starts a peer on all cores; otherwise as {@link #start}. */
  Peer startUnpinned(Contender contender, int upstreamPort) {
    return contender.start(gateway, nginxBuffer, launcher.unpinned(), upstreamPort);
  }

  /** Starts the gateway with Redis, which {@code redis} is. */
  Peer startInCluster(Redis redis, int upstreamPort) {
    return Gateway.startInCluster(gateway, launcher, upstreamPort, redis.port());
  }

  /** Starts a Redis on the peers' core. */
  Redis startRedis() {
    return Redis.start(launcher);
  }

  List<Peer> startAll(int upstreamPort) {
    List<Peer> peers = new ArrayList<>();
    contenders.forEach(contender -> peers.add(start(contender, upstreamPort)));
    return peers;
  }

  Bout bout(Peer peer, int upstreamPort, Load load) {
    Run run = Run.of(load);
    alarm = run.alarm();
    return new Bout(peer, upstreamPort, run);
  }

  /** Aborts the current measurement. Thread-safe. */
  void interrupt() {
    alarm.raise("interrupted");
  }

  void say(String text) {
    out.println(text);
  }
}
