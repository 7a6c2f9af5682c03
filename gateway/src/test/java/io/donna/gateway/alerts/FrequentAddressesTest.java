package io.donna.gateway.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.audit.MaskedAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrequentAddressesTest {
  private static final Duration WINDOW = Duration.ofSeconds(100);
  private static final MaskedAddress OFTEN = new MaskedAddress("2001:db8:1:2:xxxx");

  private final FrequentAddresses addresses = new FrequentAddresses();

  private static MaskedAddress address(int number) {
    return new MaskedAddress("2001:db8:" + (number >> 16) + ":" + (number & 0xFFFF) + ":xxxx");
  }

  private static long seconds(long number) {
    return Duration.ofSeconds(number).toNanos();
  }

  @Test
  void findsOneInAMillionAndRemembersFew() {
    Random random = new Random(1);
    int often = 0;
    for (int i = 0; i < 1_000_000; i++) {
      addresses.add(address(i));
      if (random.nextInt(100) == 0) {
        addresses.add(OFTEN);
        often++;
      }
      if (i % 20_000 == 0) {
        addresses.top(seconds(i / 20_000 * 2L), WINDOW);
        assertThat(addresses.size()).isLessThanOrEqualTo(12 * FrequentAddresses.MOST);
      }
    }

    FrequentAddresses.Top top = addresses.top(seconds(100), WINDOW).orElseThrow();
    assertThat(top.address()).isEqualTo(OFTEN);
    assertThat(top.attempts()).isBetween(often - 1_010_000L / 512, (long) often);
  }

  @Test
  void neverOverstatesWhateverOthersDo() {
    List<MaskedAddress> attempts = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      attempts.add(OFTEN);
    }
    for (int i = 0; i < 50_000; i++) {
      attempts.add(address(i % 5_000));
    }
    Collections.shuffle(attempts, new Random(2));

    attempts.forEach(addresses::add);

    assertThat(addresses.top(1, WINDOW).map(FrequentAddresses.Top::attempts).orElse(0L))
        .isLessThanOrEqualTo(30);
  }

  @Test
  void countsExactlyWhereFewAttempt() {
    for (int i = 0; i < FrequentAddresses.MOST; i++) {
      addresses.add(address(i));
    }
    addresses.add(address(7));

    assertThat(addresses.top(1, WINDOW)).contains(new FrequentAddresses.Top(address(7), 2));
  }

  @Test
  void forgetsWhatIsOlderThanTheWindow() {
    addresses.add(OFTEN);
    addresses.top(seconds(10), WINDOW);
    addresses.add(address(1));
    addresses.add(OFTEN);
    addresses.top(seconds(60), WINDOW);

    assertThat(addresses.top(seconds(109), WINDOW)).contains(new FrequentAddresses.Top(OFTEN, 2));
    assertThat(addresses.top(seconds(110), WINDOW).orElseThrow().attempts()).isEqualTo(1);
    assertThat(addresses.top(seconds(160), WINDOW)).isEmpty();
    assertThat(addresses.size()).isZero();
  }
}
