package io.donna.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * HAProxy as a plain tunnel with one thread and no log. It does not inspect bytes after the
 * handshake.
 */
final class Haproxy {
  private Haproxy() {}

  static Peer start(Path haproxy, Launcher launcher, int upstreamPort) {
    int port = Launcher.freePort();
    Path file = launcher.directory().resolve("haproxy.cfg");
    try {
      Files.writeString(file, configuration(port, upstreamPort, launcher.tls()));
    } catch (IOException e) {
      throw new BenchmarkFailed("HAProxy's configuration cannot be written", e);
    }
    List<String> command = List.of(haproxy.toString(), "-f", file.toString(), "-db");
    Child process = launcher.start("haproxy", port, command, Map.of());
    return new Peer(
        "haproxy", port, Optional.of(process), Optional.empty(), launcher.tls(), Optional.empty());
  }

  private static String configuration(int port, int upstreamPort, Optional<Tls> tls) {
    return """
    global
      nbthread 1
      maxconn %1$d
    defaults
      mode http
      timeout connect 10s
      timeout client 10s
      timeout server 10s
      timeout tunnel 1h
    frontend in
      bind 127.0.0.1:%2$d%4$s
      http-request return status 200 if { path /health }
      default_backend upstream
    backend upstream
      server upstream 127.0.0.1:%3$d maxconn %1$d
    """
        .formatted(
            Load.MOST_SESSIONS,
            port,
            upstreamPort,
            tls.map(files -> " ssl crt " + files.both()).orElse(""));
  }
}
