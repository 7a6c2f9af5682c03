package io.donna.gateway.auth;

import com.nimbusds.jose.JWSAlgorithm;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A signed token in compact form (RFC 7515, 7.1), parsed but not verified. Parsed so strictly that
 * each token has one encoding: one alphabet, no padding, no spare bits, no duplicate member.
 *
 * <p>Only three members of the header are used: algorithm, key id and type. Members that contain or
 * reference a key ({@code jwk}, {@code jku}, {@code x5c}, {@code x5u}) are never read.
 */
final class Jws {
  /** The header limit of the public port; tokens with all of a user's groups take half of it. */
  static final int MAX_CHARACTERS = 32 * 1024;

  /** Limits the header, as it is parsed before verification; a certificate chain fits. */
  private static final int LONGEST_HEADER = 8 * 1024;

  private static final int LONGEST_KEY_ID = 512;

  /**
   * Members that change how a token must be processed, and are not supported: extensions (RFC 7515,
   * 4.1.11; RFC 7797, 7), encryption and compression (RFC 7516, 4.1).
   */
  private static final Set<String> NOT_UNDERSTOOD = Set.of("crit", "b64", "enc", "zip");

  /** The accepted typed tokens, with and without the optional prefix (RFC 7515, 4.1.9). */
  private static final Set<String> ACCESS =
      Set.of("at+jwt", "id+jwt", "application/at+jwt", "application/id+jwt");

  private final JWSAlgorithm algorithm;
  private final Optional<String> keyId;
  private final Optional<String> type;
  private final byte[] signed;
  private final byte[] payload;
  private final byte[] signature;

  private Jws(JsonNode header, byte[] signed, byte[] payload, byte[] signature) {
    this.algorithm = JWSAlgorithm.parse(header.get("alg").asString());
    this.keyId = text(header, "kid");
    this.type = text(header, "typ");
    this.signed = signed;
    this.payload = payload;
    this.signature = signature;
  }

  /** Parses {@code token}; empty if it is not a JWS. */
  static Optional<Jws> read(String token) {
    int first = token.indexOf('.');
    int second = token.indexOf('.', first + 1);
    if (token.length() > MAX_CHARACTERS || first < 0 || second < 0 || first > LONGEST_HEADER) {
      return Optional.empty();
    }
    byte[] header = decode(token.substring(0, first));
    byte[] payload = decode(token.substring(first + 1, second));
    byte[] signature = decode(token.substring(second + 1));
    if (header == null || payload == null || signature == null) {
      return Optional.empty();
    }
    return StrictJson.object(header)
        .filter(Jws::isUnderstood)
        .map(members ->
            new Jws(
                members,
                token.substring(0, second).getBytes(StandardCharsets.US_ASCII),
                payload,
                signature));
  }

  private static boolean isUnderstood(JsonNode header) {
    JsonNode algorithm = header.get("alg");
    JsonNode keyId = header.path("kid");
    JsonNode contentType = header.path("cty");
    return algorithm != null
        && algorithm.isString()
        && NOT_UNDERSTOOD.stream().noneMatch(header::has)
        && (keyId.isMissingNode()
            || (keyId.isString() && keyId.asString().length() <= LONGEST_KEY_ID))
        && (header.path("typ").isMissingNode() || header.path("typ").isString())
        // A nested token (RFC 7519, 5.2): the inner one would go unchecked.
        && (contentType.isMissingNode()
            || (contentType.isString()
                && !contentType.asString().toUpperCase(Locale.ROOT).endsWith("JWT")));
  }

  private static Optional<String> text(JsonNode members, String name) {
    return Optional.ofNullable(members.get(name)).map(JsonNode::asString);
  }

  static byte @Nullable [] decode(String part) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(part);
      // The JDK accepts padding and spare bits.
      return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(part)
          ? bytes
          : null;
    } catch (IllegalArgumentException notBase64) {
      return null;
    }
  }

  /**
   * Whether its type states another purpose (RFC 8725, 3.11): logout notices and proofs of
   * possession are signed with the same keys as access tokens.
   */
  boolean isForSomethingElse() {
    String kind = type.orElse("").toLowerCase(Locale.ROOT);
    return kind.endsWith("+jwt") && !ACCESS.contains(kind);
  }

  boolean isOfType(String name) {
    return type.filter(name::equals).isPresent();
  }

  JWSAlgorithm algorithm() {
    return algorithm;
  }

  Optional<String> keyId() {
    return keyId;
  }

  /** The bytes that were signed: header and payload, as received. */
  byte[] signed() {
    return signed;
  }

  byte[] payload() {
    return payload;
  }

  byte[] signature() {
    return signature;
  }
}
