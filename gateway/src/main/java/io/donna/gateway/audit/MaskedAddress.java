package io.donna.gateway.audit;

import com.fasterxml.jackson.annotation.JsonValue;
import java.net.Inet4Address;
import java.net.InetAddress;

/**
 * A client address masked for the log: IPv4 with {@code xxx} as its last part, IPv6 cut to its /64.
 * IPv4-mapped IPv6 addresses count as IPv4, as {@link InetAddress} converts them.
 */
public record MaskedAddress(@JsonValue String text) {
  public static MaskedAddress of(InetAddress address) {
    byte[] octets = address.getAddress();
    if (address instanceof Inet4Address) {
      return new MaskedAddress(
          (octets[0] & 0xFF) + "." + (octets[1] & 0xFF) + "." + (octets[2] & 0xFF) + ".xxx");
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i += 2) {
      text.append(Integer.toHexString(((octets[i] & 0xFF) << 8) | (octets[i + 1] & 0xFF)))
          .append(':');
    }
    return new MaskedAddress(text.append("xxxx").toString());
  }

  /** The same as an address, with zeros for what is masked: that of its /24 or /64. */
  public String network() {
    return text.replace(":xxxx", "::").replace("xxx", "0");
  }

  @Override
  public String toString() {
    return text;
  }
}
