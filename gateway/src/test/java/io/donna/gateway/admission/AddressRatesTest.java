package io.donna.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.admission.AddressRates.Decision;
import io.donna.gateway.config.RateLimit;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRatesTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void allowsExactlyTheRateThenRefuses() throws UnknownHostException {
    AddressRates rates = new AddressRates(new RateLimit(3, MINUTE));
    InetAddress client = InetAddress.getByName("192.0.2.1");

    Decision first = rates.ask(client);
    Decision second = rates.ask(client);
    Decision third = rates.ask(client);
    Decision fourth = rates.ask(client);
    Decision fifth = rates.ask(client);

    assertThat(new boolean[] {first.allowed(), second.allowed(), third.allowed()})
        .containsOnly(true);
    assertThat(first.rateLimit().limit()).isEqualTo(3);
    assertThat(first.rateLimit().remaining()).isEqualTo(2);
    assertThat(third.rateLimit().remaining()).isZero();
    assertThat(fourth.allowed()).isFalse();
    assertThat(fifth.allowed()).isFalse();
    assertThat(fourth.rateLimit().remaining()).isZero();
  }

  @Test
  void saysWhenTheWindowEnds() throws UnknownHostException {
    AddressRates rates = new AddressRates(new RateLimit(2, MINUTE));
    InetAddress client = InetAddress.getByName("192.0.2.1");

    for (int i = 0; i < 4; i++) {
      assertThat(rates.ask(client).rateLimit().reset())
          .isBetween(MINUTE.minusSeconds(10), MINUTE.plusMillis(1));
    }
  }

  @Test
  void countsAddressesApart() throws UnknownHostException {
    AddressRates rates = new AddressRates(new RateLimit(1, MINUTE));

    assertThat(rates.ask(InetAddress.getByName("192.0.2.1")).allowed()).isTrue();
    assertThat(rates.ask(InetAddress.getByName("192.0.2.2")).allowed()).isTrue();
    assertThat(rates.ask(InetAddress.getByName("2001:db8::")).allowed()).isTrue();
    assertThat(rates.ask(InetAddress.getByName("192.0.2.1")).allowed()).isFalse();
  }

  @Test
  void givesEverythingBackWhenTheWindowEnds() throws UnknownHostException {
    AddressRates rates = new AddressRates(new RateLimit(5, Duration.ofMillis(300)));
    InetAddress client = InetAddress.getByName("192.0.2.1");
    for (int i = 0; i < 5; i++) {
      rates.ask(client);
    }
    assertThat(rates.ask(client).allowed()).isFalse();

    await()
        .atMost(Duration.ofSeconds(5))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> rates.ask(client).allowed());

    assertThat(rates.ask(client).rateLimit().remaining()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE - 500})
  void countsByTheTimeThatGoesByAndNotByTheTimeOfDay(long start) throws UnknownHostException {
    AtomicLong nanos = new AtomicLong(start);
    AddressRates rates = new AddressRates(new RateLimit(1, Duration.ofNanos(1_000)), nanos::get);
    InetAddress client = InetAddress.getByName("192.0.2.1");

    assertThat(rates.ask(client).allowed()).isTrue();
    nanos.addAndGet(999);
    assertThat(rates.ask(client)).isEqualTo(refused(1, Duration.ofNanos(1)));
    nanos.addAndGet(1);
    assertThat(rates.ask(client).allowed()).isTrue();
    assertThat(rates.ask(client)).isEqualTo(refused(1, Duration.ofNanos(1_000)));
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, ::ffff:192.0.2.1, true",
    "2001:db8:1:2::1, 2001:db8:1:2:ffff::9, true",
    "2001:db8:1:2::1, 2001:db8:1:3::1, false",
    "192.0.2.1, 192.0.2.2, false",
    "192.0.2.1, 0:1:c000:201::, true", // no network that anyone has
    "192.0.2.1, c000:201::, false",
    "::1, 0.0.0.1, false"
  })
  void countsAnIpv6NetworkAndAMappedAddressAsOne(String one, String other, boolean same)
      throws UnknownHostException {
    AddressRates rates = new AddressRates(new RateLimit(1, MINUTE));
    rates.ask(InetAddress.getByName(one));

    assertThat(rates.ask(InetAddress.getByName(other)).allowed()).isEqualTo(!same);
  }

  @Test
  @Tag("figure")
  void tenMillionAddressesFreeNobodyAndTakeNoMoreThanSixteenMegabytes()
      throws UnknownHostException {
    List<AddressRates> held =
        new ArrayList<>(List.of(new AddressRates(new RateLimit(3, MINUTE), () -> 0)));

    expectTenMillionToFreeNobody(held.getFirst());

    // What goes with it, as others of this JVM take memory meanwhile.
    long full = usedHeap();
    held.clear();
    assertThat(full - usedHeap()).isBetween(8L << 20, 16L << 20);
  }

  private static void expectTenMillionToFreeNobody(AddressRates rates) throws UnknownHostException {
    InetAddress attacker = InetAddress.getByName("2001:db8:bad:bad::1");
    for (int i = 0; i < 3; i++) {
      rates.ask(attacker);
    }

    int refused = 0;
    for (int i = 0; i < 10_000_000; i++) {
      refused += rates.ask(network(i)).allowed() ? 0 : 1;
    }

    assertThat(rates.ask(attacker)).isEqualTo(refused(3, MINUTE));
    assertThat(refused).as("newcomers refused meanwhile").isZero();
    assertThat(rates.ask(attacker).allowed()).isFalse();
  }

  @Test
  void whoFillsTheTableWithAddressesThatHaveUsedUpTheirRateKeepsNewcomersOutAndFreesNone()
      throws UnknownHostException {
    AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5); // as nanoTime may be
    AddressRates rates = new AddressRates(new RateLimit(1, MINUTE), nanos::get);

    int allowed = 0;
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 2_000_000; i++) {
        allowed += rates.ask(network(i)).allowed() ? 1 : 0;
      }
    }

    assertThat(allowed).isBetween(520_000, 524_288);
    nanos.addAndGet(MINUTE.toNanos() - 1);
    assertThat(rates.ask(network(3_000_000))).isEqualTo(refused(1, Duration.ofNanos(1)));
    nanos.addAndGet(1);
    assertThat(rates.ask(network(3_000_000)).allowed()).isTrue();
  }

  /** Thousands of rows hold two or more of so many, and as good as never more than eight. */
  @Test
  void countsEachOfThirtyThousandAddressesApart() throws UnknownHostException {
    AddressRates rates = new AddressRates(new RateLimit(3, MINUTE), () -> 0);

    for (int left = 2; left >= 0; left--) {
      for (int i = 0; i < 30_000; i++) {
        assertThat(rates.ask(network(i)).rateLimit().remaining()).isEqualTo(left);
      }
    }
    for (int i = 0; i < 30_000; i++) {
      assertThat(rates.ask(network(i)).allowed()).isFalse();
    }
  }

  /** Values of the reference implementation, {@code fmix64} in MurmurHash3.cpp. */
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, b456bcfc34c2cb2c",
    "-1, 64b5720b4b825f21",
    "1311768467463790320, 18b8c062f6f42398",
  })
  void mixesAsMurmurHash3Does(long key, String mixed) {
    assertThat(Long.toHexString(AddressRates.mix(key))).isEqualTo(mixed);
  }

  @Test
  void givesExactlyTheRateToThoseWhoAskAtOnce() throws Exception {
    AddressRates rates = new AddressRates(new RateLimit(100, MINUTE));
    AtomicInteger allowed = new AtomicInteger();

    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int thread = 0; thread < 4; thread++) {
        threads.submit(() -> {
          for (int i = 0; i < 1_000; i++) {
            if (rates.ask(network(i % 20)).allowed()) {
              allowed.incrementAndGet();
            }
          }
          return true;
        });
      }
    }

    assertThat(allowed).hasValue(20 * 100);
  }

  private static Decision refused(int limit, Duration reset) {
    return new Decision(false, new RateLimitStatus(limit, 0, reset));
  }

  /** The first address of a /64 of its own. */
  private static InetAddress network(int number) throws UnknownHostException {
    byte[] octets = new byte[16];
    ByteBuffer.wrap(octets).putInt(0x2001_0DB8).putInt(number);
    return InetAddress.getByAddress(octets);
  }

  /**
   * The serial collector leaves dead objects of up to a twentieth of the heap where they are, but
   * for every fourth collection (MarkSweepDeadRatio, MarkSweepAlwaysCompactCount).
   */
  private static long usedHeap() {
    for (int i = 0; i < 4; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  @Test
  void roundsTheWaitUpToWholeSeconds() {
    assertThat(new RateLimitStatus(1, 0, Duration.ZERO).resetSeconds()).isEqualTo(1);
    assertThat(new RateLimitStatus(1, 0, Duration.ofNanos(1)).resetSeconds()).isEqualTo(1);
    assertThat(new RateLimitStatus(1, 0, Duration.ofSeconds(1)).resetSeconds()).isEqualTo(1);
    assertThat(new RateLimitStatus(1, 0, Duration.ofMillis(1001)).resetSeconds()).isEqualTo(2);
    assertThat(new RateLimitStatus(1, 0, Duration.ofSeconds(60)).resetSeconds()).isEqualTo(60);
  }
}
