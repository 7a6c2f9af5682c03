package io.donna.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.admission.AddressRates.Decision;
import io.donna.gateway.config.RateLimit;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

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
    assertThat(first.quota().limit()).isEqualTo(3);
    assertThat(first.quota().remaining()).isEqualTo(2);
    assertThat(third.quota().remaining()).isZero();
    assertThat(fourth.allowed()).isFalse();
    assertThat(fifth.allowed()).isFalse();
    assertThat(fourth.quota().remaining()).isZero();
  }

  @Test
  void saysWhenTheWindowEnds() throws UnknownHostException {
    AddressRates rates = new AddressRates(new RateLimit(2, MINUTE));
    InetAddress client = InetAddress.getByName("192.0.2.1");

    for (int i = 0; i < 4; i++) {
      assertThat(rates.ask(client).quota().reset())
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

    assertThat(rates.ask(client).quota().remaining()).isEqualTo(3);
  }

  @Test
  void roundsTheWaitUpToWholeSeconds() {
    assertThat(new Quota(1, 0, Duration.ZERO).resetSeconds()).isEqualTo(1);
    assertThat(new Quota(1, 0, Duration.ofNanos(1)).resetSeconds()).isEqualTo(1);
    assertThat(new Quota(1, 0, Duration.ofSeconds(1)).resetSeconds()).isEqualTo(1);
    assertThat(new Quota(1, 0, Duration.ofMillis(1001)).resetSeconds()).isEqualTo(2);
    assertThat(new Quota(1, 0, Duration.ofSeconds(60)).resetSeconds()).isEqualTo(60);
  }
}
