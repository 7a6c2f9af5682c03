package io.donna.gateway.guard;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.donna.gateway.config.policy.GuardRule;
import io.donna.gateway.webhook.Signature;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Asks the operator's webhook for a verdict. Does not follow redirects, so that no other service
 * sees the words. Any answer but {@code {"verdict":"allow"}} and {@code {"verdict":"match"}} is a
 * failure. Safe from any thread.
 */
final class WebhookGuard {
  private static final int MAX_BYTES = 64 * 1024;
  private static final JsonMapper MAPPER = JsonMapper.shared();

  /** Statuses due to the operator's set-up or to load: credentials, address, timeout, rate. */
  private static final Set<Integer> NOT_DUE_TO_WORDS = Set.of(401, 403, 404, 408, 429);

  private final GuardRule rule;
  private final URI url;
  private final HttpClient http;
  private final Optional<Signature> signature;

  WebhookGuard(GuardRule rule, URI url, HttpClient http, Optional<Signature> signature) {
    this.rule = rule;
    this.url = url;
    this.http = http;
    this.signature = signature;
  }

  /**
   * Whether the webhook's verdict is a match. Blocks until it answers or the thread is interrupted.
   *
   * @throws IOException if it gives no verdict; the message holds none of the words
   * @throws Unjudgeable if it refuses the request with a 4xx status that only the words can have
   *     caused
   */
  boolean matches(Utterance utterance)
      throws IOException, InterruptedException, UnjudgeableTextException {
    String question =
        MAPPER
            .createObjectNode()
            .put("guard", rule.name())
            .put("on", utterance.subject().key())
            .put("session", utterance.session())
            .put("text", utterance.text())
            .toString();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url)
            .timeout(rule.timeout())
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .header("User-Agent", "donna-gateway")
            .POST(HttpRequest.BodyPublishers.ofString(question));
    signature.ifPresent(signing -> signing.of(question).forEach(request::header));
    HttpResponse<byte[]> answer =
        http.send(request.build(), BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BYTES));
    int status = answer.statusCode();
    if (status >= 400 && status < 500 && !NOT_DUE_TO_WORDS.contains(status)) {
      throw new UnjudgeableTextException("answers " + status);
    }
    if (status != 200) {
      throw new IOException("answers " + status);
    }
    return switch (verdict(answer.body())) {
      case "allow" -> false;
      case "match" -> true;
      default -> throw new IOException("gives no verdict");
    };
  }

  private static String verdict(byte[] body) {
    try {
      return MAPPER.readTree(new String(body, UTF_8)).path("verdict").asString("");
    } catch (JacksonException malformed) {
      return "";
    }
  }
}
