package io.donna.gateway.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.donna.gateway.config.Secret;
import io.donna.gateway.event.EventId;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.Base64;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs webhook requests by the Standard Webhooks specification (1.0.0), so that its libraries
 * verify them. Safe from any thread.
 */
public final class Signature {
  private static final String ALGORITHM = "HmacSHA256";
  private static final String ENCODED = "whsec_";

  private final SecretKeySpec key;
  private final Clock clock;

  /**
   * Creates a signer. The key is {@code secret} itself; after a {@code whsec_} prefix, its base64
   * decoding.
   */
  public Signature(Secret secret, Clock clock) {
    byte[] bytes =
        secret.value().startsWith(ENCODED)
            ? Base64.getDecoder().decode(secret.value().substring(ENCODED.length()))
            : secret.bytes();
    this.key = new SecretKeySpec(bytes, ALGORITHM);
    this.clock = clock;
  }

  /** The signature headers for a message that is sent once. */
  public Map<String, String> of(String body) {
    return of(newId(), body);
  }

  /** An id by which a receiver recognises a message that is sent again. */
  public static String newId() {
    return EventId.next("msg_");
  }

  /** The signature headers for {@code body}, sent now. */
  public Map<String, String> of(String id, String body) {
    String timestamp = String.valueOf(clock.instant().getEpochSecond());
    return Map.of(
        "webhook-id", id,
        "webhook-timestamp", timestamp,
        "webhook-signature", "v1," + sign(id + "." + timestamp + "." + body));
  }

  /** The signature of {@code content}, in base64. */
  public String sign(String content) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return Base64.getEncoder().encodeToString(mac.doFinal(content.getBytes(UTF_8)));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible); // every JDK has HmacSHA256
    }
  }
}
