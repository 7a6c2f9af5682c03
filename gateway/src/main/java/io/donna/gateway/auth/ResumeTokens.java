package io.donna.gateway.auth;

import io.donna.gateway.auth.Verification.Awaited;
import io.donna.gateway.auth.Verification.Decided;
import io.donna.gateway.auth.Verification.Rejected;
import io.donna.gateway.auth.Verification.Unavailable;
import io.donna.gateway.auth.Verification.Verified;
import io.donna.gateway.config.Secret;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tokens by which a client goes on at another replica, once, as who it was: with its user, with
 * what its session has spent and how long it has lasted. They are encrypted with keys that all
 * replicas derive from the same secrets. Safe from any thread.
 */
public final class ResumeTokens {
  /** How long one is valid, after the pause that its client is asked for. */
  static final Duration LIFETIME = Duration.ofSeconds(30);

  private static final String TYPE = "donna-resume+jwt";
  private static final String PURPOSE = "donna: resume tokens, encrypted";
  private static final String SPENT_TOKENS = "spent_tokens";
  private static final String SPENT_USD = "spent_usd";
  private static final String AGE = "age_ms";

  /**
   * What goes on with a session.
   *
   * @param age how long it has had upstreams
   * @param tokens what it has spent
   * @param usd what it has spent
   */
  public record Progress(Duration age, long tokens, BigDecimal usd) {}

  /** Says of a token, among all replicas, whether it has been used before. */
  @FunctionalInterface
  public interface Uses {
    /**
     * Counts a use.
     *
     * @param memory how long it must be known
     * @return completes with whether this is the first use; empty if that cannot be known
     */
    CompletionStage<Optional<Boolean>> isFirst(String id, Duration memory);
  }

  /** Empty where no other gateway could read them. */
  private final Optional<SealedClaims> sealed;

  private final Uses uses;
  private final Clock clock;

  /** Those that were used here, for as long as they are valid: others may not be there to know. */
  private final Map<String, Instant> usedHere = new ConcurrentHashMap<>();

  /**
   * @param secrets the first encrypts, any decrypts; if empty, no tokens are minted
   */
  public ResumeTokens(List<Secret> secrets, Uses uses, Clock clock) {
    this.sealed =
        secrets.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new SealedClaims(secrets.stream().map(Secret::bytes).toList(), PURPOSE, TYPE));
    this.uses = uses;
    this.clock = clock;
  }

  /**
   * Mints the token of a session.
   *
   * @param session the session's id, which no other session has
   * @param pause after which the client is asked to come
   * @return empty where no other gateway could read it
   */
  public Optional<String> mint(User user, String session, Progress progress, Duration pause) {
    return sealed.map(keys -> {
      ObjectNode claims = JsonNodeFactory.instance.objectNode();
      claims
          .put("jti", session)
          .put("exp", clock.instant().plus(pause).plus(LIFETIME).getEpochSecond())
          .put(AGE, progress.age.toMillis())
          .put(SPENT_TOKENS, progress.tokens)
          .put(SPENT_USD, progress.usd.toPlainString());
      UserClaims.write(user, claims);
      return keys.seal(claims);
    });
  }

  /** Verifies {@code token} and uses it up; empty if it is none of these. */
  public Optional<Verification> verify(String token) {
    return sealed.filter(keys -> keys.isOfType(token)).map(keys -> verify(token, keys));
  }

  private Verification verify(String token, SealedClaims keys) {
    Optional<byte[]> payload = keys.open(token);
    if (payload.isEmpty()) {
      return new Rejected("invalid signature");
    }
    try {
      Claims claims = Claims.read(payload.get());
      Instant now = clock.instant();
      Instant expiry = claims.expiry().orElse(Instant.EPOCH);
      String id = claims.id().orElseThrow(() -> new MalformedClaim("jti"));
      if (!expiry.isAfter(now)) {
        return new Rejected("resume token expired");
      }
      Verified verified = new Verified(UserClaims.read(claims), progress(claims.all()));
      usedHere.values().removeIf(end -> !end.isAfter(now));
      if (usedHere.putIfAbsent(id, expiry) != null) {
        return new Rejected("resume token used before");
      }
      return new Awaited(
          uses.isFirst(id, Duration.between(now, expiry).plusSeconds(1))
              .thenApply(first -> decide(first, verified)));
    } catch (MalformedClaim malformed) {
      return new Rejected("jwt malformed");
    }
  }

  private static Decided decide(Optional<Boolean> isFirst, Verified verified) {
    return isFirst
        .<Decided>map(first -> first ? verified : new Rejected("resume token used before"))
        .orElseGet(() -> new Unavailable("other replicas cannot be asked"));
  }

  private static Progress progress(ObjectNode claims) throws MalformedClaim {
    JsonNode age = claims.path(AGE);
    JsonNode tokens = claims.path(SPENT_TOKENS);
    try {
      if (age.isIntegralNumber() && tokens.isIntegralNumber()) {
        return new Progress(
            Duration.ofMillis(age.asLong()),
            tokens.asLong(),
            new BigDecimal(claims.path(SPENT_USD).asString("")));
      }
    } catch (NumberFormatException foreign) {
      // The same as any other claim that is not as minted.
    }
    throw new MalformedClaim(AGE);
  }
}
