package io.donna.gateway.admission;

import io.donna.gateway.audit.MaskedAddress;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** The address a client is limited and logged by. */
public record ClientAddress(InetAddress address) {
  private static final int NETWORK_BYTES = 8;

  /**
   * What limits count by: an IPv4 address, or the /64 of an IPv6 one, as a customer gets at least
   * that much (RFC 6177) and could change address with every connection.
   */
  public InetAddress limitKey() {
    if (address instanceof Inet4Address) {
      return address;
    }
    byte[] network = Arrays.copyOf(Arrays.copyOf(address.getAddress(), NETWORK_BYTES), 16);
    try {
      return InetAddress.getByAddress(network);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  public MaskedAddress masked() {
    return MaskedAddress.of(address);
  }
}
