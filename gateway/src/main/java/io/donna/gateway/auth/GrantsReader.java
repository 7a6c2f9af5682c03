package io.donna.gateway.auth;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the {@link Grants} of a token from its {@code donna} claim,
 *
 * <pre>{@code
 * "donna": {"tier": "gold", "tenant": "acme", "models": ["gpt-realtime-2.1"],
 *           "limits": {"sessions": 2, "usd_per_day": "1.50"}}
 * }</pre>
 *
 * or, for identity providers that issue scopes only, from {@code scope} or {@code scp}: {@code
 * donna:tier=gold donna:model=gpt-realtime-2.1 donna:sessions=2}. If there is a {@code donna}
 * claim, scopes are ignored. Unknown keys are recorded and grant nothing; a malformed value of a
 * known key makes the token invalid, as ignoring a limit would lift it.
 */
final class GrantsReader {
  private static final String CLAIM = "donna";
  private static final String SCOPE = "donna:";
  private static final BigDecimal LARGEST = new BigDecimal("1e15");
  private static final int MOST_DIGITS = 30;

  private @Nullable String tier;
  private @Nullable String tenant;
  private @Nullable Set<String> models;
  private final Map<TokenLimit, BigDecimal> limits = new EnumMap<>(TokenLimit.class);
  private final List<String> unknown = new ArrayList<>();

  /** Reads the grants of {@code claims}. */
  static GrantsReader read(ObjectNode claims) throws MalformedClaim {
    GrantsReader reader = new GrantsReader();
    JsonNode claim = claims.path(CLAIM);
    if (claim instanceof ObjectNode object) {
      reader.readClaim(object);
    } else if (claim.isMissingNode() || claim.isNull()) {
      reader.readScopes(claims);
    } else {
      throw new MalformedClaim(CLAIM);
    }
    return reader;
  }

  Grants grants() {
    return new Grants(
        Optional.ofNullable(tier),
        Optional.ofNullable(tenant),
        Optional.ofNullable(models).map(Set::copyOf),
        Map.copyOf(limits));
  }

  /** Unknown keys of the {@code donna} claim and unknown scopes with the prefix {@code donna:}. */
  List<String> unknown() {
    return unknown;
  }

  private void readClaim(ObjectNode claim) throws MalformedClaim {
    tier = Claims.name(claim, "tier").orElse(null);
    tenant = Claims.name(claim, "tenant").orElse(null);
    if (claim.hasNonNull("models")) {
      models = new HashSet<>(Claims.strings("models", claim.path("models")));
    }
    if (claim.hasNonNull("limits")) {
      if (!(claim.get("limits") instanceof ObjectNode object)) {
        throw new MalformedClaim("limits");
      }
      for (var entry : object.properties()) {
        JsonNode value = entry.getValue();
        if (!value.isNumber() && !value.isString()) {
          throw new MalformedClaim(entry.getKey());
        }
        readLimit(entry.getKey(), value.asString(), "limits." + entry.getKey());
      }
    }
    for (String key : claim.propertyNames()) {
      if (!Set.of("tier", "tenant", "models", "limits").contains(key)) {
        unknown.add(CLAIM + "." + key);
      }
    }
  }

  private void readScopes(ObjectNode claims) throws MalformedClaim {
    for (String name : List.of("scope", "scp")) {
      JsonNode claim = claims.path(name);
      List<String> scopes =
          claim.isArray()
              ? Claims.strings(name, claim)
              : List.of(claim.asString("").split(" ", -1)); // RFC 8693, 4.2
      for (String scope : scopes) {
        if (scope.startsWith(SCOPE)) {
          readScope(scope.substring(SCOPE.length()));
        }
      }
    }
  }

  private void readScope(String scope) throws MalformedClaim {
    int equals = scope.indexOf('=');
    String key = equals < 0 ? scope : scope.substring(0, equals);
    String value = equals < 0 ? "" : scope.substring(equals + 1);
    switch (key) {
      case "tier" -> tier = only(tier, value);
      case "tenant" -> tenant = only(tenant, value);
      case "model" -> {
        Set<String> named = models == null ? new HashSet<>() : models;
        named.add(value);
        models = named;
      }
      default -> readLimit(key, value, SCOPE + key);
    }
  }

  /** Contradicting values make the token invalid. */
  private static String only(@Nullable String before, String value) throws MalformedClaim {
    if (value.isEmpty() || (before != null && !before.equals(value))) {
      throw new MalformedClaim("scope");
    }
    return value;
  }

  private void readLimit(String key, String value, String shown) throws MalformedClaim {
    Optional<TokenLimit> limit = TokenLimit.named(key);
    if (limit.isEmpty()) {
      unknown.add(shown);
      return;
    }
    BigDecimal number = number(key, value);
    boolean fits =
        number.signum() >= 0
            && number.compareTo(LARGEST) <= 0
            && (limit.get().isMoney() || number.stripTrailingZeros().scale() <= 0);
    if (!fits) {
      throw new MalformedClaim(key);
    }
    limits.merge(limit.get(), number, BigDecimal::min);
  }

  private static BigDecimal number(String key, String text) throws MalformedClaim {
    // Checked before parsing: 1e999999999 is short, but slow to compute with.
    if (text.length() > MOST_DIGITS || !text.matches("[0-9]+(\\.[0-9]+)?")) {
      throw new MalformedClaim(key);
    }
    return new BigDecimal(text);
  }
}
