package io.donna.gateway.cli;

import io.donna.gateway.config.Settings;
import io.donna.gateway.edge.Gateway;
import io.donna.gateway.edge.Transport;
import java.io.IOException;
import java.time.Clock;
import java.util.concurrent.CountDownLatch;

/** A gateway run as a process: until SIGTERM or SIGINT, which drain it and end with status 0. */
final class Server {
  private Server() {}

  /** Starts, calls {@code ready}, and stays. */
  static void run(Settings settings, Logging logging, Runnable ready)
      throws IOException, InterruptedException {
    Gateway gateway =
        Gateway.start(
            settings,
            logging.securityLog(),
            Clock.systemUTC(),
            Transport.best(),
            logging.redaction());
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("drain")
                .unstarted(() -> {
                  try {
                    gateway.drain();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                  logging.stop();
                  // A drained gateway has done what it was told: 0, where the JVM says 143.
                  Runtime.getRuntime().halt(0);
                }));
    ready.run();
    new CountDownLatch(1).await();
  }
}
