package io.donna.gateway.config;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/** A block of addresses in CIDR notation (RFC 4632; RFC 4291, 2.3): {@code 10.0.0.0/8}. */
public record AddressRange(InetAddress base, int prefixLength) {
  /** Parses {@code ADDRESS} or {@code ADDRESS/BITS}, without DNS; empty if it is neither. */
  public static Optional<AddressRange> parse(String text) {
    int slash = text.indexOf('/');
    // Integer.parseInt accepts -0, which would match every address.
    if (slash >= 0 && !text.substring(slash + 1).matches("[0-9]{1,3}")) {
      return Optional.empty();
    }
    byte[] octets =
        NetUtil.createByteArrayFromIpAddressString(slash < 0 ? text : text.substring(0, slash));
    if (octets == null) {
      return Optional.empty();
    }
    int written = octets.length * 8;
    try {
      InetAddress base = InetAddress.getByAddress(octets);
      int bits = base.getAddress().length * 8;
      // Java reads an IPv4-mapped address as IPv4, so its prefix counts from the 96th bit.
      int mapped = written - bits;
      int prefix = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1)) - mapped;
      return prefix < 0 || prefix > bits
          ? Optional.empty()
          : Optional.of(new AddressRange(base, prefix));
    } catch (UnknownHostException notARange) {
      return Optional.empty();
    }
  }

  public boolean contains(InetAddress address) {
    byte[] network = base.getAddress();
    byte[] octets = address.getAddress();
    if (network.length != octets.length) {
      return false;
    }
    int whole = prefixLength / 8;
    for (int i = 0; i < whole; i++) {
      if (network[i] != octets[i]) {
        return false;
      }
    }
    int rest = prefixLength % 8;
    return rest == 0 || ((network[whole] ^ octets[whole]) >> (8 - rest)) == 0;
  }

  @Override
  public String toString() {
    return base.getHostAddress() + "/" + prefixLength;
  }
}
