package io.donna.gateway.cli;

import io.donna.gateway.admission.FileDescriptorBudget;
import io.donna.gateway.config.AdminSettings;
import io.donna.gateway.config.AuthSettings;
import io.donna.gateway.config.MeteringSettings;
import io.donna.gateway.config.OriginRules;
import io.donna.gateway.config.RateLimit;
import io.donna.gateway.config.Settings;
import io.donna.gateway.config.UpstreamSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Summarises the effective settings: which protections are on and which are off. */
final class Summary {
  /**
   * One subject of the summary.
   *
   * @param name for people
   * @param values one for most subjects; one per item for lists
   */
  record Part(String name, List<String> values) {
    static Part of(String name, String value) {
      return new Part(name, List.of(value));
    }

    /** The name as a key of a JSON object. */
    String key() {
      return name.toLowerCase(Locale.ROOT).replace(' ', '_');
    }
  }

  /** Indents the second and later values of a part. */
  private static final String INDENT = " ".repeat(18);

  private Summary() {}

  /** The summary for people, one value a line. */
  static List<String> of(Settings settings) {
    return of(settings, settings.admin().isOn());
  }

  /** As {@link #of(Settings)}, of a gateway whose admin port runs, or could not be opened. */
  static List<String> of(Settings settings, boolean adminRuns) {
    return parts(settings, adminRuns).stream().flatMap(Summary::lines).toList();
  }

  private static Stream<String> lines(Part part) {
    String first = "  %-15s ".formatted(part.name());
    return IntStream.range(0, part.values().size())
        .mapToObj(i -> (i == 0 ? first : INDENT) + part.values().get(i));
  }

  /**
   * The subjects in order.
   *
   * @param adminRuns false if the admin port is off, or could not be opened
   */
  static List<Part> parts(Settings settings, boolean adminRuns) {
    RateLimit rate = settings.rateLimit();
    List<Part> parts = new ArrayList<>();
    Collections.addAll(
        parts,
        Part.of(
            "TLS",
            settings.tls().isEmpty()
                ? "off: http:// and ws://"
                : settings.tls().get().clientAuthorities().isEmpty()
                    ? "on, 1.2 and 1.3"
                    : "on, 1.2 and 1.3; client certificates required"),
        Part.of(
            "proxy",
            settings.enabled()
                ? "on"
                : "OFF: requests are answered with 503; set ENABLE_WS_PROXY=true"),
        new Part("upstream", settings.upstreams().stream().map(Summary::upstream).toList()),
        Part.of(
            "authentication",
            settings.auth().isConfigured()
                ? authentication(settings.auth())
                : "OFF: anyone who can reach the port can connect; set JWT_SECRET (./donna secret)"),
        Part.of("origins", origins(settings.origins())),
        Part.of(
            "rate limit",
            rate.requests()
                + " requests and "
                + rate.requests()
                + " connections per address in "
                + rate.window().toMillis()
                + " ms"),
        Part.of(
            "connections",
            settings.connections().perAddress()
                + " per address, "
                + total(settings.connections().total())),
        Part.of("usage", usage(settings.metering())),
        Part.of("admin port", adminPort(settings, adminRuns)));
    settings
        .alerts()
        .webhook()
        .ifPresent(webhook -> parts.add(Part.of("alerts", "posted to " + webhook)));
    if (!settings.trustedProxies().isEmpty()) {
      parts.add(
          new Part(
              "proxies",
              settings.trustedProxies().stream()
                  .map(range -> range + ", trusted to report the client address")
                  .toList()));
    }
    if (settings.proxyProtocol()) {
      parts.add(Part.of("PROXY protocol", "header required on every connection"));
    }
    settings
        .cluster()
        .ifPresent(cluster ->
            parts.add(
                Part.of(
                    "replicas",
                    "%s shares limits through %s; without it, %s"
                        .formatted(
                            cluster.replica(),
                            cluster.redis(),
                            cluster.failsClosed()
                                ? "new sessions are refused"
                                : "it grants its part of each limit"))));
    settings
        .otel()
        .ifPresent(export ->
            parts.add(Part.of("OpenTelemetry", "metrics and traces to " + export.endpoint())));
    return parts;
  }

  private static String total(int wanted) {
    int possible = FileDescriptorBudget.share(wanted).sessions();
    return possible == wanted
        ? wanted + " in total"
        : possible + " in total: " + wanted + " require more file descriptors (ulimit -n)";
  }

  private static String authentication(AuthSettings auth) {
    List<String> keys = new ArrayList<>();
    if (!auth.secrets().isEmpty()) {
      keys.add(auth.secrets().size() == 1 ? "1 secret" : auth.secrets().size() + " secrets");
    }
    auth.publicKeys().issuer().ifPresent(issuer -> keys.add("the keys of " + issuer));
    auth.publicKeys().setUrl().ifPresent(url -> keys.add("the keys at " + url));
    auth.publicKeys().file().ifPresent(file -> keys.add("the keys in " + file));
    String verified = "verified with " + String.join(" and ", keys);
    return auth.isRequired()
        ? "on: JWT within " + auth.timeout().toMillis() + " ms, " + verified
        : "optional: a token, if sent, is " + verified;
  }

  private static String origins(OriginRules rules) {
    if (rules.listed().isEmpty()) {
      return rules.loopbackWhenUnlisted()
          ? "loopback only (development); set ALLOWED_ORIGINS"
          : "none: browsers are refused; set ALLOWED_ORIGINS";
    }
    return String.join(", ", rules.listed());
  }

  private static String upstream(UpstreamSettings server) {
    return "%s: %s, model %s%s"
        .formatted(
            server.name(),
            server.url().toString().replaceFirst("\\?.*", ""),
            server.model(),
            server.modelFixed() ? "" : " if the client names none");
  }

  private static String adminPort(Settings settings, boolean runs) {
    AdminSettings admin = settings.admin();
    if (!admin.isOn()) {
      return "off (ADMIN_PORT=0): no probes, metrics or dashboard";
    }
    if (!runs) {
      return "NONE: another process has port %d; set ADMIN_PORT".formatted(admin.port());
    }
    return "%s://%s:%d, %s"
        .formatted(
            settings.tls().isPresent() && !admin.isLoopback() ? "https" : "http",
            admin.host().contains(":") && !admin.host().startsWith("[")
                ? "[" + admin.host() + "]"
                : admin.host(),
            admin.port(),
            signIn(settings, admin));
  }

  private static String signIn(Settings settings, AdminSettings admin) {
    if (admin.servesProbesOnly(settings.production())) {
      return "probes and metrics only; for API and dashboard, set ADMIN_TOKEN (./donna secret) or"
          + " ADMIN_OIDC_ISSUER";
    }
    List<String> ways = new ArrayList<>();
    admin.token().ifPresent(token -> ways.add("ADMIN_TOKEN"));
    admin.signIn().ifPresent(provider -> ways.add("sign-in at " + provider.issuer()));
    return ways.isEmpty()
        ? "open to users of this machine"
        : "for operators with " + String.join(" or ", ways);
  }

  private static String usage(MeteringSettings metering) {
    return metering
            .usageLog()
            .map(file -> "logged to " + file)
            .orElse("kept in memory only (set USAGE_LOG to keep it)")
        + "; prices of "
        + metering.prices().asOf();
  }
}
