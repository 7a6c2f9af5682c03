package io.donna.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The peers that can be measured. */
enum Contender {
  NGINX,
  HAPROXY,
  GATEWAY,
  /** The gateway a second time, with a policy. */
  POLICY,
  NODE,
  VERTX;

  /** Whether this peer runs the given gateway command. */
  boolean isGateway() {
    return this == GATEWAY || this == POLICY;
  }

  /** The missing package of this peer; empty if none is missing. */
  Optional<String> missing() {
    return switch (this) {
      case NGINX -> missing("nginx", "nginx-light");
      case HAPROXY -> missing("haproxy", "haproxy");
      case NODE -> missing("node", "nodejs").or(() -> missing("npm", "npm"));
      case GATEWAY, POLICY, VERTX -> Optional.empty();
    };
  }

  /** Starts the peer and waits until it responds. */
  Peer start(List<String> gateway, String nginxBuffer, Launcher launcher, int upstreamPort) {
    return switch (this) {
      case NGINX -> Nginx.start(program("nginx"), nginxBuffer, launcher, upstreamPort);
      case HAPROXY -> Haproxy.start(program("haproxy"), launcher, upstreamPort);
      case GATEWAY -> Gateway.start(gateway, launcher, upstreamPort);
      case POLICY -> Gateway.startUnderPolicy(gateway, launcher, upstreamPort);
      case NODE -> NodeRelay.start(program("node"), program("npm"), launcher, upstreamPort);
      case VERTX -> Vertx.start(launcher, upstreamPort);
    };
  }

  private static Optional<String> missing(String program, String debianPackage) {
    return Programs.find(program).isPresent()
        ? Optional.empty()
        : Optional.of(program + " not found: install " + debianPackage);
  }

  private static Path program(String name) {
    return Programs.find(name).orElseThrow(() -> new BenchmarkFailed(name + " not found"));
  }
}
