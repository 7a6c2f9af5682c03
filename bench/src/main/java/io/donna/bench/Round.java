package io.donna.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Loads one peer once: opens the sessions, warms the peer up, measures, waits for the last message,
 * closes. Waits on the caller's thread; what it asks, it asks on the event loop.
 */
final class Round {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Run run;
  private final Upstream upstream;
  private final Peer peer;

  Round(Run run, Upstream upstream, Peer peer) {
    this.run = run;
    this.upstream = upstream;
    this.peer = peer;
  }

  /** Throws {@link BenchmarkFailed} where a message is lost, changed or late beyond patience. */
  Measurement measure() {
    List<Client> clients = open();
    List<Pacer> pacers = onLoop(() -> start(clients));
    run.alarm().sleep(run.load().warmup());
    ProcessTree processes = peer.process().tree();
    Reading before = onLoop(() -> Reading.take(run.tally(), processes));
    run.alarm().sleep(run.load().window());
    Measurement measured = onLoop(() -> before.measureUntilNow(run.tally(), processes));
    run.loop().execute(() -> pacers.forEach(Pacer::stop));
    await(() -> run.tally().underway() == 0, "did not deliver every message");
    run.loop().execute(() -> clients.forEach(Client::close));
    await(
        () -> clients.stream().noneMatch(Client::isOpen) && upstream.sessions().isEmpty(),
        "did not close every session");
    checkFull(measured);
    return measured;
  }

  /** A cost at another load than the other peer's is no comparison. */
  private void checkFull(Measurement measured) {
    long offered = Math.round(run.load().offeredPerSecond());
    long relayed = Math.round(measured.messagesPerSecond());
    // Rounds of a second end a few messages early or late; a load that is too much falls far short.
    if (relayed < 0.9 * offered) {
      throw new BenchmarkFailed(
          "of %d messages a second %d were relayed: peer or load is at its limit, offer less"
              .formatted(offered, relayed));
    }
  }

  /** One by one: how fast a peer takes connections is not the question. */
  private List<Client> open() {
    List<Client> clients = new ArrayList<>();
    for (int number = 0; number < run.load().sessions(); number++) {
      CompletableFuture<Client> opening = Client.open(peer, number, run);
      clients.add(run.alarm().await(opening, PATIENCE, peer.name() + " opened no session"));
    }
    await(
        () -> upstream.sessions().size() == clients.size(),
        "did not open an upstream for each session");
    return clients;
  }

  private List<Pacer> start(List<Client> clients) {
    List<Pacer> pacers = new ArrayList<>();
    List<Pacer> upward = clients.stream().map(Client::upward).toList();
    startSpread(upward, run.load().upwardInterval());
    pacers.addAll(upward);
    if (run.load().downward()) {
      List<UpstreamSession> sessions = upstream.sessions();
      List<Pacer> downward = new ArrayList<>();
      sessions.forEach(session -> downward.add(session.downward(downward.size())));
      startSpread(downward, Load.DOWNWARD_INTERVAL);
      pacers.addAll(downward);
    }
    return pacers;
  }

  /** Spreads the phases evenly over the interval, as those of people who talk are. */
  private static void startSpread(List<Pacer> pacers, Duration interval) {
    for (int i = 0; i < pacers.size(); i++) {
      pacers.get(i).start(interval.multipliedBy(i).dividedBy(pacers.size()), interval);
    }
  }

  private void await(BooleanSupplier condition, String problem) {
    run.alarm().await(() -> onLoop(condition::getAsBoolean), PATIENCE, peer.name() + " " + problem);
  }

  private <T> T onLoop(Supplier<T> question) {
    return CompletableFuture.supplyAsync(question, run.loop()).join();
  }
}
