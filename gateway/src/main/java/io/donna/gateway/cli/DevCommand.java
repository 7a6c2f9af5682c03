package io.donna.gateway.cli;

import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.Settings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code donna dev}: the gateway with the simulator behind it, no key and no settings needed. */
@Command(
    name = "dev",
    description = "Run the gateway with the built-in simulator as its upstream: no key needed.",
    mixinStandardHelpOptions = true)
final class DevCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--tls",
      description = "listen with TLS, by a certificate for this machine that is made on first use")
  private boolean tls;

  @Override
  public Integer call() throws IOException, InterruptedException, InvalidSettings {
    Environment environment = Environment.ofProcess(Path.of(""));
    Map<String, String> own = new HashMap<>();
    if (!environment.has("ENABLE_WS_PROXY")) {
      own.put("ENABLE_WS_PROXY", "true");
    }
    Optional<DevelopmentCertificate> certificate = Optional.empty();
    if (tls && !environment.has("TLS_CERT_FILE")) {
      certificate = Optional.of(DevelopmentCertificate.inWorkingDirectory());
      own.put("TLS_CERT_FILE", certificate.get().certificate().toString());
      own.put("TLS_KEY_FILE", certificate.get().key().toString());
    }
    own.put("UPSTREAM", "openai");
    own.put("OPENAI_API_KEY", "simulated");
    // Settings first: what is wrong with them is said before anything starts.
    own.put("OPENAI_REALTIME_URL", "ws://127.0.0.1:1/v1/realtime");
    Logging logging = Logging.start(Settings.read(environment.with(own)));
    URI simulator = SimulatorTool.start();
    own.put("OPENAI_REALTIME_URL", simulator.toString());
    Settings settings = Settings.read(environment.with(own));
    Optional<Path> authority = certificate.map(DevelopmentCertificate::authority);
    Server.run(settings, logging, () -> welcome(settings, authority));
    return ExitCode.OK;
  }

  private void welcome(Settings settings, Optional<Path> authority) {
    Terminal out = Terminal.out(spec);
    String secure = settings.tls().isPresent() ? "s" : "";
    String http = "http" + secure + "://" + settings.host() + ":" + settings.port();
    String websocket =
        "ws" + secure + "://" + settings.host() + ":" + settings.port() + "/realtime";
    out.line("Donna is listening on " + http + ", with the built-in simulator behind it.");
    out.line();
    Summary.of(settings).forEach(out::line);
    out.line();
    out.line("Try next, in another terminal:");
    out.line("  curl " + authority.map(ca -> "--cacert " + ca + " ").orElse("") + http + "/test");
    out.line(
        "  ./donna talk "
            + websocket
            + authority.map(ca -> " --ca " + ca).orElse("")
            + (settings.auth().isRequired() ? " --token \"$(./donna token --sub me)\"" : ""));
    out.line("  SDKs: base URL " + http + "/v1, your token as the API key");
    authority.ifPresent(ca -> {
      out.line("  Node: NODE_EXTRA_CA_CERTS=" + ca.toAbsolutePath());
      out.line("  Browsers: import " + ca + " as an authority; its key no longer exists,");
      out.line("  and it speaks for localhost, 127.0.0.0/8 and ::1 only");
    });
    if (!settings.auth().isRequired()) {
      out.line(
          "  echo \"JWT_SECRET=$(./donna secret)\" >> .env    # and restart: with authentication");
    }
    out.line();
    out.line("Security events follow. Ctrl-C ends.");
  }
}
