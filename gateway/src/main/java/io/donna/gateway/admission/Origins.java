package io.donna.gateway.admission;

import io.donna.gateway.config.OriginRules;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The allowed values of {@code Origin} (RFC 6454). A request without one does not come from a
 * browser and passes, as authentication protects it.
 */
final class Origins {
  /** {@code https://*.example.com}, split at the wildcard. */
  private record Subdomains(String before, String after) {
    boolean match(String origin) {
      return origin.length() > before.length() + after.length()
          && origin.startsWith(before)
          && origin.endsWith(after)
          && isHostLabels(origin.substring(before.length(), origin.length() - after.length()));
    }

    /**
     * The wildcard matches only host labels, in ASCII as browsers write them: with a slash or a
     * colon, another host could match.
     */
    private static boolean isHostLabels(String text) {
      return text.chars()
          .allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.');
    }
  }

  /** Loopback origins, as browsers write them. */
  private static final Pattern LOOPBACK =
      Pattern.compile("https?://(localhost|127\\.0\\.0\\.1|\\[::1])(:[0-9]{1,5})?");

  private final boolean any;
  private final boolean loopback;
  private final Set<String> exact = new HashSet<>();
  private final List<Subdomains> wildcards;

  Origins(OriginRules rules) {
    any = rules.listed().contains("*");
    loopback = rules.listed().isEmpty() && rules.loopbackWhenUnlisted();
    exact.addAll(rules.listed());
    wildcards =
        rules.listed().stream()
            .filter(origin -> origin.contains("://*."))
            .map(origin -> origin.split("\\*", 2))
            .map(parts -> new Subdomains(parts[0], parts[1]))
            .toList();
  }

  /** {@code Origin: null} passes only if {@code null} or {@code *} is listed. */
  boolean allow(Optional<String> origin) {
    if (origin.isEmpty()) {
      return true;
    }
    String asked = origin.get().toLowerCase(Locale.ROOT);
    if (asked.equals("null")) {
      return exact.contains("null") || exact.contains("*");
    }
    return any
        || (loopback && LOOPBACK.matcher(asked).matches())
        || exact.contains(asked)
        || wildcards.stream().anyMatch(pattern -> pattern.match(asked));
  }
}
