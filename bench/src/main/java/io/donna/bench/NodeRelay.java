package io.donna.bench;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A relay on Node and {@code ws} that authenticates clients and parses every message: {@code
 * relay.mjs}.
 */
final class NodeRelay {
  private static final List<String> FILES =
      List.of("package.json", "package-lock.json", "relay.mjs");

  private NodeRelay() {}

  static Peer start(Path node, Path npm, Launcher launcher, int upstreamPort) {
    int port = Launcher.freePort();
    String secret = Gateway.secret();
    Path relay = install(npm, launcher.directory().resolve("node"));
    Map<String, String> environment =
        new HashMap<>(
            Map.of(
                "PORT",
                Integer.toString(port),
                "UPSTREAM",
                "ws://127.0.0.1:" + upstreamPort + "/v1/realtime",
                "JWT_SECRET",
                secret,
                "NODE_ENV",
                "production"));
    launcher
        .tls()
        .ifPresent(tls -> {
          environment.put("TLS_CERT_FILE", tls.certificate().toString());
          environment.put("TLS_KEY_FILE", tls.key().toString());
        });
    Child process =
        launcher.start("node", port, List.of(node.toString(), relay.toString()), environment);
    String token = Token.mint("bench", Instant.now().plus(Duration.ofDays(7)), secret);
    return new Peer(
        "node", port, Optional.of(process), Optional.of(token), launcher.tls(), Optional.empty());
  }

  private static Path install(Path npm, Path directory) {
    Path relay = directory.resolve("relay.mjs");
    if (Files.exists(relay)) {
      return relay;
    }
    try {
      Files.createDirectories(directory);
      for (String file : FILES) {
        try (InputStream in = NodeRelay.class.getResourceAsStream("/node/" + file)) {
          Files.copy(in, directory.resolve(file));
        }
      }
      Path output = directory.resolve("npm.log");
      Process installing =
          new ProcessBuilder(npm.toString(), "ci", "--no-audit", "--no-fund")
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(Redirect.to(output.toFile()))
              .start();
      if (installing.waitFor() != 0) {
        throw new BenchmarkFailed("npm ci failed:\n" + Files.readString(output));
      }
      return relay;
    } catch (IOException e) {
      throw new BenchmarkFailed("the Node relay cannot be installed", e);
    } catch (InterruptedException e) {
      throw new BenchmarkFailed("interrupted", e);
    }
  }
}
