package io.donna.gateway.edge;

import io.donna.gateway.auth.ResumeTokens;
import io.donna.gateway.cluster.Claim;
import io.donna.gateway.cluster.ClaimAnswer;
import io.donna.gateway.cluster.Cluster;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Uses of tokens that are good for one, counted by all replicas as a rate of one. */
record ClusterUses(Cluster cluster) implements ResumeTokens.Uses {
  @Override
  public CompletionStage<Optional<Boolean>> isFirst(String id, Duration memory) {
    Claim.Rate once = new Claim.Rate("use", 1, memory, 1, memory);
    return cluster
        .ask(new Claim("token " + id, Optional.of(once), Optional.empty()))
        .thenApply(answer ->
            switch (answer) {
              case ClaimAnswer.Granted _ -> Optional.of(true);
              case ClaimAnswer.RateUsedUp _, ClaimAnswer.PlacesTaken _ -> Optional.of(false);
              case ClaimAnswer.Unanswered _ -> Optional.empty();
            });
  }
}
