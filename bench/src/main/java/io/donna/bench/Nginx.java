package io.donna.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * nginx as a plain tunnel, with one worker and no log: the reference for all relays. It does not
 * inspect bytes after the handshake.
 */
final class Nginx {
  private Nginx() {}

  static Peer start(Path nginx, String buffer, Launcher launcher, int upstreamPort) {
    int port = Launcher.freePort();
    Path prefix = launcher.directory().resolve("nginx");
    try {
      Files.createDirectories(prefix);
      String configuration = configuration(port, upstreamPort, buffer, launcher.tls());
      Files.writeString(prefix.resolve("nginx.conf"), configuration);
    } catch (IOException e) {
      throw new BenchmarkFailed("nginx's configuration cannot be written", e);
    }
    List<String> command =
        List.of(nginx.toString(), "-p", prefix.toString(), "-c", "nginx.conf", "-e", "stderr");
    Child process = launcher.start("nginx", port, command, Map.of());
    return new Peer(
        "nginx", port, Optional.of(process), Optional.empty(), launcher.tls(), Optional.empty());
  }

  private static String configuration(
      int port, int upstreamPort, String buffer, Optional<Tls> tls) {
    return """
    daemon off;
    worker_processes 1;
    pid nginx.pid;
    error_log stderr warn;
    events {
      worker_connections %1$d;
    }
    http {
      access_log off;
      client_body_temp_path body;
      proxy_temp_path proxy;
      fastcgi_temp_path fastcgi;
      uwsgi_temp_path uwsgi;
      scgi_temp_path scgi;
      server {
        listen 127.0.0.1:%2$d%5$s backlog=1024;
        %6$s
        location = /health {
          return 200;
        }
        location / {
          proxy_pass http://127.0.0.1:%3$d;
          proxy_http_version 1.1;
          proxy_buffer_size %4$s;
          proxy_buffers 8 %4$s;
          proxy_set_header Upgrade $http_upgrade;
          proxy_set_header Connection "upgrade";
          proxy_read_timeout 1h;
          proxy_send_timeout 1h;
        }
      }
    }
    """
        // A session uses two connections. A few more are for listening and health checks.
        .formatted(
            2 * Load.MOST_SESSIONS + 64,
            port,
            upstreamPort,
            buffer,
            tls.isPresent() ? " ssl" : "",
            tls.map(files ->
                    "ssl_certificate %s; ssl_certificate_key %s; ssl_protocols TLSv1.2 TLSv1.3;"
                        .formatted(files.certificate(), files.key()))
                .orElse(""));
  }
}
