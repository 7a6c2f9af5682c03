package io.donna.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientAddressTest {
  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1",
    "::ffff:192.0.2.1, 192.0.2.1",
    "2001:db8:1:2::, 2001:db8:1:2::",
    "2001:db8:1:2:3:4:5:6, 2001:db8:1:2::",
    "2001:db8:1:2:ffff:ffff:ffff:ffff, 2001:db8:1:2::",
    "2001:db8:1:3::1, 2001:db8:1:3::",
    "::1, ::",
    "fe80::1%1, fe80::"
  })
  void isLimitedByItsAddressOrItsNetwork(String address, String key) throws UnknownHostException {
    ClientAddress client = new ClientAddress(InetAddress.getByName(address));

    assertThat(client.limitKey()).isEqualTo(InetAddress.getByName(key));
  }
}
