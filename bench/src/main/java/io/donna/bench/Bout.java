package io.donna.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * One peer with its clients and upstream, on an event loop that lives as long as the bout. Used by
 * one thread, which delegates to the event loop.
 */
final class Bout implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Run run;
  private final Upstream upstream;
  private final Peer peer;
  private final List<Client> clients = new ArrayList<>();

  Bout(Peer peer, int upstreamPort, Run run) {
    this.peer = peer;
    this.run = run;
    this.upstream = Upstream.start(run, upstreamPort);
  }

  Run run() {
    return run;
  }

  Peer peer() {
    return peer;
  }

  Upstream upstream() {
    return upstream;
  }

  List<Client> clients() {
    return clients;
  }

  /** Opens sessions up to {@code sessions} in total, one by one: the rate is not measured here. */
  void open(int sessions) {
    while (clients.size() < sessions) {
      CompletableFuture<Client> opening = Client.open(peer, clients.size(), run);
      clients.add(run.alarm().await(opening, PATIENCE, peer.name() + " opened no session"));
    }
  }

  /** Closes all sessions and waits until they have ended on both sides. */
  void leave() {
    run.loop().execute(() -> clients.forEach(client -> client.close()));
    await(
        () -> clients.stream().noneMatch(Client::isOpen) && upstream.sessions().isEmpty(),
        "did not close every session");
  }

  void await(BooleanSupplier condition, String problem) {
    run.alarm().await(() -> onLoop(condition::getAsBoolean), PATIENCE, peer.name() + " " + problem);
  }

  <T> T onLoop(Supplier<T> question) {
    return CompletableFuture.supplyAsync(question, run.loop()).join();
  }

  @Override
  public void close() {
    upstream.stop();
    run.stop();
  }
}
