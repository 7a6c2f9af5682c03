package io.donna.gateway.cli;

import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.Settings;
import io.donna.gateway.edge.Gateway;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;

/** {@code donna serve}: the gateway with its settings from the environment. */
@Command(
    name = "serve",
    description = "Run the gateway, with settings from the environment and .env.",
    mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  @Override
  public Integer call() throws IOException, InterruptedException, InvalidSettings {
    Settings.Resolved resolved = Settings.resolve(Environment.ofProcess(Path.of("")));
    Settings settings = resolved.settings();
    Logging logging = Logging.start(settings);
    for (String name : resolved.unknownNames()) {
      LOG.warn("{} in .env is no setting of Donna's", name);
    }
    Server.run(settings, logging, gateway -> announce(settings, gateway));
    return ExitCode.OK;
  }

  private static void announce(Settings settings, Gateway gateway) {
    LOG.info(
        "listening on {}://{}:{}",
        settings.tls().isPresent() ? "https" : "http",
        settings.host(),
        gateway.address().getPort());
    for (String line : Summary.of(settings)) {
      LOG.info("{}", line);
    }
  }
}
