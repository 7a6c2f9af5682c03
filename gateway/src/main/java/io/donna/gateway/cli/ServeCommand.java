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
import org.slf4j.spi.LoggingEventBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;

/** {@code donna serve}: runs the gateway with settings from the environment. */
@Command(
    name = "serve",
    description = "Run the gateway, with settings from the environment and .env.",
    mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  @Override
  public Integer call() throws IOException, InterruptedException, InvalidSettings {
    ReadAhead.start();
    Settings.Resolved resolved = Settings.resolve(Environment.ofProcess(Path.of("")));
    Logging logging = startLogging(resolved);
    Server.run(
        resolved.settings(),
        logging,
        logging.securityLog(),
        true,
        announcement(resolved.settings()));
    return ExitCode.OK;
  }

  /** Starts the log with the warnings about the settings. */
  static Logging startLogging(Settings.Resolved resolved) {
    Logging logging = Logging.start(resolved.settings());
    resolved.warnings().forEach(LOG::warn);
    return logging;
  }

  /** Logs where a started gateway listens and what it does. */
  static Server.Ready announcement(Settings settings) {
    return (gateway, adminRuns) -> announce(settings, gateway, adminRuns);
  }

  private static void announce(Settings settings, Gateway gateway, boolean adminRuns) {
    String address =
        "%s://%s:%d"
            .formatted(
                settings.tls().isPresent() ? "https" : "http",
                settings.host(),
                gateway.address().getPort());
    switch (settings.logFormat()) {
      case TEXT -> {
        LOG.info("listening on {}", address);
        Summary.of(settings, adminRuns).forEach(line -> LOG.info("{}", line));
      }
      case JSON -> {
        LoggingEventBuilder line = LOG.atInfo().addKeyValue("address", address);
        for (Summary.Part part : Summary.parts(settings, adminRuns)) {
          line = line.addKeyValue(part.key(), part.values());
        }
        line.log("listening");
      }
    }
  }
}
