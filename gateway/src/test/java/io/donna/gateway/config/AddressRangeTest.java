package io.donna.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRangeTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.0.0.0, true",
    "10.0.0.0/8, 10.255.255.255, true",
    "10.0.0.0/8, 9.255.255.255, false",
    "10.0.0.0/8, 11.0.0.0, false",
    "10.1.2.3/8, 10.9.9.9, true",
    "192.168.1.128/25, 192.168.1.128, true",
    "192.168.1.128/25, 192.168.1.255, true",
    "192.168.1.128/25, 192.168.1.127, false",
    "192.168.1.0/25, 192.168.1.128, false",
    "172.16.0.0/12, 172.31.255.255, true",
    "172.16.0.0/12, 172.32.0.0, false",
    "172.16.0.0/12, 172.15.255.255, false",
    "192.0.2.7, 192.0.2.7, true",
    "192.0.2.7, 192.0.2.8, false",
    "192.0.2.7/32, 192.0.2.6, false",
    "192.0.2.6/31, 192.0.2.7, true",
    "128.0.0.0/1, 255.255.255.255, true",
    "128.0.0.0/1, 127.255.255.255, false",
    "0.0.0.0/0, 255.255.255.255, true",
    "0.0.0.0/0, ::1, false",
    "::/0, 2001:db8::1, true",
    "::/0, 192.0.2.1, false",
    "2001:db8::/32, 2001:db8:ffff::1, true",
    "2001:db8::/32, 2001:db9::, false",
    "2001:db8::/33, 2001:db8:8000::, false",
    "2001:db8::/127, 2001:db8::1, true",
    "2001:db8::/127, 2001:db8::2, false",
    "2001:db8::1, 2001:db8::1, true",
    "2001:db8::1/128, 2001:db8::, false",
    "::1, ::1, true",
    "10.0.0.0/8, ::ffff:10.1.1.1, true",
    "::ffff:10.0.0.1, 10.0.0.1, true"
  })
  void containsTheAddressesOfItsPrefix(String range, String address, boolean contained)
      throws UnknownHostException {
    AddressRange parsed = AddressRange.parse(range).orElseThrow();

    assertThat(parsed.contains(InetAddress.getByName(address))).isEqualTo(contained);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "/",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/-0",
        "10.0.0.0/+8",
        "10.0.0.0/٨",
        "10.0.0.0/8/8",
        "10.0.0.0/ 8",
        "10.0.0.0/8 ",
        " 10.0.0.0/8",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/0x8",
        "10.0.0.0/99999999999",
        "10.0.0/8",
        "10/8",
        "10.0.0.256",
        "localhost",
        "example.org/8",
        "::/129",
        "2001:db8::/x",
        "2001:db8:::/32",
        "1:2:3:4:5:6:7:8:9",
        "::g",
        "10.0.0.0-10.0.0.9",
        "*"
      })
  void refusesWhatIsNoRange(String text) {
    assertThat(AddressRange.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"10.0.0.0/8, 10.0.0.0/8", "10.0.0.1, 10.0.0.1/32", "::1, 0:0:0:0:0:0:0:1/128"})
  void showsItself(String text, String shown) {
    assertThat(AddressRange.parse(text).orElseThrow()).hasToString(shown);
  }
}
