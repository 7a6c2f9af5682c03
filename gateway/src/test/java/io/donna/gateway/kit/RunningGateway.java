package io.donna.gateway.kit;

import static org.awaitility.Awaitility.await;

import io.donna.gateway.admin.AdminServer;
import io.donna.gateway.admin.ClusterView;
import io.donna.gateway.admin.Dashboard;
import io.donna.gateway.admin.LiveFeed;
import io.donna.gateway.admin.OperatorControls;
import io.donna.gateway.audit.LineSecurityLog;
import io.donna.gateway.audit.RateLimitedSecurityLog;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.auth.TokenMint;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.LogFormat;
import io.donna.gateway.config.Secret;
import io.donna.gateway.config.Settings;
import io.donna.gateway.edge.Gateway;
import io.donna.gateway.edge.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A gateway on a port of its own, its settings written as in the environment.
 *
 * <pre>{@code
 * try (RunningGateway gateway = RunningGateway.with("MAX_CONNECTIONS_PER_IP", "3").start()) { ... }
 * }</pre>
 */
public final class RunningGateway implements AutoCloseable {
  public static final String SECRET = "a secret of the tests that is long enough for HS256";
  public static final String API_KEY = "sk-test-of-the-gateway";

  /** The settings of a gateway that is about to start. */
  public static final class Builder {
    private final Map<String, String> variables = new HashMap<>();

    private Transport transport = Transport.best();
    private Clock clock = Clock.systemUTC();
    private boolean optionalTokens;
    private boolean limitedLog;
    private boolean admin;

    private Builder() {
      variables.put("ENABLE_WS_PROXY", "true");
      variables.put("PORT", "0");
      variables.put("ADMIN_PORT", "0");
      variables.put("OPENAI_API_KEY", API_KEY);
      variables.put("JWT_SECRET", SECRET);
      variables.put("OPENAI_REALTIME_URL", "ws://127.0.0.1:1/v1/realtime");
      // Tests have limits of their own in mind, or none.
      variables.put("RATE_LIMIT_MAX_REQUESTS", "100000");
      variables.put("MAX_CONNECTIONS_PER_IP", "1000");
      variables.put("UPSTREAM_RATE_PER_SESSION", "100000");
      variables.put("UPSTREAM_BACKOFF_MS", "0");
      variables.put("SHUTDOWN_GRACE_MS", "0");
    }

    public Builder with(String name, Object value) {
      variables.put(name, value.toString());
      return this;
    }

    public Builder without(String name) {
      variables.remove(name);
      return this;
    }

    /** Sockets driven by NIO, as where there is no native library. */
    public Builder overNio() {
      transport = Transport.nio();
      return this;
    }

    /** TLS on its port, with these files. */
    public Builder overTls(TestCertificates.Pair files) {
      return with("TLS_CERT_FILE", files.certificate()).with("TLS_KEY_FILE", files.key());
    }

    /** The time of day as the gateway sees it. */
    public Builder clock(Clock time) {
      clock = time;
      return this;
    }

    public Builder upstream(URI uri) {
      return with("OPENAI_REALTIME_URL", uri);
    }

    /**
     * As {@code ./donna dev} without a {@code JWT_SECRET}: a token is verified where one is shown.
     */
    public Builder optionalTokens() {
      optionalTokens = true;
      return this;
    }

    /** The security log at the rate of {@code donna serve}; without, a test reads every event. */
    public Builder limitedLog() {
      limitedLog = true;
      return this;
    }

    /** With an admin port that is free now. */
    public Builder admin() {
      admin = true;
      return with("ADMIN_PORT", FreePort.next());
    }

    Map<String, String> variables() {
      return variables;
    }

    public Settings settings() {
      try {
        Environment environment = Environment.of(variables);
        return optionalTokens
            ? Settings.readWithOptionalTokens(environment)
            : Settings.read(environment);
      } catch (InvalidSettings e) {
        throw new AssertionError(e.getMessage(), e);
      }
    }

