package io.donna.gateway.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MaskedAddressTest {
  @ParameterizedTest
  @CsvSource({
    "192.168.1.77, 192.168.1.xxx",
    "0.0.0.0, 0.0.0.xxx",
    "255.255.255.255, 255.255.255.xxx",
    "127.0.0.1, 127.0.0.xxx",
    "2001:db8:1:2:3:4:5:6, 2001:db8:1:2:xxxx",
    "2001:0db8:0001:0002::, 2001:db8:1:2:xxxx",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, ffff:ffff:ffff:ffff:xxxx",
    "::1, 0:0:0:0:xxxx",
    "fe80::1%1, fe80:0:0:0:xxxx",
    "::ffff:192.168.1.77, 192.168.1.xxx"
  })
  void showsTheNetworkAndNotTheHost(String address, String shown) throws UnknownHostException {
    MaskedAddress masked = MaskedAddress.of(InetAddress.getByName(address));

    assertThat(masked.text()).isEqualTo(shown);
    assertThat(masked).hasToString(shown);
  }

  @ParameterizedTest
  @CsvSource({
    "192.168.1.77, 192.168.1.0",
    "2001:db8:1:2:3:4:5:6, 2001:db8:1:2::",
    "::1, 0:0:0:0::",
  })
  void hasTheNetworkAsAnAddress(String address, String network) throws UnknownHostException {
    String shown = MaskedAddress.of(InetAddress.getByName(address)).network();

    assertThat(shown).isEqualTo(network);
    assertThat(InetAddress.ofLiteral(shown).getAddress())
        .hasSameSizeAs(InetAddress.getByName(address).getAddress());
  }
}
