package io.donna.gateway.auth;

import com.nimbusds.jose.jwk.JWK;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Keys that tokens are verified with. Immutable. */
record KeySet(List<VerificationKey> keys) {
  static final KeySet EMPTY = new KeySet(List.of());

  /** A token without a {@code kid} is tried on every key of its family: there is an end to that. */
  private static final int MOST_KEYS = 64;

  /**
   * Reads a JWK set (RFC 7517, 5). Keys for something else, of a kind that is not known, or too
   * weak are left out, as RFC 7517 wants; symmetric ones too, as what is published is no secret.
   *
   * @return empty where it is no key set
   */
  static Optional<KeySet> read(byte[] json, Optional<String> issuer) {
    return StrictJson.object(json)
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
          return new KeySet(List.copyOf(keys));
        });
  }

  private static Optional<JWK> read(String key) {
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

  /** The key that signed {@code token}. */
  Optional<VerificationKey> signerOf(Jws token) {
    return keys.stream().filter(key -> key.suits(token) && key.signed(token)).findFirst();
  }
}
