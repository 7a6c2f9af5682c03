package io.donna.gateway.cli;

import io.donna.gateway.auth.TokenMint;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.Secret;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** {@code donna token}: mints a token for tests and operators. */
@Command(
    name = "token",
    description =
        "Mint a token, signed (HS256) with the first secret of JWT_SECRET, else with the one that"
            + " ./donna dev generated.",
    mixinStandardHelpOptions = true)
final class TokenCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--sub",
      required = true,
      paramLabel = "USER",
      description = "user ID (claim sub)")
  private String subject = "";

  @Option(
      names = "--ttl",
      paramLabel = "TIME",
      defaultValue = "1h",
      converter = DurationConverter.class,
      description = "lifetime: 90s, 15m, 1h, 7d (default: ${DEFAULT-VALUE})")
  private Duration timeToLive = Duration.ofHours(1);

  @Option(
      names = "--claim",
      paramLabel = "NAME=VALUE",
      description = "add a claim; VALUE is JSON, else text; repeatable")
  private Map<String, String> claims = new LinkedHashMap<>();

  @Override
  public Integer call() throws IOException, InvalidSettings {
    Optional<Secret> secret = TargetGateway.secretOf(Environment.ofProcess(Path.of("")));
    if (secret.isEmpty()) {
      throw new CommandLine.ParameterException(
          spec.commandLine(),
          "No signing secret: set JWT_SECRET in the environment or in .env (./donna secret generates"
              + " one), or start ./donna dev, which generates its own");
    }
    Map<String, Object> values = new LinkedHashMap<>();
    claims.forEach((name, value) -> values.put(name, jsonOrText(value)));
    String token = new TokenMint(secret.get(), Clock.systemUTC()).mint(subject, timeToLive, values);
    Terminal.out(spec).line(token);
    return ExitCode.OK;
  }

  private static Object jsonOrText(String value) {
    try {
      Object json = JsonMapper.shared().readValue(value, Object.class);
      return json == null ? value : json;
    } catch (JacksonException notJson) {
      return value;
    }
  }
}
