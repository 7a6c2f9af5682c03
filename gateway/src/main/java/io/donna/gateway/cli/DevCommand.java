package io.donna.gateway.cli;

import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code donna dev}: the gateway with the simulator behind it, no key and no settings needed. */
@Command(
    name = "dev",
    description = "Run the gateway with the built-in simulator as its upstream: no key needed.",
    mixinStandardHelpOptions = true)
final class DevCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException, InvalidSettings {
    Environment environment = Environment.ofProcess(Path.of(""));
    Map<String, String> own = new HashMap<>();
    if (!environment.has("ENABLE_WS_PROXY")) {
      own.put("ENABLE_WS_PROXY", "true");
    }
    own.put("OPENAI_API_KEY", "simulated");
    // Settings first: what is wrong with them is said before anything starts.
    own.put("OPENAI_REALTIME_URL", "ws://127.0.0.1:1/v1/realtime");
    Logging logging = Logging.start(Settings.read(environment.with(own)).logFormat());
    URI simulator = SimulatorTool.start();
    own.put("OPENAI_REALTIME_URL", simulator.toString());
    Settings settings = Settings.read(environment.with(own));
    Server.run(settings, logging, () -> welcome(settings));
    return ExitCode.OK;
  }

  private void welcome(Settings settings) {
    PrintWriter out = spec.commandLine().getOut();
    String http = "http://" + settings.host() + ":" + settings.port();
    String websocket = "ws://" + settings.host() + ":" + settings.port() + "/realtime";
    out.println("Donna is listening on " + http + ", with the built-in simulator behind it.");
    out.println();
    Summary.of(settings).forEach(out::println);
    out.println();
    out.println("Try next, in another terminal:");
    out.println("  curl " + http + "/test");
    out.println(
        "  ./donna talk "
            + websocket
            + (settings.auth().isRequired() ? " --token \"$(./donna token --sub me)\"" : ""));
    out.println("  SDKs: base URL " + http + "/v1, your token as the API key");
    if (!settings.auth().isRequired()) {
      out.println(
          "  echo \"JWT_SECRET=$(./donna secret)\" >> .env    # and restart: with authentication");
    }
    out.println();
    out.println("Security events follow. Ctrl-C ends.");
    out.flush();
  }
}
