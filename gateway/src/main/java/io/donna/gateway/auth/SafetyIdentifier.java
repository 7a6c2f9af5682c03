package io.donna.gateway.auth;

import io.donna.gateway.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The {@code OpenAI-Safety-Identifier} of a user: a stable keyed hash, so that without the key
 * nobody can identify the user or test a guess. Safe from any thread.
 */
public final class SafetyIdentifier {
  private static final String PURPOSE = "OpenAI-Safety-Identifier:";

  private final SecretKeySpec key;

  public SafetyIdentifier(Secret secret) {
    this.key = new SecretKeySpec(secret.bytes(), "HmacSHA256");
  }

  /** 64 hexadecimal digits. */
  public String of(User user) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return HexFormat.of()
          .formatHex(mac.doFinal((PURPOSE + user.id()).getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }
}
