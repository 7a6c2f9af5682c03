package io.donna.gateway.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.LogFormat;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RateLimitedSecurityLogTest {
  private static final MaskedAddress ONE = new MaskedAddress("192.0.2.xxx");
  private static final MaskedAddress TWO = new MaskedAddress("198.51.100.xxx");

  private final AtomicLong nanos = new AtomicLong();
  private final List<SecurityEvent> written = new ArrayList<>();
  private final List<Runnable> later = new ArrayList<>();
  private final RateLimitedSecurityLog log =
      new RateLimitedSecurityLog(written::add, nanos::get, later::add);

  private int recorded;

  private void record(SecurityEvent event) {
    recorded++;
    log.record(event);
  }

  private void secondPasses() {
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
    List<Runnable> due = List.copyOf(later);
    later.clear();
    due.forEach(Runnable::run);
  }

  @AfterEach
  void losesNoEventFromTheCounts() {
    log.close();

    assertThat(
            written.stream()
                .mapToInt(event ->
                    event instanceof SecurityEvent.Repeated repeated ? repeated.repeated() : 1)
                .sum())
        .isEqualTo(recorded);
  }

  @Test
  void writesTheFirstOfASecondAndThenHowManyThereWere() {
    for (int i = 0; i < 13_000; i++) {
      record(new SecurityEvent.RateLimitExceeded(ONE, "/" + i));
    }
    assertThat(written).containsExactly(new SecurityEvent.RateLimitExceeded(ONE, "/0"));

    secondPasses();

    assertThat(written)
        .containsExactly(
            new SecurityEvent.RateLimitExceeded(ONE, "/0"),
            new SecurityEvent.Repeated(new SecurityEvent.RateLimitExceeded(ONE, "/12999"), 12_999));
  }

  @Test
  void writesTheSecondOfTwoAsItWas() {
    record(new SecurityEvent.RateLimitExceeded(ONE, "/a"));
    record(new SecurityEvent.RateLimitExceeded(ONE, "/b"));
    secondPasses();

    assertThat(written)
        .containsExactly(
            new SecurityEvent.RateLimitExceeded(ONE, "/a"),
            new SecurityEvent.RateLimitExceeded(ONE, "/b"));
  }

  @Test
  void tellsKindsAndAddressesApart() {
    record(new SecurityEvent.AuthFailedNoToken(ONE));
    record(new SecurityEvent.AuthFailedNoToken(TWO));
    record(new SecurityEvent.ConnectionAuthTimeout(ONE));

    assertThat(written).hasSize(3);
  }

  static Stream<SecurityEvent> events() {
    return LineSecurityLogTest.events().map(row -> (SecurityEvent) row.get()[0]);
  }

  @ParameterizedTest
  @MethodSource("events")
  void knowsEveryEventThatNamesAUser(SecurityEvent event) {
    SecurityEvent own =
        switch (event) {
          case SecurityEvent.OfSession(SecurityEvent of, String _) -> of;
          case SecurityEvent.Repeated(SecurityEvent last, int _) -> last;
          default -> event;
        };

    assertThat(event.namesUser())
        .isEqualTo(
            Stream.of(own.getClass().getRecordComponents())
                .anyMatch(component -> component.getName().equals("userId")));
  }

  static Stream<Arguments> checks() {
    Optional<String> nobody = Optional.empty();
    Optional<String> ann = Optional.of("ann");
    return Stream.of(
        Arguments.of(
            new SecurityEvent.HandshakeTokenIgnored(ONE, nobody, Optional.of("jwt malformed")),
            new SecurityEvent.HandshakeTokenIgnored(ONE, ann, Optional.empty())),
        Arguments.of(
            new SecurityEvent.AuthFailedInvalidToken(ONE, nobody, "jwt malformed"),
            new SecurityEvent.AuthFailedInvalidToken(ONE, ann, "renewal refused")));
  }

  @ParameterizedTest
  @MethodSource("checks")
  void writesTheLineOfAStolenTokenBetweenThoseOfNone(SecurityEvent none, SecurityEvent stolen) {
    for (SecurityEvent event : List.of(none, stolen, none)) {
      record(new SecurityEvent.OfSession(event, "s"));
    }

    assertThat(written).contains(new SecurityEvent.OfSession(stolen, "s"));
  }

  @Test
  void writesTheLineOfAStolenTokenThoughMoreAddressesTryNone() {
    for (int i = 0; i < 2 * RateLimitedSecurityLog.MOST_ADDRESSES; i++) {
      record(
          new SecurityEvent.HandshakeTokenIgnored(
              new MaskedAddress("192.0." + i + ".xxx"),
              Optional.empty(),
              Optional.of("jwt malformed")));
    }
    SecurityEvent stolen =
        new SecurityEvent.HandshakeTokenIgnored(ONE, Optional.of("ann"), Optional.empty());
    record(stolen);

    assertThat(written).contains(stolen);
  }

  @Test
  void beginsAnewWithEachSecond() {
    for (int i = 0; i < 5; i++) {
      record(new SecurityEvent.AuthFailedNoToken(ONE));
      secondPasses();
    }

    assertThat(written).hasSize(5).doesNotHaveAnyElementsOfTypes(SecurityEvent.Repeated.class);
    assertThat(later).isEmpty();
  }

  @Test
  void saysWhatWasLeftOutThoughNothingFollows() {
    record(new SecurityEvent.AuthFailedNoToken(ONE));
    record(new SecurityEvent.AuthFailedNoToken(ONE));
    record(new SecurityEvent.AuthFailedNoToken(ONE));

    assertThat(later).hasSize(1);
    secondPasses();
    assertThat(written).hasSize(2);
  }

  @Test
  void writesNoMoreHoweverManyAddressesThereAre() {
    for (int i = 0; i < 100_000; i++) {
      record(
          new SecurityEvent.ConnectionBlockedRateLimit(
              new MaskedAddress("2001:db8:1:" + Integer.toHexString(i % 65_536) + ":xxxx")));
    }
    secondPasses();

    assertThat(written).hasSizeLessThan(2 * RateLimitedSecurityLog.MOST_ADDRESSES + 3);
  }

  @Test
  void writesEachOfAnOfficeThatSignsInAtOnce() {
    IntStream.range(0, 50)
        .forEach(user -> record(new SecurityEvent.AuthSuccess(ONE, "user" + user)));
    assertThat(written).hasSize(50);

    IntStream.range(0, 50)
        .forEach(user -> record(new SecurityEvent.AuthSuccess(ONE, "again" + user)));
    assertThat(written).hasSize(50);
  }

  @Test
  void writesTheLinesOfAnOfficeThoughOneOfItsSessionsRenewsInALoop() {
    for (int i = 0; i < 10_000; i++) {
      record(new SecurityEvent.OfSession(new SecurityEvent.AuthSuccess(ONE, "mallory"), "loop"));
    }
    assertThat(written).hasSize(SecurityEvent.OF_SUBJECT);

    for (int i = 0; i < SecurityEvent.OF_ADMITTED - SecurityEvent.OF_SUBJECT; i++) {
      SecurityEvent other =
          new SecurityEvent.OfSession(new SecurityEvent.AuthSuccess(ONE, "user" + i), "s" + i);
      record(other);
      assertThat(written).endsWith(other);
    }
  }

  @Test
  void writesTheClientSecretsOfOthersThoughOneUserAsksInALoop() {
    for (int i = 0; i < 100; i++) {
      record(new SecurityEvent.ClientSecretRefused(ONE, "mallory", "invalid_value"));
    }
    SecurityEvent other = new SecurityEvent.ClientSecretRefused(ONE, "ann", "invalid_value");
    record(other);

    assertThat(written).hasSize(SecurityEvent.OF_SUBJECT + 1).endsWith(other);
  }

  @Test
  void writesOneFindingOfEachGuardASecondForASession() {
    for (int i = 0; i < 45; i++) {
      for (String guard : List.of("words", "numbers")) {
        record(
            new SecurityEvent.OfSession(
                new SecurityEvent.GuardMatched(ONE, "ann", guard, "user", "cancel"), "s"));
        record(
            new SecurityEvent.OfSession(
                new SecurityEvent.GuardFailed(ONE, "ann", guard, "user", "late", true), "s"));
      }
    }

    assertThat(written).hasSize(4);
  }

  @Test
  void writesEverySessionThatAnOperatorEnds() {
    IntStream.range(0, 10_000)
        .forEach(user -> record(new SecurityEvent.AuthRevoked(ONE, "user" + user)));

    assertThat(written).hasSize(10_000);
  }

  @Test
  void addsTheCountToTheLineOfTheEvent() {
    List<String> lines = new ArrayList<>();
    Clock clock = Clock.fixed(Instant.parse("2026-03-01T12:00:00.123Z"), ZoneOffset.UTC);
    SecurityEvent repeated =
        new SecurityEvent.Repeated(new SecurityEvent.RateLimitExceeded(ONE, "/test"), 12_999);

    new LineSecurityLog(LogFormat.TEXT, clock, (kind, events, line) -> lines.add(line))
        .record(repeated);
    new LineSecurityLog(LogFormat.JSON, clock, (kind, events, line) -> lines.add(line))
        .record(repeated);

    assertThat(lines.stream().map(line -> line.replaceAll(",\"@timestamp.*", "}")))
        .containsExactly(
            "🔒 [SECURITY] HTTP_RATE_LIMIT_EXCEEDED:"
                + " {\"ip\":\"192.0.2.xxx\",\"path\":\"/test\",\"repeated\":12999,"
                + "\"timestamp\":\"2026-03-01T12:00:00.123Z\"}",
            "{\"timestamp\":\"2026-03-01T12:00:00.123Z\",\"level\":\"INFO\",\"logger\":\"security\","
                + "\"event\":\"HTTP_RATE_LIMIT_EXCEEDED\",\"ip\":\"192.0.2.xxx\",\"path\":\"/test\",\"repeated\":12999}");
  }
}
