package io.donna.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@link VertxRelay} as a peer: it forwards every message and does not authenticate clients. */
final class Vertx {
  private Vertx() {}

  static Peer start(Launcher launcher, int upstreamPort) {
    int port = Launcher.freePort();
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                // Use JDK logging: Logback is on the class path only for the micro benchmarks.
                "-Dvertx.logger-delegate-factory-class-name=io.vertx.core.logging.JULLogDelegateFactory",
                "-cp",
                System.getProperty("java.class.path"),
                VertxRelay.class.getName(),
                Integer.toString(port),
                Integer.toString(upstreamPort)));
    launcher
        .tls()
        .ifPresent(
            tls -> command.addAll(List.of(tls.certificate().toString(), tls.key().toString())));
    Child process = launcher.start("vertx", port, command, Map.of());
    return new Peer(
        "vertx", port, Optional.of(process), Optional.empty(), launcher.tls(), Optional.empty());
  }
}