    public RunningGateway start() {
      try {
        return new RunningGateway(this);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private final OperatorControls controls;
  private final ClusterView view;
  private final LiveFeed feed;
  private final Gateway gateway;
  private final Optional<AdminServer> admin;
  private final List<String> log = new CopyOnWriteArrayList<>();
  private final List<String> fullLog = new CopyOnWriteArrayList<>();

  private RunningGateway(Builder builder) throws IOException {
    Settings settings = builder.settings();
    Clock clock = builder.clock;
    feed = new LiveFeed(clock);
    SecurityLog lines =
        new LineSecurityLog(LogFormat.TEXT, clock, (kind, events, line) -> keep(line));
    SecurityLog limited = builder.limitedLog ? new RateLimitedSecurityLog(lines) : lines;
    SecurityLog events =
        event -> {
          limited.record(event);
          feed.record(event);
        };
    controls = OperatorControls.open(settings.admin().stateDir(), clock);
    gateway =
        Gateway.start(
            settings,
            events,
            clock,
            builder.transport,
            new Redaction(settings.secrets()),
            controls.controls());
    controls.share(gateway);
    view = ClusterView.start(gateway, settings, "test", clock);
    admin =
        builder.admin
            ? Optional.of(
                AdminServer.start(
                    settings,
                    new AdminServer.Parts(
                        gateway,
                        controls,
                        feed,
                        Dashboard.routes(),
                        view,
                        events,
                        clock,
                        builder.transport)))
            : Optional.empty();
    admin.ifPresent(AdminServer::announceStarted);
  }

  public AdminServer admin() {
    return admin.orElseThrow();
  }

  public ClusterView view() {
    return view;
  }

  public LiveFeed feed() {
    return feed;
  }

  public int adminPort() {
    return admin().address().getPort();
  }

  public static Builder with(String name, Object value) {
    return new Builder().with(name, value);
  }

  public static Builder behind(TestUpstream upstream) {
    return new Builder().upstream(upstream.uri());
  }

  public static Builder behind(URI upstream) {
    return new Builder().upstream(upstream);
  }

  public static Builder withoutUpstream() {
    return new Builder();
  }

  public int port() {
    return gateway.address().getPort();
  }

  public Gateway gateway() {
    return gateway;
  }

  private void keep(String line) {
    fullLog.add(line);
    log.add(line.replaceAll(",\"(session|timestamp)\":\"[^\"]*\"", ""));
  }

  /** The security log's lines so far, as they are written. */
  public List<String> fullLog() {
    return fullLog;
  }

  /** The same without what differs from run to run: the session's id and the time. */
  public List<String> log() {
    return log;
  }

  public void awaitLog(String part) {
    await("a log line with " + part)
        .atMost(Duration.ofSeconds(10))
        .until(() -> log.stream().anyMatch(line -> line.contains(part)));
  }

  /** Every connection that there was is gone and uncounted. */
  public void awaitNoConnections() {
    await("no connections left")
        .atMost(Duration.ofSeconds(10))
        .until(() -> gateway.connections() == 0);
  }

  public TestClient connect(String... headers) {
    return TestClient.connect(port(), "/realtime", headers);
  }

  /** A client that is authenticated and has not connected. */
  public TestClient connectReady() {
    return connect().authenticate();
  }

  /** A client that is authenticated and has asked for its upstream. */
  public TestClient connectRealtime() {
    return connectReady().connectRealtime();
  }

  /** A client of the drop-in endpoint. */
  public TestClient connectDropIn(String... headers) {
    return TestClient.connect(port(), "/v1/realtime?model=gpt-realtime-2.1", headers);
  }

  /** As {@link #connectDropIn}, with a token of this user's. */
  public TestClient connectDropInAs(String subject) {
    return connectDropIn(bearer(subject));
  }

  public HttpResponse<String> get(String path, String... headers) {
    return send(HttpRequest.newBuilder(uri(path)), headers);
  }

  public HttpResponse<String> post(String path, String body, String... headers) {
    return send(
        HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofString(body)), headers);
  }

  /** Asks for a client secret, on behalf of whose {@code token} it is. */
  public HttpResponse<String> askForSecret(String body, String token) {
    return post("/v1/realtime/client_secrets", body, "Authorization", "Bearer " + token);
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port() + path);
  }

  private static HttpResponse<String> send(HttpRequest.Builder request, String... headers) {
    if (headers.length > 0) {
      request.headers(headers);
    }
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  public static String token(String subject) {
    return token(subject, Duration.ofHours(1));
  }

  public static String token(String subject, Duration timeToLive) {
    return token(subject, timeToLive, Map.of());
  }

  public static String token(String subject, Map<String, Object> claims) {
    return token(subject, Duration.ofHours(1), claims);
  }

  public static String token(String subject, Duration timeToLive, Map<String, Object> claims) {
    return new TokenMint(new Secret(SECRET), Clock.systemUTC()).mint(subject, timeToLive, claims);
  }

  /** The header with a token of this user's. */
  public static String bearer(String subject) {
    return "Authorization: Bearer " + token(subject);
  }

  @Override
  public void close() {
    admin.ifPresent(AdminServer::close);
    view.close();
    gateway.close();
    controls.close();
  }
}
