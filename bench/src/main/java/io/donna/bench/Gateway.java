package io.donna.bench;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The product as a peer: the command given, with authentication on and limits out of the way. */
final class Gateway {
  private Gateway() {}

  static Peer start(List<String> command, Launcher launcher, int upstreamPort) {
    int port = Launcher.freePort();
    String secret = secret();
    Map<String, String> environment =
        new HashMap<>(
            Map.of(
                "ENABLE_WS_PROXY", "true",
                "HOST", "127.0.0.1",
                "PORT", Integer.toString(port),
                "OPENAI_API_KEY", "sk-bench",
                "OPENAI_REALTIME_URL", "ws://127.0.0.1:" + upstreamPort + "/v1/realtime",
                "JWT_SECRET", secret,
                "RATE_LIMIT_MAX_REQUESTS", "1000000000",
                "MAX_CONNECTIONS_PER_IP", "100000"));
    launcher
        .tls()
        .ifPresent(tls -> {
          environment.put("TLS_CERT_FILE", tls.certificate().toString());
          environment.put("TLS_KEY_FILE", tls.key().toString());
        });
    Child process = launcher.start("gateway", port, command, environment);
    // Valid for longer than the longest run.
    String token = Token.mint("bench", Instant.now().plus(Duration.ofDays(7)), secret);
    return new Peer("gateway", port, Optional.of(process), Optional.of(token), launcher.tls());
  }

  static String secret() {
    byte[] random = new byte[32];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }
}
