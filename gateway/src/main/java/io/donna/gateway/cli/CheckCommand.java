package io.donna.gateway.cli;

import io.donna.gateway.config.AuthSettings;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.ResolvedSetting;
import io.donna.gateway.config.Settings;
import io.donna.gateway.config.UpstreamSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code donna check}: what the settings come to, and whether the upstream answers. */
@Command(
    name = "check",
    description = {
      "Validate the settings, show what each resolves to, and try the key set and the upstream.",
      "Exit status 0: ready to serve; 1: not ready, and the last line says why (the proxy is off, an "
          + "upstream or the key set does not answer as it should, the token does not hold); "
          + "78: a setting is wrong."
    },
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--offline",
      description =
          "try neither the key set nor the upstream; what is on this machine is looked at")
  private boolean offline;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description = "say of a token who it is and what it grants, or what is wrong with it")
  private @Nullable String token;

  @Override
  public Integer call() throws InvalidSettings, IOException, InterruptedException {
    Terminal out = Terminal.out(spec);
    Settings.Resolved resolved = Settings.resolve(Environment.ofProcess(Path.of("")));
    for (ResolvedSetting setting : resolved.table()) {
      String value = setting.value().isEmpty() ? "(unset)" : setting.value();
      out.line("%-28s %-45s %s".formatted(setting.name(), value, setting.source()));
    }
    for (String warning : resolved.warnings()) {
      out.line("Note: " + warning + ".");
    }
    out.line();
    Summary.of(resolved.settings()).forEach(out::line);
    resolved
        .settings()
        .policy()
        .ifPresent(policy -> {
          out.line();
          out.line("Policy (" + policy.file() + "):");
          PolicySummary.of(policy.policy()).forEach(out::line);
        });
    out.line();
    Settings settings = resolved.settings();
    List<String> obstacles = new ArrayList<>();
    if (!settings.enabled()) {
      obstacles.add("the proxy is off (ENABLE_WS_PROXY): every request is answered 503");
    }
    AuthSettings auth = settings.auth();
    AuthProbe.Result authentication =
        AuthProbe.run(offline ? auth.offline() : auth, Optional.ofNullable(token));
    authentication.lines().forEach(out::line);
    if (!authentication.inOrder()) {
      obstacles.add(token == null ? "the key set cannot be used" : "the token does not hold");
    }
    if (!offline && !tryUpstreams(settings)) {
      obstacles.add("an upstream does not answer as it should");
    }
    out.line();
    out.line(verdict(obstacles));
    return obstacles.isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private String verdict(List<String> obstacles) {
    if (!obstacles.isEmpty()) {
      return "Not ready, because " + String.join(", and ", obstacles) + ".";
    }
    return offline
        ? "Ready to serve, as far as can be told without a connection (--offline)."
        : "Ready to serve.";
  }

  /** Each server with each of its keys; whether all of them answer. */
  private boolean tryUpstreams(Settings settings) throws IOException, InterruptedException {
    boolean allAnswer = true;
    for (UpstreamSettings server : settings.upstreams()) {
      List<UpstreamSettings> byKey = server.byKey();
      for (int i = 0; i < byKey.size(); i++) {
        String key = byKey.size() > 1 ? ", key " + (i + 1) + " of " + byKey.size() : "";
        UpstreamProbe.Result result = UpstreamProbe.run(settings, byKey.get(i));
        Terminal.out(spec).line(server.name() + key + ": " + result.text());
        allAnswer &= result.answers();
      }
    }
    return allAnswer;
  }
}
