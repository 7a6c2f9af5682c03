package io.donna.gateway.cluster;

import io.donna.gateway.cluster.ClaimAnswer.Granted;
import io.donna.gateway.cluster.ClaimAnswer.PlacesTaken;
import io.donna.gateway.cluster.ClaimAnswer.RateUsedUp;
import io.donna.gateway.cluster.ClaimAnswer.Unanswered;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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
     * One statement for each owner that has a place on this replica, or of whom the cluster may
     * believe so: run, it says the number of its places at that moment, in order with {@link
     * Cluster#state}.
     */
    List<Runnable> statements(Statement statement);
  }

  /** Says how many places an owner has on this replica. */
  interface Statement {
    /** Completes with whether the cluster has heard it, from any thread. */
    CompletionStage<Boolean> state(String owner, int places);
  }

  /** Whether there may be other replicas. If not, nothing needs to be asked. */
  boolean isShared();

  /** Whether claims are being answered. */
  boolean isAnswering();

  /** For how long claims have not been answered; zero while they are. */
  Duration outage();

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
   *
   * @return completes with whether the cluster has heard it, from any thread
   */
  CompletionStage<Boolean> state(String owner, int places);

  /**
   * Writes what this replica has to say about {@code subject}, in place of what it said before, and
   * reads what all replicas have said, this one included: lasting words of replicas that are gone,
   * too. Completes like {@link #claim}; empty if nobody answers.
   *
   * @param words by name; an empty text removes the name
   * @param outdated the keys of words, of any replica, that nobody needs any more
   */
  CompletionStage<Optional<List<Word>>> exchange(
      Subject subject, Map<String, String> words, List<String> outdated);

  /**
   * What replicas have words about.
   *
   * @param kept how long the words are kept after the last exchange
   */
  record Subject(String name, Duration kept) {}

  /**
   * Something that a replica has said.
   *
   * @param key tells it apart from all other words about its subject
   * @param isOwn whether this replica has
   * @param isOfLive whether a replica has that is alive
   */
  record Word(String key, String name, String text, boolean isOwn, boolean isOfLive) {}

  /**
   * A text that all replicas share.
   *
   * @param version grows with each change; 0 if there is no text
   */
  record Document(long version, String text) {
    public static final Document NONE = new Document(0, "");
  }

  /**
   * Replaces a document if nobody has changed it since it had {@code version}. Completes within
   * seconds.
   *
   * @return the document as it then is: another's if somebody was faster; empty if nobody answers
   */
  CompletionStage<Optional<Document>> replace(String name, long version, String text);

  /**
   * Calls {@code listener}, which must not block, with the document now and within a second of each
   * change: of another replica's, of this one's, and of its loss. Calls it once more, changed or
   * not, when the cluster answers again after a {@link #replace} here that it did not answer.
   */
  void follow(String name, Consumer<Document> listener);

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
