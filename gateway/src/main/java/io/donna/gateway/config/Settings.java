package io.donna.gateway.config;

import io.donna.gateway.config.alerts.AlertRules;
import io.donna.gateway.config.alerts.AlertsFile;
import io.donna.gateway.config.policy.PolicyFile;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * All settings of a gateway, validated and consistent. Immutable.
 *
 * @param apis the APIs that are served; requests for others are refused
 * @param hash tells settings apart, without their secrets
 */
public record Settings(
    boolean enabled,
    boolean production,
    String host,
    int port,
    Optional<TlsSettings> tls,
    List<UpstreamSettings> upstreams,
    AuthSettings auth,
    OriginRules origins,
    RateLimit rateLimit,
    ConnectionLimits connections,
    List<AddressRange> trustedProxies,
    boolean proxyProtocol,
    int maxMessageBytes,
    PeerTimeouts peerTimeouts,
    Duration shutdownGrace,
    boolean shutdownHandover,
    LogFormat logFormat,
    SessionDefaults session,
    boolean playground,
    DialectSettings dialects,
    ModelAliases modelAliases,
    Set<Api> apis,
    MeteringSettings metering,
    Optional<PolicySettings> policy,
    AdminSettings admin,
    AlertSettings alerts,
    Optional<OtelSettings> otel,
    Optional<ClusterSettings> cluster,
    String hash) {

  /** The default of {@code PORT}. */
  public static final int USUAL_PORT = 3001;

  private static final String USAGE_LOG = "USAGE_LOG";
  private static final String POLICY_FILE = "POLICY_FILE";
  private static final String ALERTS_FILE = "ALERTS_FILE";
  private static final int LEAST_KEY_BYTES = 24;
  private static final long DAY_MS = 86_400_000L;

  /**
   * The settings and the effective value of each variable, for {@code donna check}.
   *
   * @param warnings about {@code .env}, sentences without a full stop
   */
  public record Resolved(Settings settings, List<ResolvedSetting> table, List<String> warnings) {}

  private enum Stage {
    DEVELOPMENT,
    PRODUCTION
  }

  public static Settings read(Environment environment) throws InvalidSettings {
    return resolve(environment).settings();
  }

  /**
   * As {@link #read}, with optional tokens: for a developer's own gateway. An error in production.
   */
  public static Settings readWithOptionalTokens(Environment environment) throws InvalidSettings {
    return resolve(environment, true).settings();
  }

  /** Only the settings of authentication. */
  public static AuthSettings authOf(Environment environment) throws InvalidSettings {
    SettingsReader reader = new SettingsReader(environment);
    AuthSettings auth =
        AuthSettingsReader.read(reader, ModelAliases.read(reader), isProduction(reader), false);
    if (!reader.problems().isEmpty()) {
      throw new InvalidSettings(reader.problems());
    }
    return auth;
  }

  /** Only the secret that signs tokens. */
  public static Optional<Secret> secretOf(Environment environment) throws InvalidSettings {
    return authOf(environment).secrets().stream().findFirst();
  }

  /** Only the path of the usage log; for reading, it need not be writable. */
  public static Optional<Path> usageLogOf(Environment environment) throws InvalidSettings {
    return pathOf(USAGE_LOG, environment);
  }

  /** Only the path of the policy, which may be invalid and about to be replaced. */
  public static Optional<Path> policyFileOf(Environment environment) throws InvalidSettings {
    return pathOf(POLICY_FILE, environment);
  }

  /** Only the aliases of models, which a policy may use. */
  public static ModelAliases modelAliasesOf(Environment environment) throws InvalidSettings {
    SettingsReader reader = new SettingsReader(environment);
    ModelAliases aliases = ModelAliases.read(reader);
    if (!reader.problems().isEmpty()) {
      throw new InvalidSettings(reader.problems());
    }
    return aliases;
  }

  private static Optional<Path> pathOf(String name, Environment environment)
      throws InvalidSettings {
    SettingsReader reader = new SettingsReader(environment);
    Optional<Path> path = reader.optionalText(name).map(Path::of);
    if (!reader.problems().isEmpty()) {
      throw new InvalidSettings(reader.problems());
    }
    return path;
  }

  /** Reads and validates all settings; the exception reports every problem at once. */
  public static Resolved resolve(Environment environment) throws InvalidSettings {
    return resolve(environment, false);
  }

  private static Resolved resolve(Environment environment, boolean optionalTokens)
      throws InvalidSettings {
    SettingsReader reader = new SettingsReader(environment);
    Settings settings = readAll(reader, optionalTokens);
    if (!reader.problems().isEmpty()) {
      throw new InvalidSettings(reader.problems());
    }
    return new Resolved(settings, reader.resolved(), reader.warnings());
  }

  /** The values that must not appear in logs, errors or messages to clients. */
  public List<String> secrets() {
    List<Secret> all = new ArrayList<>();
    upstreams.forEach(server -> all.addAll(server.keys().listed()));
    all.addAll(auth.secrets());
    all.addAll(auth.clientSecretKeys());
    policy.flatMap(PolicySettings::webhookSecret).ifPresent(all::add);
    all.addAll(admin.secrets());
    alerts.webhook().ifPresent(webhook -> all.addAll(webhook.secrets()));
    otel.ifPresent(export -> all.addAll(export.secrets()));
    cluster.ifPresent(shared -> all.addAll(shared.secrets()));
    return all.stream().map(Secret::value).toList();
  }

  private static Settings readAll(SettingsReader reader, boolean optionalTokens) {
    boolean enabled = reader.flag("ENABLE_WS_PROXY", false);
    boolean production = isProduction(reader);
    int port = reader.integer("PORT", USUAL_PORT, 0, 65_535);
    String host = reader.text("HOST", production ? "0.0.0.0" : "127.0.0.1");
    Optional<TlsSettings> tls = tls(reader);
    ModelAliases aliases = ModelAliases.read(reader);
    List<UpstreamSettings> upstreams = new UpstreamReader(reader, aliases, enabled).read();
    AuthSettings auth = AuthSettingsReader.read(reader, aliases, production, optionalTokens);
    OriginRules origins =
        new OriginRules(
            reader.list(
                "ALLOWED_ORIGINS",
                Settings::origin,
                "an origin such as https://app.example.com, https://*.example.com, null or *"),
            !production);
    if (auth.credentials().cookie().isPresent()
        && (origins.listed().isEmpty() || origins.listed().contains("*"))) {
      reader.problem(
          "JWT_COOKIE",
          "requires ALLOWED_ORIGINS to list your origins, without *: browsers send the cookie with"
              + " requests from any page");
    }
    boolean allowInsecure = reader.flag("ALLOW_INSECURE", false);
    if (production && !allowInsecure) {
      requireSecurity(reader, auth, origins);
    }
    List<AddressRange> trustedProxies =
        reader.list(
            "TRUSTED_PROXIES",
            AddressRange::parse,
            "an address or CIDR range such as 10.0.0.0/8 or 2001:db8::/32");
    boolean proxyProtocol = reader.flag("PROXY_PROTOCOL", false);
    if (proxyProtocol && trustedProxies.isEmpty()) {
      reader.problem(
          "PROXY_PROTOCOL",
          "requires TRUSTED_PROXIES: without it, any client could claim any address");
    }
    return new Settings(
        enabled,
        production,
        host,
        port,
        tls,
        upstreams,
        auth,
        origins,
        rateLimit(reader),
        new ConnectionLimits(
            reader.integer("MAX_CONNECTIONS_PER_IP", 3, 1, 1_000_000),
            reader.integer("MAX_CONNECTIONS", 10_000, 1, 1_000_000)),
        trustedProxies,
        proxyProtocol,
        reader.integer("MAX_MESSAGE_BYTES", 16 << 20, 1_024, 1 << 30),
        new PeerTimeouts(
            reader.millis("REQUEST_TIMEOUT_MS", 10_000, 100, 600_000),
            reader.millis("KEEPALIVE_TIMEOUT_MS", 120_000, 100, DAY_MS),
            reader.millis("STALL_TIMEOUT_MS", 120_000, 100, DAY_MS)),
        reader.millis("SHUTDOWN_GRACE_MS", 5_000, 0, DAY_MS),
        reader.flag("SHUTDOWN_HANDOVER", false),
        reader.choice("LOG_FORMAT", LogFormat.TEXT, LogFormat.class),
        new SessionDefaults(
            reader.optionalText("SESSION_INSTRUCTIONS"),
            reader.optionalText("SESSION_VOICE"),
            reader.flag("ENABLE_SERVER_VAD", false)),
        reader.flag("PLAYGROUND", !production),
        new DialectSettings(
            reader.choice(
                "CLIENT_DIALECT", DialectSettings.Client.AUTO, DialectSettings.Client.class),
            reader.choice(
                "UPSTREAM_DIALECT", DialectSettings.Upstream.GA, DialectSettings.Upstream.class)),
        aliases,
        reader.choices("APIS", EnumSet.of(Api.REALTIME, Api.TRANSCRIPTION), Api.class),
        new MeteringSettings(prices(reader), reader.writableFile(USAGE_LOG)),
        policy(reader, aliases),
        AdminSettings.read(reader, port),
        alerts(reader),
        OtelSettings.read(reader),
        ClusterSettings.read(reader),
        reader.hash());
  }

  private static RateLimit rateLimit(SettingsReader reader) {
    RateLimit usual =
        new RateLimit(
            reader.integer("RATE_LIMIT_MAX_REQUESTS", 10, 1, 1_000_000_000),
            reader.millis("RATE_LIMIT_WINDOW_MS", 60_000, 1, DAY_MS));
    return new RateLimit(usual.requests(), usual.window(), UpstreamRateLimits.read(reader, usual));
  }

  private static Optional<PriceList> prices(SettingsReader reader) {
    return reader
        .fixedFile("PRICES_FILE")
        .map(file -> PriceFile.read(file, problem -> reader.problem("PRICES_FILE", problem)));
  }

  /**
   * {@code NODE_ENV} is read if {@code DONNA_ENV} is unset; only its value {@code production} has
   * an effect.
   */
  private static boolean isProduction(SettingsReader reader) {
    boolean nodeProduction = reader.text("NODE_ENV", "").equalsIgnoreCase("production");
    Stage fallback = nodeProduction ? Stage.PRODUCTION : Stage.DEVELOPMENT;
    return reader.choice("DONNA_ENV", fallback, Stage.class) == Stage.PRODUCTION;
  }

  private static Optional<TlsSettings> tls(SettingsReader reader) {
    int before = reader.problems().size();
    Optional<Path> certificate = reader.readableFile("TLS_CERT_FILE");
    Optional<Path> key = reader.readableFile("TLS_KEY_FILE");
    Optional<Path> clientAuthorities = reader.readableFile("TLS_CLIENT_CA_FILE");
    if (reader.problems().size() > before) {
      return Optional.empty();
    }
    if (certificate.isEmpty() || key.isEmpty()) {
      if (certificate.isPresent() || key.isPresent() || clientAuthorities.isPresent()) {
        reader.problem(
            certificate.isEmpty() ? "TLS_CERT_FILE" : "TLS_KEY_FILE",
            "is not set: TLS requires a certificate and its private key");
      }
      return Optional.empty();
    }
    TlsSettings files = new TlsSettings(certificate.get(), key.get(), clientAuthorities);
    try {
      ServerIdentity.read(files);
    } catch (ServerIdentity.Unusable unusable) {
      reader.problem(unusable.problem().setting(), unusable.problem().text());
    }
    return Optional.of(files);
  }

  private static Optional<PolicySettings> policy(SettingsReader reader, ModelAliases aliases) {
    Optional<Secret> webhookSecret = webhookSecret(reader, "GUARD_WEBHOOK_SECRET");
    Optional<Path> file = reader.readableFile(POLICY_FILE);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    PolicyFile.Reading reading = PolicyFile.read(file.get(), aliases);
    reading.problems().forEach(problem -> reader.problem(POLICY_FILE, file.get() + ", " + problem));
    return reading.policy().map(policy -> new PolicySettings(file.get(), policy, webhookSecret));
  }

  private static AlertSettings alerts(SettingsReader reader) {
    Optional<Path> file = reader.readableFile(ALERTS_FILE);
    AlertRules rules =
        file.map(AlertsFile::read)
            .flatMap(reading -> {
              reading
                  .problems()
                  .forEach(problem -> reader.problem(ALERTS_FILE, file.get() + ", " + problem));
              return reading.rules();
            })
            .orElse(AlertRules.USUAL);
    Optional<URI> url = reader.webhookUrl("ALERT_WEBHOOK_URL");
    AlertWebhook.Format format =
        reader.choice("ALERT_WEBHOOK_FORMAT", AlertWebhook.Format.AUTO, AlertWebhook.Format.class);
    Optional<Secret> secret = webhookSecret(reader, "ALERT_WEBHOOK_SECRET");
    return new AlertSettings(
        file, rules, url.map(there -> new AlertWebhook(there, format, secret)));
  }

  /** The key in the format of Standard Webhooks (prefix and base64), or the raw key. */
  private static Optional<Secret> webhookSecret(SettingsReader reader, String name) {
    Optional<Secret> secret = reader.secret(name);
    if (secret.map(given -> keyLength(given.value()) < LEAST_KEY_BYTES).orElse(false)) {
      reader.problem(
          name, "must be at least 24 bytes, or whsec_ and the base64 of at least 24 bytes");
    }
    return secret;
  }

  private static int keyLength(String secret) {
    try {
      return secret.startsWith("whsec_")
          ? Base64.getDecoder().decode(secret.substring("whsec_".length())).length
          : secret.length();
    } catch (IllegalArgumentException notBase64) {
      return 0;
    }
  }

  private static void requireSecurity(
      SettingsReader reader, AuthSettings auth, OriginRules origins) {
    String override = " (ALLOW_INSECURE=true overrides)";
    if (!auth.isRequired()) {
      reader.problem("JWT_SECRET", "is not set: production requires authentication" + override);
    }
    AuthSettingsReader.overPlainHttp(auth.publicKeys())
        .ifPresent(
            name -> reader.problem(name, "is http://: production requires https://" + override));
    if (origins.listed().isEmpty()) {
      reader.problem(
          "ALLOWED_ORIGINS", "is not set: production requires a list of origins" + override);
    }
    if (origins.listed().contains("*")) {
      reader.problem("ALLOWED_ORIGINS", "has *: production does not allow every origin" + override);
    }
  }

  /** An origin as browsers write it (RFC 6454, 6.2), or one of the wildcards. */
  private static Optional<String> origin(String text) {
    if (text.equals("*") || text.equals("null")) {
      return Optional.of(text);
    }
    String lower = text.toLowerCase(Locale.ROOT);
    return lower.matches("[a-z][a-z0-9+.-]*://(\\*\\.)?(\\[[0-9a-f:.]+]|[a-z0-9._-]+)(:\\d{1,5})?")
        ? Optional.of(lower)
        : Optional.empty();
  }
}
