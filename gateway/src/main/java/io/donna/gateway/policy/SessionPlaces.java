package io.donna.gateway.policy;

import io.donna.gateway.cluster.ClaimAnswer;
import io.donna.gateway.cluster.Places;
import io.donna.gateway.config.policy.LimitKind;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.event.Replies;
import io.donna.gateway.websocket.CloseReason;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * The places of one session among those that its user and its tier may have, on all replicas
 * together. Confined to the session's event loop.
 */
final class SessionPlaces {
  private static final PolicyAdmission.Refused UNCOUNTED =
      new PolicyAdmission.Refused(
          Replies.gatewayError(
              "overloaded",
              "Sessions cannot be counted at the moment. Try again in a few seconds."),
          CloseReason.overloaded());

  /**
   * A limit of sessions.
   *
   * @param owner whose sessions are counted, by the name in the cluster
   */
  private record Limit(String owner, long most, PolicyAdmission.Refused whenReached) {
    static Limit of(String owner, long most, String whenReached) {
      return new Limit(
          owner,
          most,
          new PolicyAdmission.Refused(
              Replies.gatewayError("too_many_sessions", whenReached), PolicyCloseReasons.SESSIONS));
    }

    /** The same, counted but never reached. */
    Limit withoutEnd() {
      return new Limit(owner, Long.MAX_VALUE, whenReached);
    }
  }

  /** A place that was taken here, as the so-manyeth of its owner's. */
  private record Taken(Limit limit, int number) {}

  private final Places<String> places;
  private final List<Taken> taken = new ArrayList<>(2);

  SessionPlaces(Places<String> places) {
    this.places = places;
  }

  /**
   * Takes a place within each limit, as far as this replica knows.
   *
   * @param had whether the session had its places until now, at another replica that has given them
   *     back: whoever took them meanwhile does not keep it out
   * @return why not, if not
   */
  Optional<PolicyAdmission.Refused> take(PolicySubject entering, boolean had) {
    for (Limit known : limits(entering)) {
      Limit limit = had ? known.withoutEnd() : known;
      int number = places.take(limit.owner, limit.most);
      if (number == 0) {
        return Optional.of(limit.whenReached);
      }
      taken.add(new Taken(limit, number));
    }
    return Optional.empty();
  }

  private static List<Limit> limits(PolicySubject entering) {
    Tier tier = entering.tier();
    List<Limit> limits = new ArrayList<>(2);
    Long ofUser = tier.limits().get(LimitKind.SESSIONS_PER_USER);
    if (ofUser != null) {
      limits.add(
          Limit.of(
              "user " + entering.user(),
              ofUser,
              "You have as many sessions as you may have at once: " + ofUser + "."));
    }
    Long ofTier = tier.limits().get(LimitKind.SESSIONS);
    if (ofTier != null) {
      limits.add(
          Limit.of(
              "tier " + tier.name(),
              ofTier,
              "There are too many sessions at the moment. Try again later."));
    }
    return limits;
  }

  /** Whether other replicas have to be asked for the places that were taken. */
  boolean mustBeClaimed() {
    return places.areShared() && !taken.isEmpty();
  }

  /**
   * Asks the other replicas for the places that were taken.
   *
   * @param refused called on the event loop for each that they refuse
   * @return completes on the event loop, when all have been decided
   */
  CompletionStage<Void> claim(EventLoop eventLoop, Consumer<PolicyAdmission.Refused> refused) {
    CompletableFuture<?>[] all =
        taken.stream()
            .map(place ->
                places
                    .claim(place.limit.owner, place.number, place.limit.most, Optional.empty())
                    .thenAcceptAsync(
                        answer -> objection(answer, place.limit).ifPresent(refused), eventLoop)
                    .toCompletableFuture())
            .toArray(CompletableFuture[]::new);
    return CompletableFuture.allOf(all);
  }

  private static Optional<PolicyAdmission.Refused> objection(ClaimAnswer answer, Limit limit) {
    return switch (answer) {
      case ClaimAnswer.Granted _ -> Optional.empty();
      case ClaimAnswer.Unanswered _ -> Optional.of(UNCOUNTED);
      case ClaimAnswer.PlacesTaken _, ClaimAnswer.RateUsedUp _ -> Optional.of(limit.whenReached);
    };
  }

  /** Gives all places back. */
  void giveBack() {
    taken.forEach(place -> places.giveBack(place.limit.owner));
    taken.clear();
  }
}
