package io.donna.gateway.auth;

import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.auth.Verification.Awaited;
import io.donna.gateway.auth.Verification.Decided;
import io.donna.gateway.auth.Verification.Rejected;
import io.donna.gateway.auth.Verification.Unavailable;
import io.donna.gateway.auth.Verification.Verified;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Describes a token for an operator, in more detail than for a client.
 *
 * @param obstacle why it would not do what was wanted, in words: it is not accepted, cannot be
 *     verified, or has unknown grants
 * @param lines for people; never contain the token
 */
public record TokenReport(Optional<String> obstacle, List<String> lines) {
  /** Verifies {@code token} as a session would. Blocks while its key is fetched. */
  public static TokenReport of(String token, TokenVerifier verifier) {
    Decided decided =
        switch (verifier.verify(token)) {
          case Decided now -> now;
          case Awaited(var decision) -> decision.toCompletableFuture().join();
        };
    return switch (decided) {
      case Verified verified -> of(verified.user(), unknownIn(token));
      case Rejected(String error) ->
          refused("the token is not valid", "The token is rejected: " + error + ".");
      case Unavailable(String error) ->
          refused("the token cannot be verified", "The token cannot be verified: " + error + ".");
    };
  }

  private static TokenReport refused(String obstacle, String line) {
    return new TokenReport(Optional.of(obstacle), List.of(line));
  }

  private static TokenReport of(User user, List<String> unknown) {
    List<String> lines = new ArrayList<>();
    Optional<String> until = user.expiry().map(end -> ", until " + end);
    lines.add(
        "The token is valid: user "
            + ForeignText.of(user.id())
            + until.orElse(", without expiry")
            + ".");
    Grants grants = user.grants();
    grants.tier().ifPresent(tier -> lines.add("  tier " + ForeignText.of(tier)));
    grants.tenant().ifPresent(tenant -> lines.add("  tenant " + ForeignText.of(tenant)));
    grants
        .models()
        .ifPresent(
            models -> models.forEach(model -> lines.add("  model " + ForeignText.of(model))));
    grants.limits().forEach((limit, value) -> lines.add("  " + limit.key() + " " + value));
    unknown.forEach(
        name -> lines.add("  " + ForeignText.of(name) + " is unknown and grants nothing"));
    Optional<String> obstacle =
        unknown.isEmpty() ? Optional.empty() : Optional.of("the token has unknown grants");
    return new TokenReport(obstacle, List.copyOf(lines));
  }

  private static List<String> unknownIn(String token) {
    try {
      byte[] payload = Jws.read(token).map(Jws::payload).orElse(new byte[0]);
      return GrantsReader.read(Claims.read(payload).all()).unknown();
    } catch (MalformedClaim e) {
      throw new IllegalStateException("it has just been verified", e);
    }
  }
}
