package io.donna.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.UpstreamRateLimits;
import io.donna.gateway.kit.Property;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OpeningRatesTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final UpstreamRateLimits LIMITS = new UpstreamRateLimits(10, 30, 60, SECOND);

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // as nanoTime may be
  private final OpeningRates rates = new OpeningRates(LIMITS, now::get);

  private static ClientAddress address(int number) {
    try {
      return new ClientAddress(
          InetAddress.getByAddress(
              new byte[] {10, (byte) (number >> 16), (byte) (number >> 8), (byte) number}));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private OpeningRates.Session session(int address, String user) {
    OpeningRates.Session session = rates.session(address(address));
    session.setUser(user);
    return session;
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private static int takeAll(OpeningRates.Session session) {
    int taken = 0;
    while (session.take().isZero()) {
      taken++;
    }
    return taken;
  }

  @Test
  void aSessionHasAMinutesWorthAtOnceAndGetsItBackEvenly() {
    OpeningRates.Session session = session(1, "ann");

    assertThat(takeAll(session)).isEqualTo(10);
    assertThat(session.take()).isEqualTo(Duration.ofSeconds(6));
    pass(Duration.ofSeconds(6));
    assertThat(takeAll(session)).isEqualTo(1);
    pass(Duration.ofHours(1));
    assertThat(takeAll(session)).isEqualTo(10);
  }

  @Test
  void aUserHasOneRateOverAllSessionsAndAddresses() {
    int taken = 0;
    for (int i = 0; i < 100; i++) {
      taken += takeAll(session(i, "ann"));
    }

    assertThat(taken).isEqualTo(30);
    assertThat(takeAll(session(1, "bob"))).isEqualTo(10);
  }

  @Test
  void anAddressHasOneRateOverAllUsers() {
    int taken = 0;
    for (int i = 0; i < 100; i++) {
      taken += takeAll(session(1, "user" + i));
    }

    assertThat(taken).isEqualTo(60);
    assertThat(takeAll(session(2, "user1"))).isEqualTo(10);
  }

  @Test
  void aUserWhoIsRefusedForTheAddressKeepsItsOwnRate() {
    for (int i = 0; i < 6; i++) {
      takeAll(session(1, "neighbour" + i));
    }
    for (int i = 0; i < 100; i++) {
      assertThat(session(1, "ann").take()).isEqualTo(SECOND);
    }

    int elsewhere = 0;
    for (int i = 0; i < 5; i++) {
      elsewhere += takeAll(session(2, "ann"));
    }
    assertThat(elsewhere).isEqualTo(30);
  }

  @Test
  void aSessionThatIsRefusedForItselfTakesNothingFromItsNeighbours() {
    OpeningRates.Session greedy = session(1, "ann");
    takeAll(greedy);
    for (int i = 0; i < 1_000; i++) {
      greedy.take();
    }

    int others = 0;
    for (int i = 0; i < 5; i++) {
      others += takeAll(session(1, "neighbour" + i));
    }
    assertThat(others).isEqualTo(50);
  }

  @Test
  void failuresInARowRestLongerAndLongerAndAtMostThirtySeconds() {
    OpeningRates.Session session = session(1, "ann");
    session.failed();
    assertThat(session.take()).isZero();

    for (int seconds : new int[] {1, 2, 4, 8, 16, 30, 30}) {
      session.failed();
      session.failed(); // at the same time: begun before the rest
      assertThat(session.take()).isEqualTo(Duration.ofSeconds(seconds));
      assertThat(session(2, "ann").take()).isEqualTo(Duration.ofSeconds(seconds));
      assertThat(session(1, "bob").take()).isZero();
      pass(Duration.ofSeconds(seconds));
    }
    session.succeeded();
    session.failed();
    assertThat(session.take()).isZero();
  }

  @Test
  void forgetsFailuresAfterAWhile() {
    OpeningRates.Session session = session(1, "ann");
    session.failed();
    pass(Duration.ofMinutes(6));
    session.failed();

    assertThat(session.take()).isZero();
  }

  @Test
  void whereThereAreNoUsersTheAddressRests() {
    rates.session(address(1)).failed();
    rates.session(address(1)).failed();

    assertThat(rates.session(address(1)).take()).isEqualTo(SECOND);
    assertThat(rates.session(address(2)).take()).isZero();
  }

  @Test
  void whereThereAreNoUsersASuccessEndsTheRowOfFailures() {
    OpeningRates.Session session = rates.session(address(1));
    session.failed();
    session.succeeded();
    session.failed();

    assertThat(session.take()).isZero();
    assertThat(rates.session(address(1)).take()).isZero();
  }

  @Test
  void aSessionThatKeepsFailingRestsAlthoughOthersOfItsUserSucceed() {
    OpeningRates.Session failing = session(1, "ann");
    failing.failed();
    session(1, "ann").succeeded();
    failing.failed();

    assertThat(failing.take()).isEqualTo(SECOND);
    assertThat(session(1, "ann").take()).isZero();
  }

  @Test
  void noFloodOfOtherKeysEmptiesOneThatIsUsedUp() {
    RateBuckets paces = new RateBuckets(2, SECOND, () -> 0);
    long victim = paces.key(new byte[] {7});
    while (paces.take(victim) == 0) {
      // Until it is used up.
    }
    for (int i = 0; i < 2_000; i++) {
      long sameRow = (victim & ~0xFFFFL) | i;
      paces.take(sameRow);
      paces.failed(sameRow);
    }

    assertThat(paces.take(victim)).isPositive();
  }

  @Test
  void whateverIsAskedInWhateverOrderNobodyHasMoreThanItsRate() {
    Property.holds(
        200,
        choices -> {
          AtomicLong time = new AtomicLong();
          OpeningRates tried = new OpeningRates(new UpstreamRateLimits(3, 5, 7, SECOND), time::get);
          int[] ofUser = new int[3];
          int[] ofAddress = new int[3];
          while (choices.hasMore()) {
            int user = choices.upTo(2);
            int from = choices.upTo(2);
            OpeningRates.Session session = tried.session(address(from));
            session.setUser("user" + user);
            int mine = 0;
            for (int i = choices.upTo(4); i > 0; i--) {
              if (session.take().isZero()) {
                mine++;
                ofUser[user]++;
                ofAddress[from]++;
              }
            }
            assertThat(mine).isLessThanOrEqualTo(3);
            if (choices.yes()) {
              session.failed();
            } else {
              session.succeeded();
            }
          }
          assertThat(Arrays.stream(ofUser).max().orElseThrow()).isLessThanOrEqualTo(5);
          assertThat(Arrays.stream(ofAddress).max().orElseThrow()).isLessThanOrEqualTo(7);
        });
  }
}
