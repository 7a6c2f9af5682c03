package io.donna.gateway.cli;

import io.donna.gateway.admin.ProviderProbe;
import io.donna.gateway.config.AdminSettings;
import io.donna.gateway.config.Settings;
import io.donna.gateway.config.SignInSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Tests what operators need: an address to listen on, and the provider that they sign in at. */
final class AdminProbe {
  /**
   * @param obstacles to the start or to signing in, in words; empty if there is none
   * @param lines for people
   */
  record Result(List<String> obstacles, List<String> lines) {}

  private AdminProbe() {}

  /**
   * Tests the settings of the admin port, if it is on.
   *
   * @param offline whether the provider is left out
   */
  static Result run(Settings settings, boolean offline) {
    AdminSettings admin = settings.admin();
    List<String> obstacles = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    if (admin.isOn()) {
      listenProblem(admin.host())
          .ifPresent(problem -> {
            lines.add("The admin port cannot listen on ADMIN_HOST: " + problem + ".");
            obstacles.add("the admin port cannot listen on ADMIN_HOST");
          });
      if (!offline && admin.signIn().isPresent()) {
        tryProvider(admin.signIn().get(), obstacles, lines);
      }
    }
    return new Result(obstacles, lines);
  }

  /** Listens for a moment on any free port: a gateway may run on the port itself. */
  private static Optional<String> listenProblem(String host) {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getByName(host))) {
      return listener.isBound() ? Optional.empty() : Optional.of(host);
    } catch (IOException notHere) {
      return Optional.of(host + " is not an address of this machine");
    }
  }

  private static void tryProvider(
      SignInSettings provider, List<String> obstacles, List<String> lines) {
    try {
      ProviderProbe.run(provider);
      lines.add("Sign-in of operators: " + provider.issuer() + " answers.");
    } catch (IOException unusable) {
      lines.add(
          "Sign-in of operators: %s cannot be used: %s."
              .formatted(provider.issuer(), unusable.getMessage()));
      obstacles.add("operators cannot sign in");
    }
  }
}
