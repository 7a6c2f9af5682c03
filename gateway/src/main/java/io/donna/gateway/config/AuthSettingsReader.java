package io.donna.gateway.config;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** Reads and cross-checks the {@code JWT_*} settings. */
final class AuthSettingsReader {
  private static final int MIN_SECRET_BYTES = 32;
  private static final int MOST_SECRETS = 8;
  private static final long DAY_MS = 86_400_000L;
  private static final String HTTP_URL = "an https:// URL without credentials, query or fragment";

  private final SettingsReader reader;

  private AuthSettingsReader(SettingsReader reader) {
    this.reader = reader;
  }

  /**
   * Reads all of them.
   *
   * @param aliases what the names of models in tokens mean
   * @param production whether tokens must expire by default
   * @param optional whether clients may connect without a token
   */
  static AuthSettings read(
      SettingsReader reader, ModelAliases aliases, boolean production, boolean optional) {
    AuthSettingsReader auth = new AuthSettingsReader(reader);
    List<Secret> secrets = auth.secrets("JWT_SECRET");
    PublicKeySettings publicKeys = auth.publicKeys();
    return new AuthSettings(
        secrets,
        publicKeys,
        auth.rules(secrets, publicKeys, aliases, production),
        new CredentialSettings(
            reader.optional("JWT_COOKIE", AuthSettingsReader::token, "a cookie name"),
            reader.optional(
                "JWT_QUERY_PARAM", AuthSettingsReader::token, "a query parameter name")),
        reader.readableFile("JWT_REVOCATIONS_FILE"),
        auth.secrets("CLIENT_SECRET_KEY"),
        reader.millis("AUTH_TIMEOUT_MS", 10_000, 1, DAY_MS),
        optional);
  }

  /** One secret, or several separated by commas. */
  private List<Secret> secrets(String name) {
    List<Secret> secrets =
        reader.secret(name).stream()
            .flatMap(secret -> Arrays.stream(secret.value().split(",", -1)))
            .map(String::strip)
            .map(Secret::new)
            .toList();
    if (secrets.size() > MOST_SECRETS) {
      reader.problem(
          name, "has " + secrets.size() + " secrets: at most " + MOST_SECRETS + " are allowed");
    }
    for (Secret secret : secrets) {
      int length = secret.value().getBytes(StandardCharsets.UTF_8).length;
      if (length < MIN_SECRET_BYTES) {
        reader.problem(
            name,
            (secrets.size() == 1 ? "is " : "has a secret of ")
                + length
                + " bytes: at least "
                + MIN_SECRET_BYTES
                + " are required (./donna secret generates one)");
      } else if (secret.value().startsWith("-----BEGIN")) {
        // A public key as an HMAC secret would let anyone sign tokens.
        reader.problem(name, "is a PEM key: a public key belongs in JWT_PUBLIC_KEY_FILE");
      }
    }
    return secrets;
  }

  private PublicKeySettings publicKeys() {
    Optional<URI> setUrl =
        reader.optional(
            "JWT_JWKS_URL",
            AuthSettingsReader::httpUrl,
            "an https:// URL without credentials or fragment");
    Optional<String> issuer =
        reader.optional(
            "JWT_OIDC_ISSUER",
            text -> httpUrl(text).filter(url -> url.getQuery() == null).map(url -> text),
            HTTP_URL);
    if (setUrl.isPresent() && issuer.isPresent()) {
      reader.problem(
          "JWT_OIDC_ISSUER",
          "cannot be combined with JWT_JWKS_URL: the issuer publishes its key set URL");
    }
    return new PublicKeySettings(setUrl, issuer, reader.fixedFile("JWT_PUBLIC_KEY_FILE"));
  }

  private TokenRules rules(
      List<Secret> secrets,
      PublicKeySettings publicKeys,
      ModelAliases aliases,
      boolean production) {
    Set<String> algorithms =
        set(
            "JWT_ALGORITHMS",
            name -> Optional.of(name).filter(TokenRules.ALGORITHMS::contains),
            "one of " + String.join(", ", new TreeSet<>(TokenRules.ALGORITHMS)));
    for (String algorithm : algorithms) {
      boolean hmac = algorithm.startsWith("HS");
      if (hmac ? secrets.isEmpty() : !publicKeys.arePresent()) {
        reader.problem(
            "JWT_ALGORITHMS",
            "lists "
                + algorithm
                + (hmac ? ", but JWT_SECRET is not set" : ", but no public key is configured"));
      }
    }
    return new TokenRules(
        algorithms,
        set("JWT_ISSUER", Optional::of, "text"),
        set("JWT_AUDIENCE", Optional::of, "text"),
        set("JWT_REQUIRED_CLAIMS", Optional::of, "text"),
        reader.flag("JWT_REQUIRE_EXP", production),
        reader.millis("JWT_CLOCK_SKEW_MS", 30_000, 0, 600_000),
        aliases);
  }

  private Set<String> set(String name, Function<String, Optional<String>> parse, String expected) {
    return new LinkedHashSet<>(reader.list(name, parse, expected));
  }

  /** RFC 9110, 5.6.2. */
  private static Optional<String> token(String text) {
    return text.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}") ? Optional.of(text) : Optional.empty();
  }

  private static Optional<URI> httpUrl(String text) {
    return SettingsReader.url(text, "http", "https");
  }

  /** The setting that fetches keys over plain HTTP, where an attacker could replace them. */
  static Optional<String> overPlainHttp(PublicKeySettings keys) {
    if (keys.setUrl().filter(url -> "http".equalsIgnoreCase(url.getScheme())).isPresent()) {
      return Optional.of("JWT_JWKS_URL");
    }
    return keys.issuer().filter(issuer -> issuer.regionMatches(true, 0, "http:", 0, 5)).isPresent()
        ? Optional.of("JWT_OIDC_ISSUER")
        : Optional.empty();
  }
}
