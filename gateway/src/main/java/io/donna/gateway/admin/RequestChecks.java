package io.donna.gateway.admin;

import io.donna.gateway.config.AdminSettings;
import io.donna.gateway.edge.Request;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.NetUtil;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what a hostile page in an operator's browser can send. A page whose name resolves to this
 * machine (DNS rebinding) is told by its host; a page of another site by its origin and by what the
 * browser says of it (Fetch Metadata). Safe from any thread.
 */
final class RequestChecks {
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
  private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD);
  private static final String FETCH_SITE = "Sec-Fetch-Site";

  private final Set<String> names = new HashSet<>();

  /** The address that the port listens on, if the host is one. */
  private final byte @Nullable [] own;

  /** It listens on all addresses: each is a host, as rebinding requires a name. */
  private final boolean anyAddress;

  RequestChecks(AdminSettings settings) {
    names.addAll(LOOPBACK);
    names.addAll(settings.hosts());
    names.add(settings.host().toLowerCase(Locale.ROOT));
    own = NetUtil.createByteArrayFromIpAddressString(settings.host());
    anyAddress = own != null && Arrays.equals(own, new byte[own.length]);
  }

  /** The answer to a request by a host that is not this port's. */
  Optional<AdminResponse> hostRefusal(Request request) {
    String host = request.host().orElse("").toLowerCase(Locale.ROOT);
    String name = withoutPort(host);
    return names.contains(name) || isOwnAddress(name)
        ? Optional.empty()
        : Optional.of(
            AdminResponse.problem(
                HttpResponseStatus.MISDIRECTED_REQUEST,
                "This host is not one of the admin port's: list it in ADMIN_HOSTS"));
  }

  private boolean isOwnAddress(String name) {
    byte[] octets = NetUtil.createByteArrayFromIpAddressString(name);
    return octets != null && (anyAddress || Arrays.equals(octets, own));
  }

  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
  }

  /**
   * The answer to a request that a page of another site caused.
   *
   * @param secure whether the browser reached the port over TLS
   * @param ofApi links from elsewhere may lead to pages, but not to the API
   */
  Optional<AdminResponse> originRefusal(Request request, boolean secure, boolean ofApi) {
    List<String> sites = request.headers().getAll(FETCH_SITE);
    boolean foreignSite =
        !sites.isEmpty()
            && !sites.stream().allMatch(site -> site.equals("same-origin") || site.equals("none"));
    boolean unsafe = !SAFE.contains(request.method());
    if (request.origin().filter(origin -> !isOwn(origin, request, secure)).isPresent()
        || (foreignSite && (unsafe || ofApi))) {
      return Optional.of(
          AdminResponse.problem(
              HttpResponseStatus.FORBIDDEN, "Requests by pages of other origins are refused"));
    }
    return Optional.empty();
  }

  private static boolean isOwn(String origin, Request request, boolean secure) {
    String own = (secure ? "https://" : "http://") + request.host().orElse("");
    return origin.equalsIgnoreCase(own);
  }

  /**
   * The answer to an unsafe request that says nothing of the page it comes from: every browser says
   * so, and whoever authenticates by a cookie is one.
   */
  static Optional<AdminResponse> silentBrowserRefusal(Request request) {
    boolean says = request.origin().isPresent() || request.headers().contains(FETCH_SITE);
    return SAFE.contains(request.method()) || says
        ? Optional.empty()
        : Optional.of(
            AdminResponse.problem(
                HttpResponseStatus.FORBIDDEN,
                "A request with a cookie must state its origin; programs send the token instead"));
  }

  /** The answer to a body of a type that a form of another site could send. */
  static Optional<AdminResponse> typeRefusal(Request request) {
    List<String> types = request.headers().getAll(HttpHeaderNames.CONTENT_TYPE);
    boolean json =
        types.size() == 1
            && types
                .getFirst()
                .toLowerCase(Locale.ROOT)
                .matches("application/json(\\s*;\\s*charset=\"?utf-8\"?)?");
    return json
        ? Optional.empty()
        : Optional.of(
            AdminResponse.problem(
                HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE,
                "The body must be JSON, with Content-Type: application/json"));
  }
}
