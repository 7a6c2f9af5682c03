package io.donna.gateway.admission;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.donna.gateway.config.AddressRange;
import io.donna.gateway.kit.Choices;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;

/**
 * Fuzz target: whatever a client puts into its own forwarding headers, the address that the trusted
 * proxy wrote behind it is the one that counts.
 */
public final class ForwardedForFuzz {
  private static final ForwardedFor FORWARDED_FOR =
      new ForwardedFor(List.of(AddressRange.parse("10.0.0.0/8").orElseThrow()));
  private static final InetAddress PROXY = ip("10.0.0.1");
  private static final InetAddress STRANGER = ip("203.0.113.9");

  /** What a proxy writes of a client, in both headers. */
  private record Written(String address, String xForwardedFor, String forwarded) {}

  private static final List<Written> WRITTEN =
      List.of(
          new Written("198.51.100.7", "198.51.100.7", "for=198.51.100.7"),
          new Written("198.51.100.7", "198.51.100.7:4711", "for=\"198.51.100.7:4711\";proto=http"),
          new Written("2001:db8::7", "2001:db8::7", "For=\"[2001:db8::7]\";by=10.0.0.1"),
          new Written("2001:db8::7", "[2001:db8::7]:80", "proto=https;for=\"[2001:db8::7]:80\""),
          new Written(
              "198.51.100.7",
              "::ffff:198.51.100.7",
              "host=\"a, for=6.6.6.6;b=\\\"\";for=198.51.100.7"));

  private ForwardedForFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    Choices choices = new Choices(input);
    Written written = choices.of(WRITTEN);
    boolean ownHeader = choices.yes(); // the proxy adds a header of its own, or to the client's
    boolean secondProxy = choices.yes();
    String claimed = new String(choices.rest(), ISO_8859_1);
    String chain = secondProxy ? ", 10.2.2.2" : "";
    String forwardedChain = secondProxy ? ", for=10.2.2.2;by=\"x, y\"" : "";

    InetAddress right = ip(written.address);
    expect(
        right,
        FORWARDED_FOR.client(
            PROXY, headers(claimed, written.xForwardedFor + chain, ownHeader), List.of()));
    expect(
        right,
        FORWARDED_FOR.client(
            PROXY, List.of(), headers(claimed, written.forwarded + forwardedChain, ownHeader)));
    expect(STRANGER, FORWARDED_FOR.client(STRANGER, List.of(claimed), List.of(claimed)));
    // Of a client that reached a proxy that writes nothing, no more can be asked than an answer.
    Objects.requireNonNull(FORWARDED_FOR.client(PROXY, List.of(claimed), List.of()));
    Objects.requireNonNull(FORWARDED_FOR.client(PROXY, List.of(), List.of(claimed)));
  }

  private static List<String> headers(String claimed, String written, boolean ownHeader) {
    return ownHeader ? List.of(claimed, written) : List.of(claimed + ", " + written);
  }

  private static void expect(InetAddress right, InetAddress found) {
    if (!found.equals(right)) {
      throw new AssertionError("taken for " + found + " instead of " + right);
    }
  }

  private static InetAddress ip(String text) {
    return Objects.requireNonNull(NetUtil.createInetAddressFromIpAddressString(text));
  }
}
