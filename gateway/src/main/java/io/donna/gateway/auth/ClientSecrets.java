package io.donna.gateway.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.MACSigner;
import io.donna.gateway.auth.Verification.Decided;
import io.donna.gateway.auth.Verification.Rejected;
import io.donna.gateway.auth.Verification.Verified;
import io.donna.gateway.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Ephemeral keys of the gateway's own: signed tokens that open sessions for some minutes, on behalf
 * of the user who asked for them and set up as was asked. All they say is in them, so any gateway
 * with the same key takes them. They are signed with a key derived for them alone: no token of a
 * user's is one, and none is a user's token. Safe from any thread.
 */
public final class ClientSecrets {
  /** Stands in front of each: SDKs in browsers take no other key. */
  public static final String PREFIX = "ek_";

  /**
   * One that was made.
   *
   * @param expiry until when it opens sessions
   */
  public record Minted(String value, Instant expiry) {}

  private static final String TYPE = "donna-client-secret+jwt";
  private static final byte[] PURPOSE = "donna: client secrets".getBytes(StandardCharsets.UTF_8);
  private static final int KEY_BYTES = 32;
  private static final int ID_BYTES = 16;

  private final List<byte[]> keys;
  private final KeySet verification;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  /**
   * Client secrets by keys derived from these.
   *
   * @param secrets the first signs, any verifies; where there is none, a key of this process's own
   *     is used, and what it signs holds as long as the process does
   */
  public ClientSecrets(List<Secret> secrets, Clock clock) {
    this.keys =
        secrets.isEmpty()
            ? List.of(random(KEY_BYTES))
            : secrets.stream().map(ClientSecrets::derive).toList();
    this.verification = new KeySet(keys.stream().map(VerificationKey::ofSecret).toList());
    this.clock = clock;
  }

  private static byte[] derive(Secret secret) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.bytes(), "HmacSHA256"));
      return mac.doFinal(PURPOSE);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }

  /**
   * Makes one, which opens sessions for {@code timeToLive}, or for as long as the token that it was
   * asked for with holds, if that is shorter. The sessions end when that token does.
   *
   * @param session what they are set up with
   */
  public Minted mint(User user, Duration timeToLive, ObjectNode session) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Instant expiry =
        user.expiry()
            .filter(end -> end.isBefore(now.plus(timeToLive)))
            .orElse(now.plus(timeToLive));
    ObjectNode claims = JsonNodeFactory.instance.objectNode();
    claims
        .put("sub", user.id())
        .put("jti", HexFormat.of().formatHex(random(ID_BYTES)))
        .put("iat", now.getEpochSecond())
        .put("exp", expiry.getEpochSecond());
    user.expiry().ifPresent(end -> claims.put("user_exp", end.getEpochSecond()));
    user.issuedAt().ifPresent(at -> claims.put("user_iat", at.getEpochSecond()));
    user.tokenIds().forEach(claims.putArray("user_jti")::add);
    claims.set("donna", write(user.grants()));
    claims.set("session", session);
    JWSHeader header =
        new JWSHeader.Builder(JWSAlgorithm.HS256).type(new JOSEObjectType(TYPE)).build();
    JWSObject token = new JWSObject(header, new Payload(claims.toString()));
    try {
      token.sign(new MACSigner(keys.getFirst()));
    } catch (JOSEException e) {
      throw new IllegalStateException("a key of 32 bytes signs HS256", e);
    }
    return new Minted(PREFIX + token.serialize(), expiry);
  }

  private static ObjectNode write(Grants grants) {
    ObjectNode claim = JsonNodeFactory.instance.objectNode();
    grants.tier().ifPresent(tier -> claim.put("tier", tier));
    grants.tenant().ifPresent(tenant -> claim.put("tenant", tenant));
    grants.models().ifPresent(models -> models.forEach(claim.putArray("models")::add));
    ObjectNode limits = claim.putObject("limits");
    grants.limits().forEach((limit, value) -> limits.put(limit.key(), value.toPlainString()));
    return claim;
  }

  /**
   * What {@code token}, its {@link #PREFIX} taken off, comes to; empty where it is another kind.
   */
  public Optional<Decided> verify(String token) {
    return Jws.read(token).filter(jws -> jws.isOfType(TYPE)).map(this::decide);
  }

  private Decided decide(Jws jws) {
    if (Candidates.of(jws, Stream.of(verification)).signer().isEmpty()) {
      return new Rejected("invalid signature");
    }
    try {
      Claims claims = Claims.read(jws.payload());
      Optional<Instant> expiry = claims.expiry();
      if (expiry.isEmpty() || !expiry.get().isAfter(clock.instant())) {
        return new Rejected("client secret expired");
      }
      return new Verified(user(claims), session(claims));
    } catch (MalformedClaim malformed) {
      return new Rejected("jwt malformed");
    }
  }

  /** Who asked for it, until when and by which tokens: its own end is not the session's. */
  private static User user(Claims claims) throws MalformedClaim {
    ObjectNode all = claims.all();
    Set<String> tokenIds = new HashSet<>(Claims.strings("user_jti", all.path("user_jti")));
    claims.id().ifPresent(tokenIds::add);
    return new User(
        claims.userId(),
        Claims.time(all, "user_exp"),
        Claims.time(all, "user_iat"),
        Set.copyOf(tokenIds),
        GrantsReader.read(all).grants());
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
