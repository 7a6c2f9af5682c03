package io.donna.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
  private static final String SECRET = "0123456789abcdef0123456789abcdef";

  private static Settings read(String... variables) throws InvalidSettings {
    return Settings.read(environment(variables));
  }

  private static Environment environment(String... variables) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < variables.length; i += 2) {
      values.put(variables[i], variables[i + 1]);
    }
    return Environment.of(values);
  }

  private static InvalidSettings refusal(String... variables) {
    return catchThrowableOfType(InvalidSettings.class, () -> read(variables));
  }

  @Test
  void hasTheDefaultsThatTheDocumentsPromise() throws InvalidSettings {
    Settings settings = read();

    assertThat(settings)
        .isEqualTo(
            new Settings(
                false,
                false,
                "127.0.0.1",
                3001,
                Optional.empty(),
                List.of(
                    new UpstreamSettings(
                        "openai",
                        UpstreamSettings.Kind.OPENAI,
                        URI.create("wss://api.openai.com/v1/realtime"),
                        UpstreamCredentials.bearer(List.of()),
                        "gpt-realtime-2.1",
                        false,
                        Optional.empty(),
                        Duration.ofSeconds(10))),
                AuthSettings.of(List.of()),
                new OriginRules(List.of(), true),
                new RateLimit(10, Duration.ofSeconds(60)),
                new ConnectionLimits(3, 10_000),
                List.of(),
                false,
                16_777_216,
                new PeerTimeouts(
                    Duration.ofSeconds(10), Duration.ofMinutes(2), Duration.ofMinutes(2)),
                Duration.ofSeconds(5),
                false,
                LogFormat.TEXT,
                new SessionDefaults(Optional.empty(), Optional.empty(), false),
                true,
                new DialectSettings(DialectSettings.Client.AUTO, DialectSettings.Upstream.GA),
                new ModelAliases(Map.of()),
                Set.of(Api.REALTIME, Api.TRANSCRIPTION),
                new MeteringSettings(Optional.empty(), Optional.empty()),
                Optional.empty(),
                AdminSettings.USUAL,
                AlertSettings.USUAL,
                Optional.empty(),
                Optional.empty(),
                settings.hash()));
    assertThat(settings.session().isEmpty()).isTrue();
    assertThat(settings.auth().isRequired()).isFalse();
  }

  @Test
  void readsEverySetting() throws InvalidSettings {
    Settings settings =
        read(
            "ENABLE_WS_PROXY", "true",
            "PORT", "8080",
            "HOST", "::1",
            "OPENAI_API_KEY", "sk-key",
            "OPENAI_REALTIME_URL", "ws://upstream.internal:9000/v1/realtime?a=b",
            "OPENAI_REALTIME_MODEL", "gpt-realtime-mini",
            "JWT_SECRET", SECRET + " , " + SECRET.replace('0', '1'),
            "JWT_JWKS_URL", "https://idp.example/keys",
            "JWT_ALGORITHMS", "HS256,ES256",
            "JWT_ISSUER", "https://idp.example",
            "JWT_AUDIENCE", "donna, api",
            "JWT_REQUIRED_CLAIMS", "sub",
            "JWT_REQUIRE_EXP", "true",
            "JWT_COOKIE", "session",
            "JWT_QUERY_PARAM", "access_token",
            "CLIENT_SECRET_KEY", SECRET.replace('0', '2'),
            "JWT_CLOCK_SKEW_MS", "1000",
            "AUTH_TIMEOUT_MS", "1500",
            "ALLOWED_ORIGINS", " https://App.example.com ,, https://*.example.org:8443 ,null",
            "RATE_LIMIT_MAX_REQUESTS", "7",
            "RATE_LIMIT_WINDOW_MS", "1000",
            "MAX_CONNECTIONS_PER_IP", "2",
            "MAX_CONNECTIONS", "20",
            "TRUSTED_PROXIES", "10.0.0.0/8, ::1",
            "PROXY_PROTOCOL", "true",
            "MAX_MESSAGE_BYTES", "1024",
            "UPSTREAM_CONNECT_TIMEOUT_MS", "2500",
            "REQUEST_TIMEOUT_MS", "6000",
            "KEEPALIVE_TIMEOUT_MS", "7000",
            "STALL_TIMEOUT_MS", "8000",
            "SHUTDOWN_GRACE_MS", "0",
            "SHUTDOWN_HANDOVER", "true",
            "LOG_FORMAT", "JSON",
            "SESSION_INSTRUCTIONS", "Be brief.",
            "SESSION_VOICE", "marin",
            "ENABLE_SERVER_VAD", "TRUE",
            "PLAYGROUND", "false",
            "CLIENT_DIALECT", "beta",
            "UPSTREAM_DIALECT", "BETA",
            "APIS", "Transcription",
            "ADMIN_PORT", "9092",
            "ADMIN_HOST", "::1",
            "ADMIN_HOSTS", "Admin.example.com",
            "ADMIN_TOKEN", SECRET,
            "ADMIN_OIDC_ISSUER", "https://idp.example",
            "ADMIN_OIDC_CLIENT_ID", "donna",
            "ADMIN_OIDC_CLIENT_SECRET", "secret",
            "ADMIN_OIDC_ROLES_CLAIM", "groups",
            "STATE_DIR", ".",
            "USAGE_LOG", "usage.jsonl");

    assertThat(settings)
        .isEqualTo(
            new Settings(
                true,
                false,
                "::1",
                8080,
                Optional.empty(),
                List.of(
                    new UpstreamSettings(
                        "openai",
                        UpstreamSettings.Kind.OPENAI,
                        URI.create("ws://upstream.internal:9000/v1/realtime?a=b"),
                        UpstreamCredentials.bearer(List.of(new Secret("sk-key"))),
                        "gpt-realtime-mini",
                        false,
                        Optional.empty(),
                        Duration.ofMillis(2500))),
                new AuthSettings(
                    List.of(new Secret(SECRET), new Secret(SECRET.replace('0', '1'))),
                    new PublicKeySettings(
                        Optional.of(URI.create("https://idp.example/keys")),
                        Optional.empty(),
                        Optional.empty()),
                    new TokenRules(
                        Set.of("HS256", "ES256"),
                        Set.of("https://idp.example"),
                        Set.of("donna", "api"),
                        Set.of("sub"),
                        true,
                        Duration.ofSeconds(1),
                        ModelAliases.NONE),
                    new CredentialSettings(Optional.of("session"), Optional.of("access_token")),
                    Optional.empty(),
                    List.of(new Secret(SECRET.replace('0', '2'))),
                    Duration.ofMillis(1500),
                    false),
                new OriginRules(
                    List.of("https://app.example.com", "https://*.example.org:8443", "null"), true),
                new RateLimit(7, Duration.ofSeconds(1)),
                new ConnectionLimits(2, 20),
                List.of(
                    AddressRange.parse("10.0.0.0/8").orElseThrow(),
                    AddressRange.parse("::1/128").orElseThrow()),
                true,
                1024,
                new PeerTimeouts(
                    Duration.ofSeconds(6), Duration.ofSeconds(7), Duration.ofSeconds(8)),
                Duration.ZERO,
                true,
                LogFormat.JSON,
                new SessionDefaults(Optional.of("Be brief."), Optional.of("marin"), true),
                false,
                new DialectSettings(DialectSettings.Client.BETA, DialectSettings.Upstream.BETA),
                new ModelAliases(Map.of()),
                Set.of(Api.TRANSCRIPTION),
                new MeteringSettings(Optional.empty(), Optional.of(Path.of("usage.jsonl"))),
                Optional.empty(),
                new AdminSettings(
                    9092,
                    true,
                    "::1",
                    List.of("admin.example.com"),
                    Optional.of(new Secret(SECRET)),
                    Optional.of(
                        new SignInSettings(
                            URI.create("https://idp.example"),
                            "donna",
                            Optional.of(new Secret("secret")),
                            "groups")),
                    Optional.of(Path.of("."))),
                AlertSettings.USUAL,
                Optional.empty(),
                Optional.empty(),
                settings.hash()));
    assertThat(settings.secrets()).contains("secret");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ENABLE_WS_PROXY | yes | is \"yes\": it must be true or false",
        "ENABLE_WS_PROXY | 1 | is \"1\": it must be true or false",
        "ADMIN_PORT | 3001 | is the public PORT too: the admin port needs its own",
        "ADMIN_HOSTS | https://a.example | has \"https://a.example\": each entry must be a host name"
            + " without scheme and port",
        "ADMIN_TOKEN | short | is 5 bytes: at least 24 are required (./donna secret generates one)",
        "ADMIN_OIDC_ISSUER | http://idp.example | must be an https:// URL without credentials, query or"
            + " fragment (http:// on this machine only)",
        "STATE_DIR | /nowhere | names a directory that cannot be written: /nowhere",
        "PORT | abc | is \"abc\": it must be a whole number from 0 to 65535",
        "PORT | 65536 | is \"65536\": it must be a whole number from 0 to 65535",
        "PORT | -1 | is \"-1\": it must be a whole number from 0 to 65535",
        "PORT | 3001.0 | is \"3001.0\": it must be a whole number from 0 to 65535",
        "PORT | 0x10 | is \"0x10\": it must be a whole number from 0 to 65535",
        "PORT | 99999999999999999999 | is \"99999999999999999999\": it must be a whole number from 0"
            + " to 65535",
        "DONNA_ENV | prod | is \"prod\": it must be development or production",
        "OPENAI_API_KEY | sk key | contains characters that are not allowed in an API key",
        "OPENAI_API_KEY | sk-kéy | contains characters that are not allowed in an API key",
        "OPENAI_REALTIME_URL | https://a.example | must be a ws:// or wss:// URL without credentials"
            + " or fragment",
        "OPENAI_REALTIME_URL | api.openai.com | must be a ws:// or wss:// URL without credentials or"
            + " fragment",
        "OPENAI_REALTIME_URL | wss:// | must be a ws:// or wss:// URL without credentials or"
            + " fragment",
        "OPENAI_REALTIME_URL | wss:///v1 | must be a ws:// or wss:// URL without credentials or"
            + " fragment",
        "OPENAI_REALTIME_URL | wss://a.example/#b | must be a ws:// or wss:// URL without credentials"
            + " or fragment",
        "OPENAI_REALTIME_URL | wss://a.example/a b | must be a ws:// or wss:// URL without"
            + " credentials or fragment",
        "OPENAI_REALTIME_URL | wss://a.example:65536/ | must be a ws:// or wss:// URL without"
            + " credentials or fragment",
        "OPENAI_REALTIME_URL | wss://a.example:0/ | must be a ws:// or wss:// URL without credentials"
            + " or fragment",
        "UPSTREAM_CA_FILE | /no/such/file | names a file that cannot be read: /no/such/file",
        "MODEL_ALIASES | old | has \"old\": each entry must be ALIAS=MODEL, such as"
            + " gpt-4o-realtime-preview=gpt-realtime-2.1",
        "MODEL_ALIASES | =new | has \"=new\": each entry must be ALIAS=MODEL, such as"
            + " gpt-4o-realtime-preview=gpt-realtime-2.1",
        "MODEL_ALIASES | a=b,a=c | lists a twice",
        "APIS | realtime,voice | is \"realtime,voice\": it must be one or more of realtime, transcription, translation, live",
        "APIS | , | is \",\": it must be one or more of realtime, transcription, translation, live",
        "MODEL_ALIASES | a=b,b=c | lists b both as a model and as an alias",
        "PRICES_FILE | /no/such/file | names a file that cannot be read: /no/such/file",
        "USAGE_LOG | /no/such/folder/log | names a file that cannot be written:"
            + " /no/such/folder/log",
        "USAGE_LOG | /tmp | names a file that cannot be written: /tmp",
        "GUARD_WEBHOOK_SECRET | short | must be at least 24 bytes, or whsec_ and the base64 of at"
            + " least 24 bytes",
        "GUARD_WEBHOOK_SECRET | whsec_c2hvcnQ= | must be at least 24 bytes, or whsec_ and the base64"
            + " of at least 24 bytes",
        "GUARD_WEBHOOK_SECRET | whsec_not base64, however long it may be | must be at least 24 bytes,"
            + " or whsec_ and the base64 of at least 24 bytes",
        "JWT_SECRET | short | is 5 bytes: at least 32 are required (./donna secret generates one)",
        "JWT_JWKS_URL | idp.example/keys | must be an https:// URL without credentials or fragment",
        "JWT_JWKS_URL | https://a:b@idp.example | must be an https:// URL without credentials or"
            + " fragment",
        "JWT_JWKS_URL | file:///etc/keys | must be an https:// URL without credentials or fragment",
        "JWT_OIDC_ISSUER | https://idp.example?a=b | must be an https:// URL without credentials,"
            + " query or fragment",
        "JWT_OIDC_ISSUER | idp | must be an https:// URL without credentials, query or fragment",
        "JWT_PUBLIC_KEY_FILE | /no/such/key | names a file that cannot be read: /no/such/key",
        "JWT_SECRET | -----BEGIN PUBLIC KEY-----MIIBIjANBgkq | is a PEM key: a public key"
            + " belongs in JWT_PUBLIC_KEY_FILE",
        "JWT_ALGORITHMS | HS256 | lists HS256, but JWT_SECRET is not set",
        "JWT_ALGORITHMS | RS256 | lists RS256, but no public key is configured",
        "JWT_CLOCK_SKEW_MS | -1 | is \"-1\": it must be a number of milliseconds from 0 to 600000",
        "JWT_REQUIRE_EXP | maybe | is \"maybe\": it must be true or false",
        "JWT_QUERY_PARAM | a b | must be a query parameter name",
        "JWT_REVOCATIONS_FILE | /no/such/list | names a file that cannot be read: /no/such/list",
        "AUTH_TIMEOUT_MS | 0 | is \"0\": it must be a number of milliseconds from 1 to 86400000",
        "AUTH_TIMEOUT_MS | 10s | is \"10s\": it must be a number of milliseconds from 1 to 86400000",
        "ALLOWED_ORIGINS | app.example.com | has \"app.example.com\": each entry must be an origin such as"
            + " https://app.example.com, https://*.example.com, null or *",
        "RATE_LIMIT_MAX_REQUESTS | 0 | is \"0\": it must be a whole number from 1 to 1000000000",
        "RATE_LIMIT_WINDOW_MS | 0 | is \"0\": it must be a number of milliseconds from 1 to 86400000",
        "RATE_LIMIT_WINDOW_MS | 86400001 | is \"86400001\": it must be a number of milliseconds from 1 to"
            + " 86400000",
        "MAX_CONNECTIONS_PER_IP | 0 | is \"0\": it must be a whole number from 1 to 1000000",
        "MAX_CONNECTIONS | many | is \"many\": it must be a whole number from 1 to 1000000",
        "TRUSTED_PROXIES | 10.0.0.0/33 | has \"10.0.0.0/33\": each entry must be an address or CIDR range such as"
            + " 10.0.0.0/8 or 2001:db8::/32",
        "PROXY_PROTOCOL | v2 | is \"v2\": it must be true or false",
        "PROXY_PROTOCOL | true | requires TRUSTED_PROXIES: without it, any client"
            + " could claim any address",
        "MAX_MESSAGE_BYTES | 1023 | is \"1023\": it must be a whole number from 1024 to 1073741824",
        "MAX_MESSAGE_BYTES | 16M | is \"16M\": it must be a whole number from 1024 to 1073741824",
        "UPSTREAM_CONNECT_TIMEOUT_MS | 0 | is \"0\": it must be a number of milliseconds from 1 to 600000",
        "REQUEST_TIMEOUT_MS | 0 | is \"0\": it must be a number of milliseconds from 100 to 600000",
        "STALL_TIMEOUT_MS | 99 | is \"99\": it must be a number of milliseconds from 100 to 86400000",
        "KEEPALIVE_TIMEOUT_MS | 99 | is \"99\": it must be a number of milliseconds from 100 to 86400000",
        "SHUTDOWN_GRACE_MS | -1 | is \"-1\": it must be a number of milliseconds from 0 to 86400000",
        "LOG_FORMAT | xml | is \"xml\": it must be text or json",
        "ENABLE_SERVER_VAD | on | is \"on\": it must be true or false",
        "ALLOW_INSECURE | maybe | is \"maybe\": it must be true or false",
      })
  void refusesAMalformedValueByItsNameAndSaysWhatItTakes(
      String variable, String value, String problem) {
    InvalidSettings refusal = refusal(variable, value);

    assertThat(refusal.problems()).containsExactly(new Problem(variable, problem));
    assertThat(refusal)
        .hasMessage("Donna cannot start: 1 invalid setting.\n  " + variable + " " + problem);
    assertThat(refusal.getStackTrace()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://",
        "//app.example.com",
        "https://app.example.com/",
        "https://app.example.com/path",
        "https://user@app.example.com",
        "https://app.example.com?x",
        "https://a.*.example.com",
        "https://**.example.com",
        "https://*example.com",
        "https://app.example.com:123456",
        "https://app.example.com:",
        "https://app example.com",
        "*.example.com",
        "https://[::1",
        "**"
      })
  void refusesOriginsThatNoBrowserSends(String origin) {
    assertThat(refusal("ALLOWED_ORIGINS", "https://good.example," + origin).problems())
        .extracting(Problem::setting)
        .containsExactly("ALLOWED_ORIGINS");
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "None", "hs256", "RS1", "ES256K", "HMAC"})
  void allowsNoAlgorithmThatIsNone(String algorithm) {
    assertThat(refusal("JWT_ALGORITHMS", algorithm).getMessage())
        .contains(
            "JWT_ALGORITHMS has \"" + algorithm + "\": each entry must be one of ES256, ES384,");
  }

  @Test
  void takesOneOriginOfAKeySet() {
    assertThat(
            refusal(
                    "JWT_JWKS_URL", "https://idp.example/keys",
                    "JWT_OIDC_ISSUER", "https://idp.example")
                .problems())
        .extracting(Problem::setting)
        .containsExactly("JWT_OIDC_ISSUER");
  }

  @ParameterizedTest
  @ValueSource(strings = {"JWT_JWKS_URL", "JWT_OIDC_ISSUER"})
  void takesKeysInProductionOverTlsOnly(String variable) throws InvalidSettings {
    String[] common = {"DONNA_ENV", "production", "ALLOWED_ORIGINS", "https://a.example"};

    assertThat(
            refusal(common[0], common[1], common[2], common[3], variable, "http://idp.example")
                .problems())
        .extracting(Problem::setting)
        .containsExactly(variable);
    assertThat(
            read(common[0], common[1], common[2], common[3], variable, "https://idp.example")
                .auth()
                .isRequired())
        .isTrue();
    assertThat(read(variable, "http://localhost:8080").auth().isRequired()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "*", "https://a.example,*"})
  void readsACookieOnlyOfPagesThatAreListed(String origins) throws InvalidSettings {
    assertThat(refusal("JWT_COOKIE", "session", "ALLOWED_ORIGINS", origins).problems())
        .extracting(Problem::setting)
        .containsExactly("JWT_COOKIE");
    assertThat(
            read("JWT_COOKIE", "session", "ALLOWED_ORIGINS", "https://a.example")
                .auth()
                .credentials()
                .cookie())
        .hasValue("session");
    assertThat(refusal("JWT_COOKIE", "a=b", "ALLOWED_ORIGINS", "https://a.example").problems())
        .containsExactly(new Problem("JWT_COOKIE", "must be a cookie name"));
  }

  @Test
  void wantsTokensToEndInProductionUnlessToldOtherwise() throws InvalidSettings {
    String[] production = {
      "DONNA_ENV", "production", "ALLOWED_ORIGINS", "https://a.example", "JWT_SECRET", SECRET
    };

    assertThat(read(production).auth().rules().requireExpiry()).isTrue();
    assertThat(read("JWT_SECRET", SECRET).auth().rules().requireExpiry()).isFalse();
    assertThat(
            read(Stream.concat(Stream.of(production), Stream.of("JWT_REQUIRE_EXP", "false"))
                    .toArray(String[]::new))
                .auth()
                .rules()
                .requireExpiry())
        .isFalse();
  }

  @Test
  void reportsWhatIsWrongWithThePolicyWithAllElse(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("policy.yaml"), "default_tier: a\ntiers:\n  b: {toolz: []}\n");

    InvalidSettings refusal = refusal("PORT", "x", "POLICY_FILE", file.toString());

    assertThat(refusal.problems())
        .extracting(Problem::toString)
        .contains(
            "POLICY_FILE " + file + ", line 1: default_tier: unknown tier \"a\"",
            "POLICY_FILE " + file + ", line 3: unknown key \"toolz\"")
        .hasSize(3);
  }

  @Test
  void reportsEveryProblemAtOnce() {
    InvalidSettings refusal =
        refusal(
            "PORT", "x",
            "LOG_FORMAT", "xml",
            "ALLOWED_ORIGINS", "a,https://b.example,c",
            "TRUSTED_PROXIES", "nowhere",
            "JWT_SECRET", "short");

    assertThat(refusal.problems())
        .extracting(Problem::setting)
        .containsExactlyInAnyOrder(
            "PORT",
            "LOG_FORMAT",
            "ALLOWED_ORIGINS",
            "ALLOWED_ORIGINS",
            "TRUSTED_PROXIES",
            "JWT_SECRET");
    assertThat(refusal.getMessage())
        .startsWith("Donna cannot start: 6 invalid settings.\n")
        .hasLineCount(7);
  }

  @ParameterizedTest
  @CsvSource({
    "JWT_SECRET, hunter2",
    "GUARD_WEBHOOK_SECRET, hunter2",
    "JWT_SECRET, 'hunter2,0123456789abcdef0123456789abcdef'",
    "OPENAI_API_KEY, sk-hunter2 with spaces",
    "OPENAI_API_KEY, sk-hunter2ü",
    "OPENAI_REALTIME_URL, wss://user:hunter2@api.example.com/v1",
    "OPENAI_REALTIME_URL, wss://hunter2@api.example.com/v1",
    "OPENAI_REALTIME_URL, https://api.example.com/?key=hunter2",
    "OPENAI_REALTIME_URL, wss://user:hunt er2@hunter2/"
  })
  void neverRepeatsASecretInItsReport(String variable, String value) {
    InvalidSettings refusal = refusal(variable, value);

    assertThat(refusal.getMessage()).contains(variable).doesNotContain("hunter2");
    assertThat(refusal.toString()).doesNotContain("hunter2");
  }

  @Test
  void neverShowsASecretInItsTableNorInItsRecords() throws InvalidSettings {
    Settings.Resolved resolved =
        Settings.resolve(
            environment(
                "JWT_SECRET", "hunter2".repeat(5),
                "OPENAI_API_KEY", "sk-hunter2",
                "OPENAI_REALTIME_URL", "wss://api.example.com/v1?key=hunter2"));

    assertThat(resolved.table().toString()).doesNotContain("hunter2");
    assertThat(resolved.settings().auth().toString()).doesNotContain("hunter2");
    assertThat(new Secret("hunter2")).hasToString("set (7 bytes)");
  }

  @Test
  void quotesALongOrWrappedValueShortAndOnOneLine() {
    InvalidSettings refusal = refusal("LOG_FORMAT", "a\nb\u001b[2J" + "x".repeat(1000));

    assertThat(refusal.getMessage()).hasLineCount(2).doesNotContain("\u001b").hasSizeLessThan(200);
  }

  @Test
  void takesAKeyForOpenAiAndNoneForAnother() throws InvalidSettings {
    InvalidSettings refusal = refusal("ENABLE_WS_PROXY", "true");
    InvalidSettings otherCase =
        refusal("ENABLE_WS_PROXY", "true", "OPENAI_REALTIME_URL", "WSS://API.OpenAI.com/v1");

    assertThat(refusal.problems()).extracting(Problem::setting).containsExactly("OPENAI_API_KEY");
    assertThat(otherCase.problems()).extracting(Problem::setting).containsExactly("OPENAI_API_KEY");
    assertThat(read("ENABLE_WS_PROXY", "true", "OPENAI_API_KEY", "sk-x").enabled()).isTrue();
    assertThat(read("ENABLE_WS_PROXY", "true", "OPENAI_REALTIME_URL", "ws://localhost:9").enabled())
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"DONNA_ENV", "NODE_ENV"})
  void refusesToStartInsecurelyInProduction(String variable) {
    assertThat(refusal(variable, "production").problems())
        .extracting(Problem::setting)
        .containsExactly("JWT_SECRET", "ALLOWED_ORIGINS");
    assertThat(refusal(variable, "production", "JWT_SECRET", SECRET).problems())
        .extracting(Problem::setting)
        .containsExactly("ALLOWED_ORIGINS");
    assertThat(
            refusal(variable, "production", "JWT_SECRET", SECRET, "ALLOWED_ORIGINS", "*")
                .problems())
        .extracting(Problem::setting)
        .containsExactly("ALLOWED_ORIGINS");
    assertThat(refusal(variable, "production", "ALLOWED_ORIGINS", "https://a.example").problems())
        .extracting(Problem::setting)
        .containsExactly("JWT_SECRET");
  }

  @Test
  void startsSecureInProductionAndListensToTheWorld() throws InvalidSettings {
    Settings settings =
        read(
            "DONNA_ENV", "Production",
            "JWT_SECRET", SECRET,
            "ALLOWED_ORIGINS", "https://a.example");

    assertThat(settings.production()).isTrue();
    assertThat(settings.host()).isEqualTo("0.0.0.0");
    assertThat(settings.origins().loopbackWhenUnlisted()).isFalse();
  }

  @Test
  void startsInsecureInProductionWhereToldTo() throws InvalidSettings {
    Settings settings = read("DONNA_ENV", "production", "ALLOW_INSECURE", "true");

    assertThat(settings.production()).isTrue();
    assertThat(settings.origins().loopbackWhenUnlisted()).isFalse();
    assertThat(refusal("DONNA_ENV", "production", "ALLOW_INSECURE", "false").problems())
        .isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "development, production, false",
    "production, development, true",
    "'', production, true",
    "'', test, false",
    "'', staging, false",
    "'', '', false"
  })
  void takesDonnaEnvBeforeNodeEnv(String donna, String node, boolean production)
      throws InvalidSettings {
    Settings settings = read("DONNA_ENV", donna, "NODE_ENV", node, "ALLOW_INSECURE", "true");

    assertThat(settings.production()).isEqualTo(production);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t"})
  void takesABlankValueForNone(String blank) throws InvalidSettings {
    Settings settings = read("PORT", blank, "JWT_SECRET", blank, "OPENAI_API_KEY", blank);

    assertThat(settings.port()).isEqualTo(3001);
    assertThat(settings.auth().isRequired()).isFalse();
    assertThat(settings.upstreams().getFirst().keys().listed()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {",", "a,", ",a", "a,,b"})
  void takesNoEmptySecretInAList(String shape) {
    String secrets = shape.replace("a", SECRET).replace("b", SECRET.replace('0', 'x'));

    assertThat(refusal("JWT_SECRET", secrets).getMessage())
        .contains("JWT_SECRET has a secret of 0 bytes")
        .doesNotContain(SECRET);
  }

  @Test
  void readsWhatSignsTokensAlone() throws InvalidSettings {
    AuthSettings auth = Settings.authOf(environment("JWT_SECRET", SECRET, "PORT", "not looked at"));

    assertThat(auth.secrets()).containsExactly(new Secret(SECRET));
  }

  @Test
  void postsAlertsInSlacksFormatToSlackUnlessToldOtherwise() throws InvalidSettings {
    String slack = "https://hooks.slack.com/services/T00/B00/abcdefgh";

    assertThat(webhook("ALERT_WEBHOOK_URL", slack).format()).isEqualTo(AlertWebhook.Format.SLACK);
    assertThat(webhook("ALERT_WEBHOOK_URL", slack, "ALERT_WEBHOOK_FORMAT", "json").format())
        .isEqualTo(AlertWebhook.Format.JSON);
    assertThat(webhook("ALERT_WEBHOOK_URL", "https://hooks.slack.com.evil.example/").format())
        .isEqualTo(AlertWebhook.Format.JSON);
    assertThat(
            webhook("ALERT_WEBHOOK_URL", "http://localhost:80/x", "ALERT_WEBHOOK_FORMAT", "SLACK")
                .format())
        .isEqualTo(AlertWebhook.Format.SLACK);
  }

  private static AlertWebhook webhook(String... variables) throws InvalidSettings {
    return read(variables).alerts().webhook().orElseThrow();
  }

  @Test
  void showsAWebhooksHostOnly() throws InvalidSettings {
    Settings.Resolved resolved =
        Settings.resolve(
            environment(
                "ALERT_WEBHOOK_URL",
                "https://hooks.slack.com/services/T00/B00/abcdefgh?key=k-123456789",
                "ALERT_WEBHOOK_SECRET",
                "a secret of at least 24 bytes"));

    assertThat(resolved.table())
        .contains(
            new ResolvedSetting("ALERT_WEBHOOK_URL", "https://hooks.slack.com/...", "environment"));
    assertThat(resolved.table().toString() + resolved.settings().alerts())
        .doesNotContain("T00")
        .doesNotContain("k-123")
        .doesNotContain("a secret");
    assertThat(resolved.settings().secrets())
        .contains("services/T00/B00/abcdefgh", "key=k-123456789", "a secret of at least 24 bytes");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://alerts.example/x-secret",
        "https://user:x-secret@alerts.example/",
        "https://alerts.example/#x-secret",
        "ftp://alerts.example/x-secret",
        "x-secret",
        "https:///x-secret"
      })
  void refusesAWebhookThatOthersCouldReadWithoutQuotingIt(String url) {
    assertThat(refusal("ALERT_WEBHOOK_URL", url).getMessage())
        .contains("ALERT_WEBHOOK_URL must be an https:// URL")
        .doesNotContain("x-secret");
  }

  @Test
  void refusesAShortSecretOfAlertsAndAFileWithMistakes(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("alerts.yaml"), "alerts:\n  x: {}\n");

    assertThat(
            refusal("ALERT_WEBHOOK_SECRET", "short", "ALERTS_FILE", file.toString()).getMessage())
        .contains("ALERT_WEBHOOK_SECRET must be at least 24 bytes")
        .contains(file + ", line 2: unknown alert \"x\"");
  }
}
