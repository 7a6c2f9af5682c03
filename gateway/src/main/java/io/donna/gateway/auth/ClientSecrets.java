package io.donna.gateway.auth;

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
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
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

  /** The only header: nothing from a stranger is parsed before it is authenticated. */
  private static final String HEADER =
      encode(
          ("{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"typ\":\"" + TYPE + "\"}")
              .getBytes(StandardCharsets.US_ASCII));

  /** The beginning of the compact form; the encrypted key is empty, as it is not sent. */
  private static final String BEGINNING = HEADER + "..";

  private static final String CIPHER = "AES/GCM/NoPadding";

  /** Looking one up costs more than the encryption of a small session. */
  private static final ThreadLocal<Cipher> CIPHERS =
      ThreadLocal.withInitial(ClientSecrets::newCipher);

  private static final int IV_BYTES = 12;
  private static final int TAG_BYTES = 16;
  private static final int ID_BYTES = 16;

  private final List<SecretKeySpec> keys;
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
    this.keys =
        roots.stream().map(root -> new SecretKeySpec(derive(root, ENCRYPTION), "AES")).toList();
    this.signers =
        new KeySet(
            roots.stream().map(root -> VerificationKey.ofSecret(derive(root, SIGNATURE))).toList());
    this.clock = clock;
  }

  private static byte[] derive(byte[] root, String purpose) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(root, "HmacSHA256"));
      return mac.doFinal(purpose.getBytes(StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
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
        .put("sub", user.id())
        .put("jti", HexFormat.of().formatHex(random(ID_BYTES)))
        .put("iat", now.getEpochSecond())
        .put("exp", expiry.getEpochSecond());
    user.expiry().ifPresent(end -> claims.put("user_exp", end.getEpochSecond()));
    user.issuedAt().ifPresent(at -> claims.put("user_iat", at.getEpochSecond()));
    user.tokenIds().forEach(claims.putArray("user_jti")::add);
    claims.set("donna", write(user.grants()));
    claims.set("session", session);
    return new Minted(PREFIX + encrypted(claims), expiry);
  }

  private String encrypted(ObjectNode claims) {
    byte[] iv = random(IV_BYTES);
    try {
      byte[] sealed =
          cipher(Cipher.ENCRYPT_MODE, keys.getFirst(), iv)
              .doFinal(claims.toString().getBytes(StandardCharsets.UTF_8));
      int length = sealed.length - TAG_BYTES;
      return BEGINNING
          + encode(iv)
          + "."
          + encode(Arrays.copyOf(sealed, length))
          + "."
          + encode(Arrays.copyOfRange(sealed, length, sealed.length));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + CIPHER, e);
    }
  }

  private static Cipher newCipher() {
    try {
      return Cipher.getInstance(CIPHER);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + CIPHER, e);
    }
  }

  private static Cipher cipher(int mode, SecretKeySpec key, byte[] iv)
      throws GeneralSecurityException {
    Cipher cipher = CIPHERS.get();
    cipher.init(mode, key, new GCMParameterSpec(8 * TAG_BYTES, iv));
    cipher.updateAAD(HEADER.getBytes(StandardCharsets.US_ASCII));
    return cipher;
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
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
   * Verifies {@code token}, given without its {@link #PREFIX}; empty if it is not a client secret.
   */
  public Optional<Decided> verify(String token) {
    if (token.startsWith(BEGINNING)) {
      Optional<byte[]> claims = decrypted(token);
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

  /** The decrypted claims; empty if none of the keys encrypted them. */
  private Optional<byte[]> decrypted(String token) {
    if (token.length() > Jws.MAX_CHARACTERS) {
      return Optional.empty();
    }
    String[] parts = token.substring(BEGINNING.length()).split("\\.", -1);
    if (parts.length != 3) {
      return Optional.empty();
    }
    byte[] iv = Jws.decode(parts[0]);
    byte[] text = Jws.decode(parts[1]);
    byte[] tag = Jws.decode(parts[2]);
    if (iv == null
        || iv.length != IV_BYTES
        || text == null
        || tag == null
        || tag.length != TAG_BYTES) {
      return Optional.empty();
    }
    for (SecretKeySpec key : keys) {
      try {
        Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, iv);
        byte[] sealed = Arrays.copyOf(text, text.length + TAG_BYTES);
        System.arraycopy(tag, 0, sealed, text.length, TAG_BYTES);
        return Optional.of(cipher.doFinal(sealed));
      } catch (AEADBadTagException another) {
        // Another key may have encrypted it.
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every Java platform has " + CIPHER, e);
      }
    }
    return Optional.empty();
  }

  private Decided decide(byte[] payload) {
    try {
      Claims claims = Claims.read(payload);
      Optional<Instant> expiry = claims.expiry();
      if (expiry.isEmpty() || !expiry.get().isAfter(clock.instant())) {
        return new Rejected("client secret expired");
      }
      return new Verified(user(claims), session(claims));
    } catch (MalformedClaim malformed) {
      return new Rejected("jwt malformed");
    }
  }

  /**
   * The user who requested it, with the expiry and ids of the user's tokens, which end sessions.
   */
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
