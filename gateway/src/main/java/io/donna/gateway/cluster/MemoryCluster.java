package io.donna.gateway.cluster;

import io.donna.gateway.cluster.ClaimAnswer.Granted;
import io.donna.gateway.cluster.ClaimAnswer.PlacesTaken;
import io.donna.gateway.cluster.ClaimAnswer.RateUsedUp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Counts in the memory of this process, for the replicas that {@link #join} it: one, in a gateway
 * without Redis. What it answers is what Redis is to answer. Safe from any thread.
 */
public final class MemoryCluster {
  private record Window(int used, long end) {}

  private record Said(Replica replica, String name, String text) {}

  private record Board(Map<String, Said> words, long end) {}

  private final LongSupplier nanoTime;
  private final Map<String, Window> windows = new HashMap<>();
  private final Map<String, Map<Replica, Integer>> places = new HashMap<>();
  private final Map<String, Board> boards = new HashMap<>();
  private final Map<String, Cluster.Document> documents = new HashMap<>();
  private final Map<String, List<Consumer<Cluster.Document>>> followers = new HashMap<>();
  private final Set<Replica> replicas = new HashSet<>();

  /**
   * @param nanoTime a monotonic clock
   */
  public MemoryCluster(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** The cluster of a gateway that is alone. */
  public static Cluster alone() {
    return new MemoryCluster(System::nanoTime).join();
  }

  /** Adds a replica. */
  public synchronized Cluster join() {
    Replica replica = new Replica();
    replicas.add(replica);
    return replica;
  }

  private synchronized ClaimAnswer claim(Replica replica, Claim claim) {
    Granted granted = new Granted(0, Duration.ZERO);
    if (claim.rate().isPresent()) {
      Claim.Rate rate = claim.rate().get();
      long now = nanoTime.getAsLong();
      String key = rate.kind() + " " + claim.owner();
      Window window = windows.get(key);
      if (window == null || window.end - now <= 0) {
        window = new Window(0, now + rate.window().toNanos());
      }
      Duration left = Duration.ofNanos(window.end - now);
      if (window.used >= rate.requests()) {
        return new RateUsedUp(left);
      }
      windows.put(key, new Window(window.used + 1, window.end));
      granted = new Granted(window.used + 1, left);
    }
    if (claim.place().isPresent()) {
      Claim.Place place = claim.place().get();
      Map<Replica, Integer> taken = places.computeIfAbsent(claim.owner(), any -> new HashMap<>());
      int others =
          taken.entrySet().stream()
              .filter(entry -> entry.getKey() != replica)
              .mapToInt(Map.Entry::getValue)
              .sum();
      if (others + place.takenHere() > place.most()) {
        return new PlacesTaken(others + place.takenHere() - 1L);
      }
      taken.merge(replica, place.takenHere(), Math::max);
    }
    return granted;
  }

  private synchronized void state(Replica replica, String owner, int taken) {
    Map<Replica, Integer> byReplica = places.computeIfAbsent(owner, any -> new HashMap<>());
    if (taken > 0) {
      byReplica.put(replica, taken);
    } else {
      byReplica.remove(replica);
    }
    if (byReplica.isEmpty()) {
      places.remove(owner);
    }
  }

  private synchronized List<Cluster.Word> exchange(
      Replica replica, Cluster.Subject subject, Map<String, String> words, List<String> outdated) {
    long now = nanoTime.getAsLong();
    Board before = boards.get(subject.name());
    Map<String, Said> board =
        before == null || before.end - now <= 0 ? new LinkedHashMap<>() : before.words;
    boards.put(subject.name(), new Board(board, now + subject.kept().toNanos()));
    board.keySet().removeAll(outdated);
    words.forEach((name, text) -> {
      String key = name + " " + System.identityHashCode(replica);
      if (text.isEmpty()) {
        board.remove(key);
      } else {
        board.put(key, new Said(replica, name, text));
      }
    });
    return board.entrySet().stream()
        .map(entry -> {
          Said said = entry.getValue();
          return new Cluster.Word(
              entry.getKey(),
              said.name,
              said.text,
              said.replica == replica,
              replicas.contains(said.replica));
        })
        .toList();
  }

  private synchronized Cluster.Document replace(String name, long version, String text) {
    Cluster.Document now = documents.getOrDefault(name, Cluster.Document.NONE);
    if (now.version() != version) {
      return now;
    }
    Cluster.Document next = new Cluster.Document(version + 1, text);
    documents.put(name, next);
    followers.getOrDefault(name, List.of()).forEach(follower -> follower.accept(next));
    return next;
  }

  private synchronized void follow(String name, Consumer<Cluster.Document> listener) {
    followers.computeIfAbsent(name, any -> new ArrayList<>()).add(listener);
    listener.accept(documents.getOrDefault(name, Cluster.Document.NONE));
  }

  private synchronized void leave(Replica replica) {
    replicas.remove(replica);
    places
        .values()
        .removeIf(taken -> {
          taken.remove(replica);
          return taken.isEmpty();
        });
  }

  private synchronized int size() {
    return Math.max(1, replicas.size());
  }

  private final class Replica implements Cluster {
    @Override
    public boolean isShared() {
      return size() > 1;
    }

    @Override
    public boolean isAnswering() {
      return true;
    }

    @Override
    public Duration outage() {
      return Duration.ZERO;
    }

    @Override
    public boolean failsClosed() {
      return false;
    }

    @Override
    public int replicas() {
      return size();
    }

    @Override
    public CompletionStage<ClaimAnswer> claim(Claim claim) {
      return CompletableFuture.completedFuture(MemoryCluster.this.claim(this, claim));
    }

    @Override
    public CompletionStage<Boolean> state(String owner, int places) {
      MemoryCluster.this.state(this, owner, places);
      return CompletableFuture.completedFuture(true);
    }

    @Override
    public CompletionStage<Optional<List<Word>>> exchange(
        Subject subject, Map<String, String> words, List<String> outdated) {
      return CompletableFuture.completedFuture(
          Optional.of(MemoryCluster.this.exchange(this, subject, words, outdated)));
    }

    @Override
    public CompletionStage<Optional<Document>> replace(String name, long version, String text) {
      return CompletableFuture.completedFuture(
          Optional.of(MemoryCluster.this.replace(name, version, text)));
    }

    @Override
    public void follow(String name, Consumer<Document> listener) {
      MemoryCluster.this.follow(name, listener);
    }

    @Override
    public void follow(PlaceSource places) {
      // Memory loses nothing.
    }

    @Override
    public void onChange(Consumer<Boolean> listener) {
      // Memory always answers.
    }

    @Override
    public void close() {
      leave(this);
    }
  }
}
