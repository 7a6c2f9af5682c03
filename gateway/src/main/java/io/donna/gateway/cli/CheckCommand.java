package io.donna.gateway.cli;

import io.donna.gateway.cluster.redis.RedisBackedCluster;
import io.donna.gateway.config.AuthSettings;
import io.donna.gateway.config.ClusterSettings;
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

/** {@code donna check}: the effective value of each setting, and whether the upstreams answer. */
@Command(
    name = "check",
    description = {
      "Validate the settings, show the effective value of each, and test the key set and the "
          + "upstreams.",
      "Exit status 0: ready to serve; 1: not ready, for the reason on the last line (the proxy is "
          + "disabled, the test of an upstream or of the key set failed, the token is not valid); "
          + "78: invalid settings."
    },
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--offline",
      description =
          "validate the settings and local files only; do not test the key set and the upstreams")
  private boolean offline;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description = "verify TOKEN and show its user and grants, or why it is rejected")
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
      out.line("Warning: " + warning + ".");
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
      obstacles.add("the proxy is disabled and answers requests with 503 (ENABLE_WS_PROXY)");
    }
    AuthSettings auth = settings.auth();
    AuthProbe.Result authentication =
        AuthProbe.run(offline ? auth.offline() : auth, Optional.ofNullable(token));
    authentication.lines().forEach(out::line);
    obstacles.addAll(authentication.obstacles());
    AdminProbe.Result admin = AdminProbe.run(settings, offline);
    admin.lines().forEach(out::line);
    obstacles.addAll(admin.obstacles());
    if (!offline && settings.cluster().isPresent()) {
      tryRedis(settings.cluster().get(), obstacles);
    }
    if (!offline && !tryUpstreams(settings)) {
      obstacles.add("the test of an upstream failed");
    }
    out.line();
    out.line(verdict(obstacles));
    return obstacles.isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private String verdict(List<String> obstacles) {
    if (!obstacles.isEmpty()) {
      return "Not ready: " + String.join("; ", obstacles) + ".";
    }
    return offline
        ? "Ready to serve; what is reached over the network was not tested (--offline)."
        : "Ready to serve.";
  }

  private void tryRedis(ClusterSettings cluster, List<String> obstacles)
      throws InterruptedException {
    Optional<String> fault = RedisBackedCluster.probe(cluster);
    Terminal.out(spec)
        .line(
            fault
                .map(why -> "Redis at %s cannot be used: %s.".formatted(cluster.redis(), why))
                .orElse("Redis at %s can be used.".formatted(cluster.redis())));
    if (fault.isPresent()) {
      obstacles.add("the test of Redis failed");
    }
  }

  /** Tests each server with each of its keys; returns whether all of them answer. */
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
