package io.donna.gateway.cli;

import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.auth.TokenMint;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.Settings;
import io.donna.gateway.edge.Gateway;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code donna dev}: the gateway with the simulator as its upstream, without key or settings. */
@Command(
    name = "dev",
    description = {
      "Run the gateway with the built-in simulator as its upstream; no API key needed.",
      "Without JWT_SECRET, tokens are optional and are verified with a secret generated on first use "
          + "(.donna/secret). RATE_LIMIT_MAX_REQUESTS defaults to 1000."
    },
    mixinStandardHelpOptions = true)
final class DevCommand implements Callable<Integer> {
  /** A developer who reloads a page stays below it; a runaway loop does not. */
  private static final String REQUESTS_A_MINUTE = "1000";

  private static final Duration A_DAY = Duration.ofDays(1);

  private static final Logger LOG = LoggerFactory.getLogger(DevCommand.class);

  @Spec private CommandSpec spec;

  @Option(
      names = "--tls",
      description = "serve TLS with a certificate for this machine, generated on first use")
  private boolean tls;

  @Override
  public Integer call() throws IOException, InterruptedException, InvalidSettings {
    Environment environment = Environment.ofProcess(Path.of(""));
    Map<String, String> own = new HashMap<>();
    putUnlessSet(environment, own, "ENABLE_WS_PROXY", "true");
    putUnlessSet(environment, own, "RATE_LIMIT_MAX_REQUESTS", REQUESTS_A_MINUTE);
    Optional<DevelopmentCertificate> certificate = Optional.empty();
    if (tls && !environment.has("TLS_CERT_FILE")) {
      certificate = Optional.of(DevelopmentCertificate.inWorkingDirectory());
      own.put("TLS_CERT_FILE", certificate.get().certificate().toString());
      own.put("TLS_KEY_FILE", certificate.get().key().toString());
    }
    boolean ownSecret = !Settings.authOf(environment).isConfigured();
    if (ownSecret) {
      own.put("JWT_SECRET", DevelopmentState.secret().value());
    }
    own.put("UPSTREAM", "openai");
    own.put("OPENAI_API_KEY", "simulated");
    // Validate the settings before anything starts; the upstream URL is a placeholder.
    own.put("OPENAI_REALTIME_URL", "ws://127.0.0.1:1/v1/realtime");
    Logging logging = Logging.start(read(environment.with(own), ownSecret));
    URI simulator = SimulatorTool.start();
    own.put("OPENAI_REALTIME_URL", simulator.toString());
    Settings settings = read(environment.with(own), ownSecret);
    Optional<Path> authority = certificate.map(DevelopmentCertificate::authority);
    Server.run(
        settings,
        logging,
        explainingRates(logging.securityLog(), settings),
        false, // a developer reads this log, and no monitor does
        (gateway, adminRuns) -> welcome(settings, gateway, adminRuns, authority, ownSecret));
    return ExitCode.OK;
  }

  /** Explains in the log which setting caused a refusal by the rate limit. */
  private static SecurityLog explainingRates(SecurityLog log, Settings settings) {
    return event -> {
      log.record(event);
      if (event instanceof SecurityEvent.RateLimitExceeded
          || event instanceof SecurityEvent.ConnectionBlockedRateLimit) {
        LOG.warn(
            "rate limit: {} requests per address in {} s (RATE_LIMIT_MAX_REQUESTS)",
            settings.rateLimit().requests(),
            settings.rateLimit().window().toSeconds());
      }
    };
  }

  private static Settings read(Environment environment, boolean optionalTokens)
      throws InvalidSettings {
    return optionalTokens
        ? Settings.readWithOptionalTokens(environment)
        : Settings.read(environment);
  }

  private static void putUnlessSet(
      Environment environment, Map<String, String> own, String name, String value) {
    if (!environment.has(name)) {
      own.put(name, value);
    }
  }

  private void welcome(
      Settings settings,
      Gateway gateway,
      boolean adminRuns,
      Optional<Path> authority,
      boolean ownSecret) {
    Terminal out = Terminal.out(spec);
    boolean secure = settings.tls().isPresent();
    String websocket =
        TargetGateway.webSocket(
            secure ? "wss" : "ws",
            TargetGateway.reachable(settings.host()),
            Integer.toString(gateway.address().getPort()));
    String http = websocket.replaceFirst("^ws", "http").replaceFirst("/realtime$", "");
    try {
      DevelopmentState.announce(new DevelopmentState.Running(websocket, authority, ownSecret));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Optional<String> ca = authority.map(file -> Terminal.quoted(file.toAbsolutePath()));
    if (settings.playground()) {
      out.line("Talk to it: " + http + "/playground");
      out.line();
    }
    out.line("Donna is listening on " + http + ", with the built-in simulator as its upstream.");
    out.line();
    Summary.of(settings, adminRuns).forEach(out::line);
    out.line();
    out.line("Try next, in another terminal:");
    out.line("  curl " + ca.map(file -> "--cacert " + file + " ").orElse("") + http + "/test");
    out.line("  ./donna talk");
    out.line("  SDKs: base URL " + http + "/v1, API key: a token");
    ca.ifPresent(file -> {
      out.line("  Node: export NODE_EXTRA_CA_CERTS=" + file);
      out.line("  Browsers: import " + file + " as a certificate authority; its private key is");
      out.line("  deleted, and it may only certify localhost, 127.0.0.0/8 and ::1");
    });
    settings.auth().secrets().stream()
        .findFirst()
        .ifPresent(secret -> {
          out.line(
              "  export TOKEN="
                  + new TokenMint(secret, Clock.systemUTC()).mint("me", A_DAY, Map.of()));
          out.line("      valid for 24 hours; ./donna token --sub me mints another");
        });
    if (ownSecret) {
      out.line("  (umask 077; echo \"JWT_SECRET=$(./donna secret)\" >> .env)");
      out.line("      and restart, to require a token");
    }
    out.line();
    out.line("Security events follow. Press Ctrl-C to stop.");
  }
}
