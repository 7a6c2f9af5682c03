package io.donna.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The measure of all relays: nginx as a plain tunnel, one worker, no log. It looks at no byte after
 * the handshake.
 */
final class Nginx {
  private Nginx() {}

  /** Empty where no nginx is installed. */
  static Optional<Path> find() {
    String path = System.getenv().getOrDefault("PATH", "");
    // Debian installs it where only root's PATH leads.
    return Stream.concat(Stream.of(path.split(":", -1)), Stream.of("/usr/sbin", "/usr/local/sbin"))
        .map(directory -> Path.of(directory, "nginx"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  static Peer start(Path nginx, String buffer, Launcher launcher, int upstreamPort, int sessions) {
    int port = Launcher.freePort();
    Path prefix = launcher.directory().resolve("nginx");
    try {
      Files.createDirectory(prefix);
      String configuration = configuration(port, upstreamPort, sessions, buffer);
      Files.writeString(prefix.resolve("nginx.conf"), configuration);
    } catch (IOException e) {
      throw new BenchmarkFailed("nginx's configuration cannot be written", e);
    }
    List<String> command =
        List.of(nginx.toString(), "-p", prefix.toString(), "-c", "nginx.conf", "-e", "stderr");
    return new Peer(
        "nginx", port, launcher.start("nginx", port, command, Map.of()), Optional.empty());
  }

  private static String configuration(int port, int upstreamPort, int sessions, String buffer) {
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
        listen 127.0.0.1:%2$d backlog=1024;
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
        // A session is two connections; a few more for listening and health checks.
        .formatted(2 * sessions + 64, port, upstreamPort, buffer);
  }
}
