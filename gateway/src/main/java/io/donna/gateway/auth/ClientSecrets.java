package io.donna.gateway.auth;

import io.donna.gateway.auth.Verification.Decided;
import io.donna.gateway.auth.Verification.Rejected;
import io.donna.gateway.auth.Verification.Verified;
import io.donna.gateway.config.Secret;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The gateway's own ephemeral keys: tokens that open sessions for some minutes, for the user who
 * requested them and with the requested configuration. They are self-contained, so any gateway with
 * the same key accepts them, and encrypted (JWE with {@code dir} and {@code A256GCM}: RFC 7516,
 * 7.1; RFC 7518, 4.5 and 5.3), so that a page that holds one learns neither the user's name nor the
 * session's instructions. Their keys are derived for this purpose alone: a user's token is never a
 * client secret, and a client secret never a user's token. Safe from any thread.
 *
 * <p>Client secrets of earlier versions are signed only; they are accepted until they expire.
 */
public final class ClientSecrets {
  /** The prefix of each secret: SDKs in browsers accept no other keys. */
  public static final String PREFIX = "ek_";

  /**
   * A minted secret.
   *
   * @param expiry the time until which it opens sessions
   */
  public record Minted(String value, Instant expiry) {}

  private static final String TYPE = "donna-client-secret+jwt";
  private static final String ENCRYPTION = "donna: client secrets, encrypted";
  private static final String SIGNATURE = "donna: client secrets";
  private static final int KEY_BYTES = 32;
  private static final int ID_BYTES = 16;

  private final SealedClaims sealed;
  private final KeySet signers;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  /**
   * Client secrets with keys derived from {@code secrets}.
   *
   * @param secrets the first encrypts, any decrypts; if empty, a random key of this process is
   *     used, and its client secrets are valid as long as the process runs
   */
  public ClientSecrets(List<Secret> secrets, Clock clock) {
    List<byte[]> roots =
        secrets.isEmpty()
            ? List.of(random(KEY_BYTES))
            : secrets.stream().map(Secret::bytes).toList();
    this.sealed = new SealedClaims(roots, ENCRYPTION, TYPE);
    this.signers =
        new KeySet(
            roots.stream()
                .map(root -> VerificationKey.ofSecret(SealedClaims.derive(root, SIGNATURE)))
                .toList());
    this.clock = clock;
  }

  /**
   * Mints a secret, which opens sessions for {@code timeToLive} or until the user's token expires,
   * whichever is earlier. The sessions end when that token expires.
   *
   * @param session the session configuration
   */
  public Minted mint(User user, Duration timeToLive, ObjectNode session) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Instant expiry =
        user.expiry()
            .filter(end -> end.isBefore(now.plus(timeToLive)))
            .orElse(now.plus(timeToLive));
    ObjectNode claims = JsonNodeFactory.instance.objectNode();
    claims
        .put("jti", HexFormat.of().formatHex(random(ID_BYTES)))
        .put("iat", now.getEpochSecond())
        .put("exp", expiry.getEpochSecond());
    UserClaims.write(user, claims);
    claims.set("session", session);
    return new Minted(PREFIX + sealed.seal(claims), expiry);
  }

  /**
   * Verifies {@code token}, given without its {@link #PREFIX}; empty if it is not a client secret.
   */
  public Optional<Decided> verify(String token) {
    if (sealed.isOfType(token)) {
      Optional<byte[]> claims = sealed.open(token);
      return Optional.of(
          claims.isPresent() ? decide(claims.get()) : new Rejected("invalid signature"));
    }
    return Jws.read(token)
        .filter(jws -> jws.isOfType(TYPE))
        .map(jws ->
            Candidates.of(jws, List.of(signers)).signer().isPresent()
                ? decide(jws.payload())
                : new Rejected("invalid signature"));
  }

  private Decided decide(byte[] payload) {
    try {
      Claims claims = Claims.read(payload);
      Optional<Instant> expiry = claims.expiry();
      if (expiry.isEmpty() || !expiry.get().isAfter(clock.instant())) {
        return new Rejected("client secret expired");
      }
      return new Verified(UserClaims.read(claims), session(claims));
    } catch (MalformedClaim malformed) {
      return new Rejected("jwt malformed");
    }
  }

  private static Optional<ObjectNode> session(Claims claims) {
    JsonNode session = claims.all().get("session");
    return session instanceof ObjectNode object && !object.isEmpty()
        ? Optional.of(object)
        : Optional.empty();
  }

  private byte[] random(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
