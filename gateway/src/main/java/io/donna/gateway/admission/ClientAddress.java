package io.donna.gateway.admission;

import io.donna.gateway.audit.MaskedAddress;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** The client address for limits and logs. */
public record ClientAddress(InetAddress address) {
  private static final int NETWORK_BYTES = 8;

  /**
   * The key of limits: an IPv4 address, or the /64 of an IPv6 address, as a customer has at least a
   * /64 (RFC 6177) and could change address with every connection.
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
