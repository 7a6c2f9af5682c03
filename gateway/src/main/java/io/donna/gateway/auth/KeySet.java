package io.donna.gateway.auth;

import com.nimbusds.jose.jwk.JWK;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Keys that tokens are verified with. Immutable.
 *
 * @param leftOut the number of keys left out, because they cannot or must not verify tokens
 */
record KeySet(List<VerificationKey> keys, int leftOut) {
  static final KeySet EMPTY = new KeySet(List.of());

  private static final int MOST_KEYS = 64;

  /** The longest key; some contain a certificate chain. */
  private static final int LONGEST_KEY = 16 * 1024;

  KeySet(List<VerificationKey> keys) {
    this(keys, 0);
  }

  /**
   * Reads a JWK set (RFC 7517, 5). Leaves out keys for another use, of unknown type, or too weak,
   * as RFC 7517 requires, and symmetric keys, as a published key is not a secret.
   *
   * @return empty if it is not a key set
   */
  static Optional<KeySet> read(byte[] json, Optional<String> issuer) {
    return StrictJson.document(json)
        .map(set -> set.path("keys"))
        .filter(JsonNode::isArray)
        .map(array -> {
          List<VerificationKey> keys = new ArrayList<>();
          for (JsonNode key : array) {
            if (keys.size() < MOST_KEYS) {
              read(key.toString())
                  .flatMap(jwk -> VerificationKey.of(jwk, issuer))
                  .ifPresent(keys::add);
            }
          }
          return new KeySet(List.copyOf(keys), array.size() - keys.size());
        });
  }

  private static Optional<JWK> read(String key) {
    if (key.length() > LONGEST_KEY) {
      return Optional.empty();
    }
    try {
      return Optional.of(JWK.parse(key));
    } catch (ParseException | RuntimeException unusable) {
      return Optional.empty();
    }
  }

  /** Whether any key may have signed {@code token}. */
  boolean mayKnow(Jws token) {
    return keys.stream().anyMatch(key -> key.suits(token));
  }
}
