package io.donna.gateway.guard;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import io.donna.gateway.config.Secret;
import io.donna.gateway.config.policy.GuardRule;
import io.donna.gateway.config.policy.GuardRule.Action;
import io.donna.gateway.config.policy.GuardRule.Means;
import io.donna.gateway.config.policy.GuardRule.Subject;
import io.donna.gateway.kit.Webhook;
import io.donna.gateway.telemetry.Telemetry;
import io.donna.gateway.webhook.Signature;
import io.donna.gateway.websocket.HeldBytes;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a webhook is sent. What its answers mean is told by {@link UserGuardTest}. */
class WebhookGuardTest {
  private static final Secret SECRET = new Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  private static final Utterance HELLO =
      new Utterance(Subject.USER, List.of("hello", "\"world\""), "s1");

  /** The example of the Standard Webhooks specification. */
  @Test
  void signsAsTheSpecificationDoes() {
    Signature signature = new Signature(SECRET, Clock.systemUTC());

    assertThat(signature.sign("msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}"))
        .isEqualTo("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  }

  @Test
  void signsWhatItAsks() throws IOException, InterruptedException, UnjudgeableTextException {
    try (Webhook webhook = Webhook.start();
        Guards guards = guards(Optional.of(SECRET))) {
      assertThat(guards.webhook(rule(webhook), webhook.uri()).matches(HELLO)).isFalse();

      Webhook.Question asked = webhook.questions().getFirst();
      assertThat(asked.body())
          .isEqualTo(
              "{\"guard\":\"g\",\"on\":\"user\",\"session\":\"s1\","
                  + "\"text\":\"hello\\n\\\"world\\\"\"}");
      Headers headers = asked.headers();
      String signed =
          headers.getFirst("webhook-id")
              + "."
              + headers.getFirst("webhook-timestamp")
              + "."
              + asked.body();
      assertThat(headers.getFirst("webhook-signature"))
          .isEqualTo("v1," + new Signature(SECRET, Clock.systemUTC()).sign(signed));
    }
  }

  @Test
  void signsNothingWithoutASecret()
      throws IOException, InterruptedException, UnjudgeableTextException {
    try (Webhook webhook = Webhook.start();
        Guards guards = guards(Optional.empty())) {
      guards.webhook(rule(webhook), webhook.uri()).matches(HELLO);

      assertThat(webhook.questions().getFirst().headers().keySet())
          .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("webhook-"));
    }
  }

  private static Guards guards(Optional<Secret> secret) {
    return new Guards(
        secret, Clock.systemUTC(), new HeldBytes(1 << 20), Set.of(), new Telemetry().guards());
  }

  private static GuardRule rule(Webhook webhook) {
    return new GuardRule(
        "g",
        Set.of(Subject.USER),
        new Means.Webhook(webhook.uri()),
        Action.CANCEL,
        "",
        false,
        Duration.ofSeconds(20),
        false);
  }
}
