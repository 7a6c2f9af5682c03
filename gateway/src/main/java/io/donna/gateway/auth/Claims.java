package io.donna.gateway.auth;

import io.donna.gateway.event.LoneSurrogates;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The claims of a token (RFC 7519, 4), parsed strictly: a claim of the wrong type makes the token
 * invalid. To be parsed only after the signature was verified, so that only a signer can make the
 * gateway parse it.
 *
 * @param all every claim, as received
 */
record Claims(
    ObjectNode all,
    Optional<String> subject,
    Optional<String> issuer,
    List<String> audience,
    Optional<Instant> expiry,
    Optional<Instant> notBefore,
    Optional<Instant> issuedAt,
    Optional<String> id) {
  /** The end of the year 9999; later times are invalid. */
  private static final long LAST_SECOND = 253_402_300_799L;

  /** Limits names, as users are keys of tables and logs. OpenID Connect allows 255. */
  private static final int LONGEST_NAME = 1_024;

  static Claims read(byte[] payload) throws MalformedClaim {
    ObjectNode all = StrictJson.object(payload).orElseThrow(() -> new MalformedClaim("payload"));
    return new Claims(
        all,
        name(all, "sub"),
        name(all, "iss"),
        audience(all),
        time(all, "exp"),
        time(all, "nbf"),
        time(all, "iat"),
        name(all, "jti"));
  }

  /** The {@code sub}, else the {@code userId}, else {@code unknown}. */
  String userId() {
    return subject
        .filter(name -> !name.isEmpty())
        .or(() ->
            Optional.ofNullable(all.get("userId"))
                .filter(claim -> claim.isString() || claim.isNumber())
                .map(JsonNode::asString)
                .filter(name -> !name.isEmpty() && isName(name)))
        .orElse("unknown");
  }

  boolean has(String name) {
    return all.hasNonNull(name);
  }

  /** An optional string; {@code null} counts as missing. */
  static Optional<String> name(ObjectNode claims, String name) throws MalformedClaim {
    JsonNode claim = claims.get(name);
    if (claim == null || claim.isNull()) {
      return Optional.empty();
    }
    if (!claim.isString() || !isName(claim.asString())) {
      throw new MalformedClaim(name);
    }
    return Optional.of(claim.asString());
  }

  /** Rejects lone surrogates: they encode as a question mark, so two users could become one. */
  private static boolean isName(String text) {
    return text.length() <= LONGEST_NAME && LoneSurrogates.indexIn(text, 0) < 0;
  }

  /** One string or several (RFC 7519, 4.1.3). */
  private static List<String> audience(ObjectNode claims) throws MalformedClaim {
    JsonNode claim = claims.get("aud");
    if (claim == null || claim.isNull()) {
      return List.of();
    }
    return claim.isString() ? List.of(claim.asString()) : strings("aud", claim);
  }

  static List<String> strings(String name, JsonNode claim) throws MalformedClaim {
    if (!claim.isArray()) {
      throw new MalformedClaim(name);
    }
    List<String> strings = new ArrayList<>();
    for (JsonNode element : claim) {
      if (!element.isString() || !isName(element.asString())) {
        throw new MalformedClaim(name);
      }
      strings.add(element.asString());
    }
    return List.copyOf(strings);
  }

  /**
   * Seconds since 1970, with or without a fraction (NumericDate: RFC 7519, 2), to the millisecond.
   */
  static Optional<Instant> time(ObjectNode claims, String name) throws MalformedClaim {
    JsonNode claim = claims.get(name);
    if (claim == null || claim.isNull()) {
      return Optional.empty();
    }
    // A double represents every millisecond up to the year 9999, and takes constant memory.
    double seconds = claim.isNumber() ? claim.doubleValue(Double.NaN) : Double.NaN;
    if (!(seconds >= 0 && seconds <= LAST_SECOND)) {
      throw new MalformedClaim(name);
    }
    return Optional.of(Instant.ofEpochMilli((long) Math.floor(seconds * 1_000)));
  }
}
