package io.donna.gateway.auth;

import com.nimbusds.jose.JWSAlgorithm;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

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

  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  /** A parsed header, with its encoded text. */
  private static final class Header {
    private final byte[] text;
    private final JWSAlgorithm algorithm;
    private final Optional<String> keyId;
    private final Optional<String> type;

    Header(byte[] text, ObjectNode members) {
      this.text = text;
      this.algorithm = JWSAlgorithm.parse(members.get("alg").asString());
      this.keyId = text(members, "kid");
      this.type = text(members, "typ");
    }
  }

  /**
   * The last one, as an issuer gives all its tokens the same: parsing it is half of the garbage.
   */
  private static volatile @Nullable Header lastHeader;

  private final Header header;
  private final byte[] signed;
  private final byte[] payload;
  private final byte[] signature;

  private Jws(Header header, byte[] signed, byte[] payload, byte[] signature) {
    this.header = header;
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
    byte[] text = token.getBytes(StandardCharsets.US_ASCII);
    if (text.length != token.length()) {
      return Optional.empty(); // a surrogate pair is one byte, and moves what follows
    }
    Header header = header(text, first);
    byte[] payload = decode(text, first + 1, second);
    byte[] signature = decode(text, second + 1, text.length);
    if (header == null || payload == null || signature == null) {
      return Optional.empty();
    }
    return Optional.of(new Jws(header, Arrays.copyOf(text, second), payload, signature));
  }

  /** Parses the first {@code length} bytes of a token; null if they are not a header. */
  private static @Nullable Header header(byte[] token, int length) {
    Header last = lastHeader;
    if (last != null && Arrays.equals(token, 0, length, last.text, 0, last.text.length)) {
      return last;
    }
    byte[] json = decode(token, 0, length);
    ObjectNode members = json == null ? null : StrictJson.object(json).orElse(null);
    if (members == null || !isUnderstood(members)) {
      return null;
    }
    Header header = new Header(Arrays.copyOf(token, length), members);
    lastHeader = header;
    return header;
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
    byte[] text = part.getBytes(StandardCharsets.US_ASCII);
    return decode(text, 0, text.length);
  }

  /** Decodes base64url (RFC 4648, 5); null if it is not in the one form that encoders produce. */
  private static byte @Nullable [] decode(byte[] text, int from, int to) {
    if (from < to && !endsCanonically(text[to - 1], (to - from) % 4)) {
      return null;
    }
    try {
      ByteBuffer bytes = Base64.getUrlDecoder().decode(ByteBuffer.wrap(text, from, to - from));
      return bytes.limit() == bytes.array().length
          ? bytes.array()
          : Arrays.copyOf(bytes.array(), bytes.limit());
    } catch (IllegalArgumentException notBase64) {
      return null;
    }
  }

  /**
   * Whether a text may end in {@code last}: the JDK accepts padding, and spare bits that are set.
   *
   * @param characters in the last, incomplete group of four
   */
  private static boolean endsCanonically(byte last, int characters) {
    int value = ALPHABET.indexOf(last);
    return switch (characters) {
      case 0 -> value >= 0;
      case 2 -> value >= 0 && (value & 0xF) == 0;
      case 3 -> value >= 0 && (value & 0x3) == 0;
      default -> false;
    };
  }

  /**
   * Whether its type states another purpose (RFC 8725, 3.11): logout notices and proofs of
   * possession are signed with the same keys as access tokens.
   */
  boolean isForSomethingElse() {
    String kind = header.type.orElse("").toLowerCase(Locale.ROOT);
    return kind.endsWith("+jwt") && !ACCESS.contains(kind);
  }

  boolean isOfType(String name) {
    return header.type.filter(name::equals).isPresent();
  }

  JWSAlgorithm algorithm() {
    return header.algorithm;
  }

  Optional<String> keyId() {
    return header.keyId;
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
