package io.donna.gateway.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.audit.MaskedAddress;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.config.alerts.AlertKind;
import io.donna.gateway.config.alerts.AlertRule;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** When each alert begins, when it ends, and how often that is told. */
class AlertsTest {
  private static final Duration WINDOW = Duration.ofMinutes(5);
  private static final Duration RESOLVE_AFTER = Duration.ofMinutes(2);
  private static final MaskedAddress IP = new MaskedAddress("198.51.100.xxx");

  private WatchedHouse house = new WatchedHouse();

  static Stream<Arguments> countedEvents() {
    return Stream.of(
        Arguments.of(
            AlertKind.CONNECTIONS_BLOCKED,
            100,
            List.of(
                new SecurityEvent.ConnectionBlockedFeatureDisabled(IP),
                new SecurityEvent.ConnectionBlockedInvalidOrigin(IP, "https://evil.example"),
                new SecurityEvent.ConnectionBlockedInvalidHost(IP, "evil.example"),
                new SecurityEvent.ConnectionBlockedRateLimit(IP),
                new SecurityEvent.ConnectionBlockedConnectionLimit(IP, 3, 3),
                new SecurityEvent.ConnectionBlockedCapacity(IP))),
        Arguments.of(
            AlertKind.AUTHENTICATION_FAILURES,
            50,
            List.of(
                new SecurityEvent.AuthFailedNoToken(IP),
                new SecurityEvent.AuthFailedInvalidToken(IP, Optional.empty(), "jwt expired"),
                new SecurityEvent.HttpAuthFailed(IP, "/v1/x", "jwt expired"))),
        Arguments.of(
            AlertKind.RATE_LIMIT_EXCEEDED,
            100,
            List.of(new SecurityEvent.RateLimitExceeded(IP, "/test"))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("countedEvents")
  void beginsAtTheThresholdOfEventsAndEndsAfterTheirWindow(
      AlertKind kind, int threshold, List<SecurityEvent> events) {
    for (int i = 1; i < threshold; i++) {
      house.happens(1, new SecurityEvent.OfSession(events.get(i % events.size()), "s1"));
    }
    assertThat(house.look().isActive(kind)).isFalse();

    house.happens(1, events.getFirst());
    assertThat(house.look().isActive(kind)).isTrue();
    assertThat(house.told()).contains(kind.key() + " active " + threshold);

    house.pass(WINDOW.plus(RESOLVE_AFTER).minusSeconds(2));
    assertThat(house.isActive(kind)).isTrue();
    house.pass(Duration.ofSeconds(4));
    assertThat(house.isActive(kind)).isFalse();
    assertThat(house.told()).contains(kind.key() + " resolved 0");
  }

  @Test
  void doesNotAddUpEventsOfMoreThanTheWindow() {
    for (int i = 0; i < 6; i++) {
      house.happens(49, new SecurityEvent.RateLimitExceeded(IP, "/test"));
      house.pass(Duration.ofMinutes(3));
    }

    assertThat(house.isActive(AlertKind.RATE_LIMIT_EXCEEDED)).isFalse();
  }

  @Test
  void namesTheAddressWithMostAttempts() {
    for (int i = 0; i < 40; i++) {
      house.happens(1, WatchedHouse.failedAuthentication("203.0." + i + ".xxx"));
    }
    house.happens(49, new SecurityEvent.BlockedInvalidOrigin(IP, "null", "/test"));
    assertThat(house.look().isActive(AlertKind.ATTEMPTS_FROM_ONE_ADDRESS)).isFalse();

    house.happens(1, new SecurityEvent.ConnectionAuthTimeout(IP));
    house.look();

    assertThat(house.told()).containsExactly("attempts_from_one_address active 50 198.51.100.xxx");
    house.pass(WINDOW.plus(RESOLVE_AFTER).plusSeconds(40));
    assertThat(house.alerts().active()).isEmpty();
  }

  @Test
  void accusesNoAddressOfWhatIsTheGatewaysOwnState() {
    house.happens(90, new SecurityEvent.ConnectionBlockedFeatureDisabled(IP));
    house.happens(500, new SecurityEvent.ConnectionEstablished(IP, 1));
    house.happens(500, new SecurityEvent.AuthSuccess(IP, "ann"));

    assertThat(house.look().alerts().active()).isEmpty();
  }

  @Test
  void hasOneAlertForEachTierOverItsBudget() {
    house.budgets.put("free", 0.79);
    house.budgets.put("gold", 0.95);
    house.look();
    assertThat(house.told()).containsExactly("budget_used active 0.95 gold");

    house.budgets.put("free", 0.8);
    house.look();
    assertThat(house.alerts().active()).hasSize(2);
    assertThat(house.alerts().activeByKind()).containsEntry("budget_used", 2.0);

    house.budgets.put("gold", 0.0);
    house.pass(RESOLVE_AFTER.plusSeconds(2));
    assertThat(house.told())
        .containsExactly(
            "budget_used active 0.95 gold",
            "budget_used active 0.8 free",
            "budget_used resolved 0 gold");
  }

  @Test
  void endsTheAlertOfATierThatIsGone() {
    house.budgets.put("gold", 0.95);
    house.look();

    house.budgets.clear();
    house.look();

    assertThat(house.told())
        .containsExactly("budget_used active 0.95 gold", "budget_used resolved 0.95 gold");
  }

  @Test
  void judgesTheOpeningsOfAServerInTheWindow() {
    house.opens("azure", 1_000, 0);
    house.look();
    house.pass(WINDOW);
    house.opens("azure", 18, 0);
    house.opens("openai", 4, 4);
    assertThat(house.look().alerts().active()).as("too few attempts").isEmpty();

    house.opens("azure", 2, 2);
    house.look();
    assertThat(house.told()).containsExactly("upstream_failing active 0.1 azure");

    house.opens("openai", 1, 0);
    house.look();
    assertThat(house.told()).last().isEqualTo("upstream_failing active 0.8 openai");

    house.pass(WINDOW.plus(RESOLVE_AFTER).plusSeconds(2));
    assertThat(house.alerts().active()).isEmpty();
  }

  @Test
  void judgesTheWaitThatOneAnswerInTwentyExceeds() {
    house.answers(95, 0.4);
    house.answers(5, 5);
    assertThat(house.look().alerts().active()).isEmpty();

    house.answers(1, 5);
    house.look();

    assertThat(house.told()).singleElement().asString().startsWith("slow_answers active 3.");
    house.answers(1_000, 0.4);
    house.pass(RESOLVE_AFTER.plusSeconds(2));
    assertThat(house.alerts().active()).isEmpty();
  }

  @Test
  void judgesNoHandfulOfAnswers() {
    house.answers(19, 30);
    assertThat(house.look().alerts().active()).isEmpty();

    house.answers(1, 30);
    assertThat(house.look().told()).containsExactly("slow_answers active 10");
  }

  @Test
  void raisesAnAlertOnDescriptorsThatStayOpen() {
    house.descriptors = 0.8;
    house.pass(Duration.ofSeconds(58));
    house.descriptors = 0.7;
    house.pass(Duration.ofSeconds(2));
    house.descriptors = 0.9;
    house.pass(Duration.ofSeconds(60));
    assertThat(house.alerts().active()).isEmpty();

    house.pass(Duration.ofSeconds(2));
    assertThat(house.told()).containsExactly("descriptors active 0.9");

    house.descriptors = -1;
    house.look();
    assertThat(house.told()).last().isEqualTo("descriptors resolved 0.9");
  }

  @Test
  void raisesAnAlertOnOneLostLine() {
    house.look();
    assertThat(house.told()).isEmpty();

    house.linesLost = 1;
    house.look();
    assertThat(house.told()).containsExactly("log_lines_lost active 1");

    house.pass(WINDOW.plus(RESOLVE_AFTER).plusSeconds(2));
    assertThat(house.told()).last().isEqualTo("log_lines_lost resolved 0");
  }

  @Test
  void raisesAnAlertWhenRedisHasNotAnsweredForFiveSeconds() {
    house.look();
    house.redisOutage = Optional.of(Duration.ofMillis(4_999));
    house.look();
    assertThat(house.told()).isEmpty();

    house.redisOutage = Optional.of(Duration.ofSeconds(5));
    house.look();
    assertThat(house.told()).containsExactly("redis_not_answering active 5");

    house.redisOutage = Optional.of(Duration.ZERO);
    house.pass(RESOLVE_AFTER.plusSeconds(2));
    assertThat(house.told()).last().isEqualTo("redis_not_answering resolved 0");
  }

  @Test
  void raisesAnAlertTwoWeeksBeforeTheCertificateExpires() {
    house.expiry = Optional.of(house.now().plus(Duration.ofDays(14)).plusSeconds(120));
    assertThat(house.look().alerts().active()).isEmpty();

    house.pass(Duration.ofMinutes(2));
    assertThat(house.told()).containsExactly("certificate_expiring active 14");

    house.expiry = Optional.of(house.now().plus(Duration.ofDays(90)));
    house.pass(RESOLVE_AFTER.plusSeconds(2));
    assertThat(house.told()).last().asString().startsWith("certificate_expiring resolved");
  }

  @Test
  void raisesAnAlertOnEachModelThatIsAboutToEnd() {
    house.models.addAll(
        List.of("gpt-realtime-2.1", "gpt-realtime", "gpt-realtime-mini-2025-12-15", "whisper-1"));
    house.look();

    assertThat(house.told())
        .containsExactly(
            "model_retiring active 50.5 gpt-realtime",
            "model_retiring active 50.5 gpt-realtime-mini-2025-12-15");

    house.setClock(Instant.parse("2026-12-28T00:00:00Z"));
    house.look();
    assertThat(house.told()).last().isEqualTo("model_retiring active 60 whisper-1");

    house.setClock(Instant.parse("2027-06-01T00:00:00Z"));
    house.look();
    assertThat(house.alerts().active()).hasSize(3).allMatch(alert -> alert.value().signum() == 0);
  }

  @Test
  void tellsOfAFloodOnceInACoolDown() {
    for (int minute = 0; minute < 60; minute++) {
      house.happens(10_000, WatchedHouse.blocked());
      house.happens(10_000, WatchedHouse.failedAuthentication("203.0." + minute + ".xxx"));
      house.pass(Duration.ofMinutes(1));
    }

    assertThat(house.told())
        .hasSize(3)
        .satisfiesExactlyInAnyOrder(
            told -> assertThat(told).startsWith("connections_blocked active"),
            told -> assertThat(told).startsWith("authentication_failures active"),
            told -> assertThat(told).startsWith("attempts_from_one_address active"));
  }

  @Test
  void tellsOfAValueThatMovesAboutItsThresholdOnceInACoolDown() {
    for (int i = 0; i < 60; i++) {
      house.budgets.put("free", i % 2 == 0 ? 0.81 : 0.79);
      house.pass(Duration.ofSeconds(60));
      assertThat(house.isActive(AlertKind.BUDGET_USED)).isTrue();
    }
    assertThat(house.told()).containsExactly("budget_used active 0.81 free");
  }

  @Test
  void tellsOfAnAlertThatComesAndGoesNoMoreThanItsCoolDownPermits() {
    List<Instant> begins = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      int before = house.told().size();
      house.budgets.put("free", 0.9);
      house.pass(Duration.ofMinutes(1));
      if (house.told().size() > before) {
        begins.add(house.now());
      }
      house.budgets.put("free", 0.1);
      house.pass(RESOLVE_AFTER.plusSeconds(2));
    }

    assertThat(begins).hasSizeBetween(7, 9);
    for (int i = 1; i < begins.size(); i++) {
      assertThat(Duration.between(begins.get(i - 1), begins.get(i)))
          .isGreaterThanOrEqualTo(Duration.ofMinutes(14));
    }
    assertThat(house.told().stream().filter(line -> line.contains("resolved")))
        .hasSameSizeAs(begins);
  }

  @Test
  void tellsAtTheEndOfTheCoolDownOfWhatBeganInIt() {
    house.budgets.put("free", 0.9);
    house.look();
    house.budgets.put("free", 0.1);
    house.pass(RESOLVE_AFTER.plusSeconds(2));
    house.budgets.put("free", 0.9);
    house.pass(Duration.ofMinutes(12));
    assertThat(house.isActive(AlertKind.BUDGET_USED)).isTrue();
    assertThat(house.told()).hasSize(2);

    house.pass(Duration.ofMinutes(1));

    assertThat(house.told()).hasSize(3).last().isEqualTo("budget_used active 0.9 free");
  }

  @Test
  void losesNoWindowToAClockThatIsSetBack() {
    house.happens(40, WatchedHouse.failedAuthentication("203.0.113.xxx"));
    house.pass(Duration.ofMinutes(4));
    house.setClock(WatchedHouse.BEGIN.minus(Duration.ofDays(1)));
    house.look();
    house.happens(10, WatchedHouse.failedAuthentication("203.0.113.xxx"));

    assertThat(house.look().isActive(AlertKind.AUTHENTICATION_FAILURES)).isTrue();

    house.pass(WINDOW.plus(RESOLVE_AFTER).plusSeconds(40));
    assertThat(house.alerts().active()).isEmpty();
  }

  @Test
  void saysNothingOfAnAlertThatIsTurnedOff() {
    AlertRule usual = AlertKind.BUDGET_USED.usual();
    house =
        new WatchedHouse(
            WatchedHouse.with(
                AlertKind.BUDGET_USED,
                new AlertRule(false, usual.threshold(), usual.window(), usual.minimum())));
    house.budgets.put("free", 1.0);
    house.linesLost = 1;
    house.look();

    assertThat(house.told()).containsExactly("log_lines_lost active 1");
    assertThat(house.alerts().activeByKind())
        .doesNotContainKey("budget_used")
        .containsEntry("log_lines_lost", 1.0)
        .containsEntry("descriptors", 0.0);
  }

  @Test
  void showsWhatIsActiveWithItsValueAndSinceWhen() {
    house.pass(Duration.ofSeconds(10));
    house.budgets.put("free", 0.9);
    house.pass(Duration.ofSeconds(2));
    house.budgets.put("free", 0.95);
    house.pass(Duration.ofMinutes(1));

    assertThat(house.alerts().active())
        .containsExactly(
            new Alert(
                AlertKind.BUDGET_USED,
                Optional.of("free"),
                WatchedHouse.BEGIN.plusSeconds(12),
                new BigDecimal("0.95"),
                AlertKind.BUDGET_USED.usual()));
  }
}
