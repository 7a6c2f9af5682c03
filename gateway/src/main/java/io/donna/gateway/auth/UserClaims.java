package io.donna.gateway.auth;

import java.util.HashSet;
import java.util.Set;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A user in the claims of the gateway's own tokens, with all that may end the user's sessions. */
final class UserClaims {
  private UserClaims() {}

  static void write(User user, ObjectNode claims) {
    claims.put("sub", user.id());
    user.expiry().ifPresent(end -> claims.put("user_exp", end.getEpochSecond()));
    user.issuedAt().ifPresent(at -> claims.put("user_iat", at.getEpochSecond()));
    user.tokenIds().forEach(claims.putArray("user_jti")::add);
    claims.set("donna", write(user.grants()));
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

  /** The user, with the expiry and ids of the user's tokens, which end sessions, and this one's. */
  static User read(Claims claims) throws MalformedClaim {
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
}
