package io.donna.gateway.cluster;

import io.donna.gateway.cluster.ClaimAnswer.Granted;
import io.donna.gateway.cluster.ClaimAnswer.PlacesTaken;
import io.donna.gateway.cluster.ClaimAnswer.RateUsedUp;
import io.donna.gateway.cluster.ClaimAnswer.Unanswered;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * The counts that the replicas of one gateway share. A replica counts for itself, too: what its own
 * counts refuse is never asked here, and while the cluster does not answer they decide alone (ADR
 * 30). Safe from any thread; no method blocks.
 */
public interface Cluster extends AutoCloseable {
  /** The places that a replica holds, by owner, for a cluster that has to be told again. */
  interface PlaceSource {
    /**
     * One statement for each owner that has a place on this replica: run, it passes the owner and
     * the number of its places at that moment, in order with {@link Cluster#state}.
     */
    List<Runnable> statements(BiConsumer<String, Integer> told);
  }

  /** Whether there may be other replicas. If not, nothing needs to be asked. */
  boolean isShared();

  /** Whether claims are being answered. */
  boolean isAnswering();

  /** Whether new sessions are refused while claims are not answered. */
  boolean failsClosed();

  /** The number of replicas, this one included, as it was last known. */
  int replicas();

  /**
   * Counts a claim. Completes within the time limit of the cluster, from any thread, and never
   * exceptionally.
   */
  CompletionStage<ClaimAnswer> claim(Claim claim);

  /**
   * States how many places an owner has on this replica. Statements about one owner must be made in
   * the order in which they became true.
   */
  void state(String owner, int places);

  /** Adds places that are stated again whenever the cluster may have lost or dropped them. */
  void follow(PlaceSource places);

  /** Calls {@code listener}, which must not block, when claims begin or cease to be answered. */
  void onChange(Consumer<Boolean> listener);

  /**
   * As {@link #claim}, but where the cluster does not answer, this replica's equal part of each
   * limit decides. Still {@link Unanswered} if the cluster fails closed.
   */
  default CompletionStage<ClaimAnswer> ask(Claim claim) {
    return isAnswering()
        ? claim(claim)
            .thenApply(answer -> answer instanceof Unanswered ? decideAlone(claim) : answer)
        : CompletableFuture.completedFuture(decideAlone(claim));
  }

  private ClaimAnswer decideAlone(Claim claim) {
    if (failsClosed()) {
      return new Unanswered();
    }
    Claim.Rate rate = claim.rate().orElse(Claim.NO_RATE);
    if (rate.usedHere() > part(rate.requests())) {
      return new RateUsedUp(rate.leftHere());
    }
    Claim.Place place = claim.place().orElse(Claim.NO_PLACE);
    if (place.takenHere() > part(place.most())) {
      return new PlacesTaken(place.takenHere() - 1L);
    }
    return new Granted(rate.usedHere(), rate.leftHere());
  }

  /** What this replica may grant by itself: a limit while the cluster answers, else its part. */
  default long share(long limit) {
    return isAnswering() ? limit : part(limit);
  }

  /** An equal part of a limit for each replica, rounded up. */
  default long part(long limit) {
    return Math.ceilDiv(limit, (long) replicas());
  }

  /** Leaves the cluster: what this replica holds is free for others. */
  @Override
  void close();
}
