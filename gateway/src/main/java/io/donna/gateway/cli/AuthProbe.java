package io.donna.gateway.cli;

import io.donna.gateway.auth.RevocationFile;
import io.donna.gateway.auth.Revocations;
import io.donna.gateway.auth.TokenKeys;
import io.donna.gateway.auth.TokenReport;
import io.donna.gateway.config.AuthSettings;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Tests the keys that verify tokens, and verifies a token if one is given. */
final class AuthProbe {
  /**
   * @param obstacles to being ready, in words; empty if there is none
   * @param lines for people
   */
  record Result(List<String> obstacles, List<String> lines) {}

  private AuthProbe() {}

  /**
   * Reads the key file and the revocation list, and fetches the key set.
   *
   * @throws IOException when a file cannot be used
   */
  static Result run(AuthSettings settings, Optional<String> token) throws IOException {
    List<String> lines = new ArrayList<>();
    Revocations revocations = new Revocations();
    if (settings.revocations().isPresent()) {
      RevocationFile.read(settings.revocations().get(), revocations);
    }
    List<String> obstacles = new ArrayList<>();
    try (ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
        TokenKeys keys = new TokenKeys(settings, revocations, blocking)) {
      try {
        keys.tryKeySet().ifPresent(lines::add);
      } catch (IOException unreachable) {
        lines.add("The key set cannot be used: " + unreachable.getMessage() + ".");
        obstacles.add("the key set cannot be used");
      }
      if (token.isPresent()) {
        TokenReport report =
            TokenReport.of(token.get(), keys.verifier(settings, Clock.systemUTC()));
        lines.addAll(report.lines());
        report.obstacle().ifPresent(obstacles::add);
      }
    }
    return new Result(obstacles, lines);
  }
}
