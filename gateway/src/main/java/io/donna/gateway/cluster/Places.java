package io.donna.gateway.cluster;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * Places that owners hold on this replica, and, in a cluster, on all of them. A place is taken here
 * first and then claimed of the cluster; whoever is refused there gives it back here. Safe from any
 * thread. An owner has an entry only while it has a place.
 *
 * @param <K> the owners on this replica
 */
public final class Places<K> implements Cluster.PlaceSource {
  private final Cluster cluster;
  private final Function<K, String> nameOf;
  private final ConcurrentHashMap<K, Integer> taken = new ConcurrentHashMap<>();

  /**
   * Owners of whom the cluster was told that they have places here, and has not been heard to know
   * better: with the number of the last claim or statement that said so.
   */
  private final ConcurrentHashMap<K, Long> told = new ConcurrentHashMap<>();

  private final AtomicLong sayings = new AtomicLong();

  /**
   * @param nameOf the owner's name in the cluster: a kind and a name
   */
  public Places(Cluster cluster, Function<K, String> nameOf) {
    this.cluster = cluster;
    this.nameOf = nameOf;
    cluster.follow(this);
  }

  /** Whether a place that was taken here has to be claimed of other replicas, too. */
  public boolean areShared() {
    return cluster.isShared();
  }

  /** How many places {@code owner} has on this replica. */
  public int of(K owner) {
    return taken.getOrDefault(owner, 0);
  }

  /** The number of owners with a place on this replica. */
  public int owners() {
    return taken.size();
  }

  /**
   * Takes one place if this replica may give {@code owner} one of {@code most}.
   *
   * @return how many it has now, this one included; 0 if it has as many as it may have
   */
  public int take(K owner, long most) {
    long here = cluster.share(most);
    int[] number = new int[1];
    taken.compute(
        owner,
        (key, count) -> {
          int before = count == null ? 0 : count;
          number[0] = before < here ? before + 1 : 0;
          int now = Math.max(before, number[0]);
          return now == 0 ? null : now;
        });
    return number[0];
  }

  /** Gives one place back. */
  public void giveBack(K owner) {
    taken.computeIfPresent(
        owner,
        (key, count) -> {
          state(key, count - 1);
          return count > 1 ? count - 1 : null;
        });
  }

  /**
   * Claims of the cluster a place that was taken here, and a request within a rate. Whoever is not
   * granted it has to give the place back.
   *
   * @param number what {@link #take} returned
   */
  public CompletionStage<ClaimAnswer> claim(
      K owner, int number, long most, Optional<Claim.Rate> rate) {
    if (cluster.isAnswering()) {
      tell(owner);
    }
    Claim claim = new Claim(nameOf.apply(owner), rate, Optional.of(new Claim.Place(most, number)));
    return cluster
        .ask(claim)
        .thenApply(answer -> {
          correct(owner, number);
          return answer;
        });
  }

  /**
   * States the number of places anew if it is no longer the one that was claimed: claims overtake
   * each other, statements do not.
   */
  private void correct(K owner, int claimed) {
    taken.compute(
        owner,
        (key, count) -> {
          int now = count == null ? 0 : count;
          if (now != claimed) {
            state(key, now);
          }
          return count;
        });
  }

  /**
   * While nobody answers, nothing is sent, so that the cluster goes on to believe what it did:
   * there is no more to remember, however many owners come and go.
   */
  private void state(K owner, int places) {
    if (cluster.isShared() && cluster.isAnswering()) {
      state(owner, places, cluster::state);
    }
  }

  private void state(K owner, int places, Cluster.Statement statement) {
    if (places > 0) {
      tell(owner);
    }
    Long before = told.get(owner);
    CompletionStage<Boolean> heard = statement.state(nameOf.apply(owner), places);
    if (places == 0 && before != null) {
      heard.thenAccept(isHeard -> {
        if (isHeard) {
          told.remove(owner, before);
        }
      });
    }
  }

  private void tell(K owner) {
    told.put(owner, sayings.incrementAndGet());
  }

  @Override
  public List<Runnable> statements(Cluster.Statement statement) {
    Set<K> owners = new HashSet<>(told.keySet());
    owners.addAll(taken.keySet());
    return owners.stream().<Runnable>map(owner -> () -> restate(owner, statement)).toList();
  }

  private void restate(K owner, Cluster.Statement statement) {
    taken.compute(
        owner,
        (key, count) -> {
          state(key, count == null ? 0 : count, statement);
          return count;
        });
  }
}
