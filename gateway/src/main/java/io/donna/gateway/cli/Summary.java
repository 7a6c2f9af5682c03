package io.donna.gateway.cli;

import io.donna.gateway.admission.Descriptors;
import io.donna.gateway.config.OriginRules;
import io.donna.gateway.config.RateLimit;
import io.donna.gateway.config.Settings;
import java.util.List;

/** What is on and what is off, a line each. */
final class Summary {
  private Summary() {}

  static List<String> of(Settings settings) {
    RateLimit rate = settings.rateLimit();
    return List.of(
        line(
            "TLS",
            settings.tls().isEmpty()
                ? "off: http:// and ws://"
                : settings.tls().get().clientAuthorities().isEmpty()
                    ? "on, 1.2 and 1.3"
                    : "on, 1.2 and 1.3; clients show a certificate"),
        line(
            "proxy",
            settings.enabled() ? "on" : "OFF: every request is answered 503; ENABLE_WS_PROXY=true"),
        line("upstream", settings.upstream().url().toString().replaceFirst("\\?.*", "")),
        line("model", settings.upstream().model() + " where the client names none"),
        line(
            "authentication",
            settings.auth().isRequired()
                ? "on: JWT within " + settings.auth().timeout().toMillis() + " ms"
                : "OFF: anyone who reaches the port gets in; set JWT_SECRET (./donna secret)"),
        line("origins", origins(settings.origins())),
        line(
            "rate limit",
            rate.requests()
                + " requests and "
                + rate.requests()
                + " connections of one address in "
                + rate.window().toMillis()
                + " ms"),
        line(
            "connections",
            settings.connections().perAddress()
                + " of one address, "
                + total(settings.connections().total())));
  }

  private static String total(int wanted) {
    int possible = Descriptors.share(wanted).sessions();
    return possible == wanted
        ? wanted + " in all"
        : possible + " in all: " + wanted + " would take more file descriptors (ulimit -n)";
  }

  private static String origins(OriginRules rules) {
    if (rules.listed().isEmpty()) {
      return rules.anyWhenUnlisted()
          ? "any (development); set ALLOWED_ORIGINS"
          : "none: browsers stay out; set ALLOWED_ORIGINS";
    }
    return String.join(", ", rules.listed());
  }

  private static String line(String name, String value) {
    return "  %-15s %s".formatted(name, value);
  }
}
