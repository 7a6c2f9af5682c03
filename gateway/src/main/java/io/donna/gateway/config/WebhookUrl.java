package io.donna.gateway.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * URLs of webhooks. What they receive is not for everybody on the network, so plain HTTP is allowed
 * only on this machine.
 */
public final class WebhookUrl {
  /** Completes a sentence that ends with "must be". */
  public static final String EXPECTED =
      "an https:// URL (http:// only on this machine) without credentials or fragment";

  private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]");

  private WebhookUrl() {}

  /** The URL; empty if {@code text} is not one that a webhook may have. */
  public static Optional<URI> parse(String text) {
    try {
      URI url = new URI(text);
      String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
      boolean here = THIS_MACHINE.contains(String.valueOf(url.getHost()));
      boolean safe = scheme.equals("https") || (scheme.equals("http") && here);
      return safe
              && url.getHost() != null
              && url.getRawUserInfo() == null
              && url.getRawFragment() == null
          ? Optional.of(url)
          : Optional.empty();
    } catch (URISyntaxException malformed) {
      return Optional.empty();
    }
  }

  /** The URL without its path and query, which are the secret of many services. */
  public static String shown(URI url) {
    boolean hides = !String.valueOf(url.getRawPath()).matches("/?") || url.getRawQuery() != null;
    return url.getScheme() + "://" + url.getRawAuthority() + (hides ? "/..." : "");
  }
}
