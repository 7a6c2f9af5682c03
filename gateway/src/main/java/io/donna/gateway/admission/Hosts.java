package io.donna.gateway.admission;

import io.donna.gateway.config.Settings;
import io.netty.util.NetUtil;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The allowed values of {@code Host} for a gateway without authentication. A web page can have its
 * own name resolve to this machine (DNS rebinding): the browser then takes the gateway for the
 * page's server, and only the host reveals it. In development without authentication, the allowed
 * hosts are this machine's names, the hosts of {@code ALLOWED_ORIGINS}, and the address that the
 * gateway listens on. Otherwise any host is allowed: authentication protects the gateway, or a
 * proxy does the routing.
 */
final class Hosts {
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  private final boolean any;
  private final Set<String> exact = new HashSet<>(LOOPBACK);
  private final List<String> domains;

  /** The address that the gateway listens on, if {@code HOST} is one. */
  private final byte @Nullable [] own;

  /**
   * It listens on all addresses, so any address is allowed as a host; rebinding requires a name.
   */
  private final boolean anyAddress;

  Hosts(Settings settings) {
    List<String> origins = settings.origins().listed();
    any = settings.production() || settings.auth().isRequired() || origins.contains("*");
    origins.stream()
        .filter(origin -> origin.contains("://")) // "null" is no host
        .map(origin -> withoutPort(origin.substring(origin.indexOf("://") + 3)))
        .forEach(exact::add);
    domains =
        exact.stream()
            .filter(host -> host.startsWith("*."))
            .map(host -> host.substring(1))
            .toList();
    exact.add(settings.host().toLowerCase(Locale.ROOT));
    own = NetUtil.createByteArrayFromIpAddressString(settings.host());
    anyAddress = own != null && Arrays.equals(own, new byte[own.length]);
  }

  /**
   * Whether a request for the host may be answered.
   *
   * @param host with or without a port; a request without a host does not come from a browser
   */
  boolean allow(Optional<String> host) {
    if (any || host.isEmpty()) {
      return true;
    }
    String name = withoutPort(host.get().toLowerCase(Locale.ROOT));
    return exact.contains(name) || isOwnAddress(name) || domains.stream().anyMatch(name::endsWith);
  }

  /** Compares addresses, as an IPv6 address can be written in several ways. */
  private boolean isOwnAddress(String name) {
    byte[] octets = NetUtil.createByteArrayFromIpAddressString(name);
    return octets != null && (anyAddress || Arrays.equals(octets, own));
  }

  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
  }
}
