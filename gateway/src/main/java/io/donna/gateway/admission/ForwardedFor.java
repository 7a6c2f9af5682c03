package io.donna.gateway.admission;

import io.donna.gateway.config.AddressRange;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Finds the client address behind trusted proxies. Believes only entries of {@code X-Forwarded-For}
 * and {@code Forwarded} (RFC 7239) that a trusted proxy wrote: reads from right to left, up to and
 * including the first untrusted address. An entry that is not an address ends the search at the
 * last known one.
 */
final class ForwardedFor {
  /** More hops than any deployment has; entries further left are ignored. */
  private static final int MAX_HOPS = 32;

  /** What may follow an address: a port or an obfuscated port (RFC 7239, 6.2). */
  private static final Pattern PORT = Pattern.compile("(:([0-9]{1,5}|_[A-Za-z0-9._-]+))?");

  private final List<AddressRange> trusted;

  ForwardedFor(List<AddressRange> trusted) {
    this.trusted = trusted;
  }

  boolean trusts(InetAddress peer) {
    return trusted.stream().anyMatch(range -> range.contains(peer));
  }

  /**
   * The client address behind {@code peer}.
   *
   * @param peer the other end of the TCP connection
   * @param xForwardedFor the header's values, in order; takes precedence if present
   * @param forwarded the values of {@code Forwarded}
   */
  InetAddress client(InetAddress peer, List<String> xForwardedFor, List<String> forwarded) {
    if (!trusts(peer)) {
      return peer; // headers of an untrusted peer are ignored
    }
    List<String> hops =
        xForwardedFor.isEmpty()
            ? last(forwarded, true).stream().map(ForwardedFor::forOf).toList()
            : last(xForwardedFor, false);
    InetAddress client = peer;
    for (int i = 0; i < hops.size() && trusts(client); i++) {
      Optional<InetAddress> hop = address(hops.get(i).strip());
      if (hop.isEmpty()) {
        break;
      }
      client = hop.get();
    }
    return client;
  }

  /** The last elements of a header's values, up to the limit of hops, from right to left. */
  private static List<String> last(List<String> values, boolean quotes) {
    List<String> elements = new ArrayList<>();
    for (int i = values.size() - 1; i >= 0 && elements.size() < MAX_HOPS; i--) {
      elements.addAll(split(values.get(i), ',', quotes, MAX_HOPS - elements.size()));
    }
    return elements;
  }

  private static String forOf(String element) {
    for (String pair : split(element, ';', true, Integer.MAX_VALUE).reversed()) {
      String[] parts = pair.split("=", 2);
      if (parts.length == 2 && parts[0].strip().equalsIgnoreCase("for")) {
        String value = parts[1].strip();
        boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
        return quoted ? value.substring(1, value.length() - 1) : value;
      }
    }
    return "";
  }

  /**
   * Splits at {@code separator}, ignoring separators in quotes if {@code quotes} is set (RFC 9110,
   * 5.6.4): a quoted value may contain text that a client chose, such as its host. Parses from
   * right to left, as only the right end was written by a trusted proxy: a quote that the client
   * left open must not swallow it. Text left of the first {@code most} parts is not read.
   */
  private static List<String> split(String text, char separator, boolean quotes, int most) {
    List<String> parts = new ArrayList<>();
    boolean quoted = false;
    int end = text.length();
    for (int i = end - 1; i >= 0; i--) {
      char character = text.charAt(i);
      if (quotes && character == '"' && !isEscaped(text, i)) {
        quoted = !quoted;
      } else if (character == separator && !quoted) {
        parts.add(text.substring(i + 1, end));
        end = i;
        if (parts.size() == most) {
          return parts;
        }
      }
    }
    parts.add(text.substring(0, end));
    return parts;
  }

  private static boolean isEscaped(String text, int index) {
    int backslashes = 0;
    while (backslashes < index && text.charAt(index - 1 - backslashes) == '\\') {
      backslashes++;
    }
    return backslashes % 2 == 1;
  }

  /** {@code 192.0.2.1}, {@code 192.0.2.1:80}, {@code 2001:db8::1} or {@code [2001:db8::1]:80}. */
  private static Optional<InetAddress> address(String text) {
    String host;
    String port;
    if (text.startsWith("[")) {
      int end = text.indexOf(']');
      int colon = text.indexOf(':');
      if (colon < 0 || colon > end) {
        return Optional.empty(); // only IPv6 needs the brackets
      }
      host = text.substring(1, end);
      port = text.substring(end + 1);
    } else {
      String[] parts = text.split(":", 3);
      host = parts.length == 2 ? parts[0] : text; // more colons are of IPv6
      port = text.substring(host.length());
    }
    if (!PORT.matcher(port).matches()) {
      return Optional.empty();
    }
    byte[] octets = NetUtil.createByteArrayFromIpAddressString(host);
    if (octets == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByAddress(octets));
    } catch (UnknownHostException notAnAddress) {
      return Optional.empty();
    }
  }
}
