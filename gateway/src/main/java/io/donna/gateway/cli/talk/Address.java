package io.donna.gateway.cli.talk;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The address of a server, parsed from user input, and the flow that its path implies. */
public record Address(URI uri, OpeningFlow flow) {
  private static final Pattern WITH_SCHEME = Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]*)://.*");

  /**
   * Accepts {@code ws}, {@code wss}, {@code http} and {@code https} URLs and a bare host. The
   * default path is {@code /realtime}; {@code /v1} is an SDK's base URL.
   *
   * @throws IllegalArgumentException with a message that completes a sentence beginning with the
   *     address
   */
  public static Address of(String text, Optional<String> model) {
    String url = text.strip();
    Matcher scheme = WITH_SCHEME.matcher(url);
    URI typed = parse(scheme.matches() ? url : "ws://" + url);
    if (typed.getHost() == null) {
      throw new IllegalArgumentException("has no host");
    }
    if (typed.getRawUserInfo() != null) {
      throw new IllegalArgumentException("contains credentials: pass them with --token");
    }
    String path = path(typed.getRawPath());
    URI whole =
        parse(
            webSocketScheme(typed.getScheme())
                + "://"
                + typed.getRawAuthority()
                + path
                + query(typed.getRawQuery(), model));
    return new Address(whole, flow(path));
  }

  /** For people: without the query, which may contain a credential. */
  public String shown() {
    return uri.getScheme() + "://" + uri.getRawAuthority() + uri.getRawPath();
  }

  private static URI parse(String url) {
    try {
      return new URI(url);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("is not a valid URL: " + e.getReason(), e);
    }
  }

  private static String webSocketScheme(String scheme) {
    return switch (scheme.toLowerCase(Locale.ROOT)) {
      case "ws", "http" -> "ws";
      case "wss", "https" -> "wss";
      default -> throw new IllegalArgumentException("is not ws://, wss://, http:// or https://");
    };
  }

  private static String path(String typed) {
    String path = typed.replaceFirst("/+$", "");
    return path.isEmpty() || path.endsWith("/v1") || path.equals("/openai")
        ? path + "/realtime"
        : path;
  }

  private static OpeningFlow flow(String path) {
    if (path.contains("/v1/realtime") || path.contains("/openai/")) {
      return OpeningFlow.DROP_IN;
    }
    if (path.endsWith("/realtime")) {
      return OpeningFlow.GATEWAY;
    }
    throw new IllegalArgumentException("has an unknown path: use /realtime or /v1/realtime");
  }

  private static String query(@Nullable String typed, Optional<String> model) {
    String own =
        model.map(name -> "model=" + URLEncoder.encode(name, StandardCharsets.UTF_8)).orElse("");
    if (typed == null || typed.isEmpty()) {
      return own.isEmpty() ? "" : "?" + own;
    }
    if (own.isEmpty()) {
      return "?" + typed;
    }
    // --model overrides the query's model.
    String others = typed.replaceAll("(^|&)model=[^&]*", "").replaceFirst("^&", "");
    return "?" + own + (others.isEmpty() ? "" : "&" + others);
  }
}
