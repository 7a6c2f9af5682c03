package io.donna.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.AddressRange;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.AbstractList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForwardedForTest {
  private static final InetAddress PROXY = ip("10.0.0.1");

  private final ForwardedFor forwardedFor =
      new ForwardedFor(
          Stream.of("10.0.0.0/8", "2001:db8:aaaa::/48")
              .map(range -> AddressRange.parse(range).orElseThrow())
              .toList());

  /** Each would be read for every request, of 32 kB, on an event loop. */
  @Test
  void doesNotReadWhatSomebodySaysWhomItDoesNotTrust() {
    List<String> unread =
        new AbstractList<>() {
          @Override
          public String get(int index) {
            throw new AssertionError("read");
          }

          @Override
          public int size() {
            throw new AssertionError("read");
          }
        };

    assertThat(forwardedFor.client(ip("198.51.100.7"), unread, unread))
        .isEqualTo(ip("198.51.100.7"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "198.51.100.7 | 198.51.100.7",
        "  198.51.100.7  | 198.51.100.7",
        "6.6.6.6, 198.51.100.7 | 198.51.100.7",
        "6.6.6.6, 198.51.100.7, 10.9.9.9 | 198.51.100.7",
        "6.6.6.6,198.51.100.7,10.9.9.9,10.8.8.8 | 198.51.100.7",
        "10.1.1.1, 10.2.2.2 | 10.1.1.1",
        "198.51.100.7:4711 | 198.51.100.7",
        "2001:db8::1 | 2001:db8::1",
        "[2001:db8::1] | 2001:db8::1",
        "[2001:db8::1]:4711 | 2001:db8::1",
        "6.6.6.6, 2001:db8:aaaa::5 | 6.6.6.6",
        "::ffff:198.51.100.7 | 198.51.100.7",
        "[::ffff:198.51.100.7]:80 | 198.51.100.7",
        "6.6.6.6, ::ffff:10.0.0.5 | 6.6.6.6",
        "6.6.6.6, ::ffff:a00:5 | 6.6.6.6",
        "6.6.6.6, [::ffff:10.0.0.5]:99 | 6.6.6.6",
        "2001:DB8::ABCD | 2001:db8::abcd",
        "6.6.6.6\t,\t198.51.100.7\t | 198.51.100.7",
        "6.6.6.6, unknown | 10.0.0.1",
        "6.6.6.6, , 10.2.2.2 | 10.2.2.2",
        "6.6.6.6, | 10.0.0.1",
        ",198.51.100.7 | 198.51.100.7",
        "'' | 10.0.0.1",
      })
  void walksFromRightToLeftToTheFirstAddressItDoesNotTrust(String header, String client) {
    assertThat(forwardedFor.client(PROXY, List.of(header), List.of())).isEqualTo(ip(client));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unknown",
        "_hidden",
        "localhost",
        "example.org",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.2.3.-4",
        "0x7f.0.0.1",
        "2130706433",
        "1.2.3.4/32",
        "1.2.3.4 5.6.7.8",
        "1.2.3.4;5.6.7.8",
        ":80",
        ":",
        "::g",
        ":::",
        "1.2.3.4:",
        "1.2.3.4:port",
        "1.2.3.4:123456",
        "1.2.3.4:-1",
        "1.2.3.4:80:80",
        "1.2.3.4:80 ;",
        "1..3.4",
        ".1.2.3.4",
        "1.2.3.4.",
        "+1.2.3.4",
        "1.2.3.4%25",
        "[::1]x",
        "[::1]:",
        "[::1]:port",
        "[::1]]",
        "[[::1]]",
        "[1.2.3.4]",
        "[1.2.3.4]:80",
        "::1]",
        "1::2::3",
        "::ffff:1.2.3.4.5",
        "::ffff:256.1.1.1",
        "12345::",
        "2001:db8::1/64",
        "\u00a01.2.3.4",
        "1.2.3.4\r\nX: y",
        "1:2:3:4:5:6:7:8:9",
        "[::1",
        "[]",
        "[]:80",
        "[example.org]:80",
        "\"1.2.3.4",
        "for=1.2.3.4",
        "http://1.2.3.4",
        "1.2.3.4\0",
        "１.２.３.４",
        "${jndi:ldap://1.2.3.4}"
      })
  void endsTheWalkAtWhatIsNoAddress(String hop) {
    InetAddress alone = forwardedFor.client(PROXY, List.of("6.6.6.6, " + hop), List.of());
    InetAddress behindAProxy =
        forwardedFor.client(PROXY, List.of("6.6.6.6, " + hop + ", 10.7.7.7"), List.of());

    assertThat(alone).isEqualTo(PROXY);
    assertThat(behindAProxy).isEqualTo(ip("10.7.7.7"));
  }

  @Test
  void believesNothingOfAPeerThatIsNotTrusted() {
    InetAddress peer = ip("203.0.113.9");

    InetAddress client =
        forwardedFor.client(peer, List.of("198.51.100.7"), List.of("for=198.51.100.7"));

    assertThat(client).isEqualTo(peer);
    assertThat(forwardedFor.trusts(peer)).isFalse();
    assertThat(forwardedFor.trusts(PROXY)).isTrue();
  }

  @Test
  void believesNobodyWhereNobodyIsTrusted() {
    ForwardedFor nobody = new ForwardedFor(List.of());

    assertThat(nobody.client(PROXY, List.of("198.51.100.7"), List.of())).isEqualTo(PROXY);
  }

  @Test
  void readsSeveralHeadersAsOneInTheirOrder() {
    InetAddress client =
        forwardedFor.client(PROXY, List.of("6.6.6.6", "198.51.100.7", "10.2.2.2"), List.of());

    assertThat(client).isEqualTo(ip("198.51.100.7"));
  }

  @Test
  void isThePeerWhereNoHeaderIsThere() {
    assertThat(forwardedFor.client(PROXY, List.of(), List.of())).isEqualTo(PROXY);
  }

  @Test
  void looksAtNoMoreThanAFewOfTenThousandHops() {
    String trusted = String.join(",", Collections.nCopies(10_000, "10.1.1.1"));
    String untrusted = String.join(",", Collections.nCopies(10_000, "6.6.6.6"));

    assertThat(forwardedFor.client(PROXY, List.of("6.6.6.6," + trusted), List.of()))
        .isEqualTo(ip("10.1.1.1"));
    assertThat(forwardedFor.client(PROXY, List.of(untrusted), List.of())).isEqualTo(ip("6.6.6.6"));
    assertThat(forwardedFor.client(PROXY, List.of(",".repeat(10_000)), List.of())).isEqualTo(PROXY);
    assertThat(forwardedFor.client(PROXY, List.of(), List.of("\"".repeat(10_000))))
        .isEqualTo(PROXY);
  }

  @ParameterizedTest
  @CsvSource({
    // hops in the last value, hops behind the client's in the value before it
    "31, 0, 6.6.6.6",
    "32, 0, 10.1.1.1",
    "12, 19, 6.6.6.6",
    "12, 20, 10.1.1.1",
  })
  void looksAtThirtyTwoHopsOverAllValues(int last, int before, String client) {
    List<String> values = List.of("6.6.6.6" + ",10.1.1.1".repeat(before), hops(last));

    assertThat(forwardedFor.client(PROXY, values, List.of())).isEqualTo(ip(client));
  }

  private static String hops(int number) {
    return String.join(",", Collections.nCopies(number, "10.1.1.1"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "for=198.51.100.7 | 198.51.100.7",
        "For=198.51.100.7 | 198.51.100.7",
        "for=\"198.51.100.7\" | 198.51.100.7",
        "for=\"198.51.100.7:4711\" | 198.51.100.7",
        "for=\"[2001:db8::1]\" | 2001:db8::1",
        "for=\"[2001:db8::1]:4711\" | 2001:db8::1",
        "proto=https;for=198.51.100.7;by=10.0.0.1 | 198.51.100.7",
        "proto=https; for=198.51.100.7 ;by=10.0.0.1 | 198.51.100.7",
        "for=6.6.6.6, for=198.51.100.7 | 198.51.100.7",
        "for=6.6.6.6, for=198.51.100.7;proto=http, for=10.2.2.2 | 198.51.100.7",
        "for=\"198.51.100.7:_port\" | 198.51.100.7",
        "for=\"[2001:db8::1]:_p.o-r_t\" | 2001:db8::1",
        "secret=1;for=198.51.100.7 | 198.51.100.7",
        "for=198.51.100.7;for=6.6.6.6 | 198.51.100.7",
        "for=6.6.6.6, for=198.51.100.7; | 198.51.100.7",
        "for=6.6.6.6,,, for=198.51.100.7 | 198.51.100.7",
        "for=6.6.6.6, for='1.2.3.4' | 10.0.0.1",
        "for=6.6.6.6, for=\"1.2.3.4\"x | 10.0.0.1",
        "for=6.6.6.6, for=x\"1.2.3.4\" | 10.0.0.1",
        "for=6.6.6.6, for=\"\" | 10.0.0.1",
        "for=6.6.6.6, for=\"\\1.2.3.4\" | 10.0.0.1",
        "for=6.6.6.6, for=[2001:db8::1 | 10.0.0.1",
        "for=6.6.6.6, for=\"[2001:db8::1\" | 10.0.0.1",
        "for=6.6.6.6, =1.2.3.4 | 10.0.0.1",
        "for=6.6.6.6, for:1.2.3.4 | 10.0.0.1",
        "for=6.6.6.6, fo r=1.2.3.4 | 10.0.0.1",
        "for=6.6.6.6, for==1.2.3.4 | 10.0.0.1",
        "for=6.6.6.6, | 10.0.0.1",
        "; | 10.0.0.1",
        "= | 10.0.0.1",
        "\" | 10.0.0.1",
        "for=\" | 10.0.0.1",
        "\\ | 10.0.0.1",
        "for=6.6.6.6, for=unknown | 10.0.0.1",
        "for=6.6.6.6, for=_secret | 10.0.0.1",
        "for=6.6.6.6, for=\"_secret:_port\" | 10.0.0.1",
        "for=6.6.6.6, by=10.2.2.2 | 10.0.0.1",
        "for=6.6.6.6, proto=http | 10.0.0.1",
        "for=6.6.6.6, xfor=1.2.3.4 | 10.0.0.1",
        "for=6.6.6.6, for= | 10.0.0.1",
        "for=6.6.6.6, for | 10.0.0.1",
        "for=6.6.6.6, for=\"1.2.3.4 | 10.0.0.1",
        "for=6.6.6.6, 1.2.3.4 | 10.0.0.1",
        // A client's own header in front, left open, does not swallow what the proxy wrote.
        "for=\"6.6.6.6, for=198.51.100.7 | 198.51.100.7",
        "for=\"6.6.6.6\\, for=198.51.100.7 | 198.51.100.7",
        // What a client chose stands quoted in a parameter, such as the host it asked for.
        "for=198.51.100.7;host=\"a, for=6.6.6.6\" | 198.51.100.7",
        "for=198.51.100.7;host=\"a, for=6.6.6.6;b\" | 198.51.100.7",
        "host=\"a;for=6.6.6.6\";for=198.51.100.7 | 198.51.100.7",
        "host=\"a;for=6.6.6.6;b=\";for=198.51.100.7 | 198.51.100.7",
        "for=198.51.100.7;host=\"a\\\", for=6.6.6.6;b=\\\"\" | 198.51.100.7",
        "for=198.51.100.7;host=\"\\\\\", for=10.2.2.2 | 198.51.100.7",
      })
  void readsForwardedWithItsQuotes(String header, String client) {
    assertThat(forwardedFor.client(PROXY, List.of(), List.of(header))).isEqualTo(ip(client));
  }

  @Test
  void takesXForwardedForWhereBothAreThere() {
    InetAddress client =
        forwardedFor.client(PROXY, List.of("198.51.100.7"), List.of("for=203.0.113.1"));

    assertThat(client).isEqualTo(ip("198.51.100.7"));
  }

  private static InetAddress ip(String text) {
    return Objects.requireNonNull(NetUtil.createInetAddressFromIpAddressString(text));
  }
}
