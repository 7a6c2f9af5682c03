package io.donna.gateway.cli.operator;

import io.donna.gateway.cli.Terminal;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What the commands for operators share: the admin port that they talk to, and how they print. */
abstract class OperatorCommand implements Callable<Integer> {
  /** The port of {@code ADMIN_PORT} if that is not set. */
  private static final String USUAL_PORT = "9091";

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description =
          "the gateway's admin port (default: ADMIN_URL, else this machine's ADMIN_PORT or 9091)")
  private @Nullable String url;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description =
          "trust the PEM certificates in FILE instead of the platform's (default: ADMIN_CA_FILE)")
  private @Nullable Path ca;

  @Option(names = "--json", description = "print the API's answer as JSON")
  private boolean json;

  /** Does the command's work. */
  abstract void run(AdminClient gateway) throws IOException, InterruptedException;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Environment environment = Environment.ofProcess(Path.of(""));
    Optional<Secret> token = environment.value("ADMIN_TOKEN").map(Secret::new);
    Optional<Path> authorities =
        Optional.ofNullable(ca).or(() -> environment.value("ADMIN_CA_FILE").map(Path::of));
    try (AdminClient gateway = AdminClient.of(url(environment), token, authorities)) {
      run(gateway);
    }
    return ExitCode.OK;
  }

  private URI url(Environment environment) {
    String text =
        Optional.ofNullable(url)
            .or(() -> environment.value("ADMIN_URL"))
            .orElseGet(
                () -> "http://127.0.0.1:" + environment.value("ADMIN_PORT").orElse(USUAL_PORT));
    try {
      URI parsed = new URI(text);
      String scheme = String.valueOf(parsed.getScheme()).toLowerCase(Locale.ROOT);
      if ((scheme.equals("http") || scheme.equals("https")) && parsed.getHost() != null) {
        return parsed.resolve("/");
      }
    } catch (URISyntaxException malformed) {
      // The answer is the same.
    }
    throw new ParameterException(
        spec().commandLine(), "\"" + text + "\" is not a URL such as http://127.0.0.1:9091");
  }

  CommandSpec spec() {
    if (spec == null) {
      throw new IllegalStateException("run by nobody");
    }
    return spec;
  }

  boolean asJson() {
    return json;
  }

  void print(String line) {
    Terminal.out(spec()).line(line);
  }

  /** Prints the answer as JSON if that is wanted, else a sentence. */
  void print(JsonNode answer, String sentence) {
    if (json) {
      print(answer);
    } else {
      print(sentence);
    }
  }

  /**
   * Prints an answer as JSON in ASCII: a terminal shows it as it is, and a script reads every
   * character of a name, also those that a terminal must not be sent.
   */
  void print(JsonNode answer) {
    print(JSON.writeValueAsString(answer));
  }

  /** How many sessions an act has ended. */
  static String ended(JsonNode answer) {
    int ended = answer.path("ended").asInt(0);
    int unheard = answer.path("unheard").asInt(0);
    return (ended == 1 ? "1 session ended" : ended + " sessions ended")
        + (unheard == 0 ? "" : ", and %d of the replicas did not answer".formatted(unheard));
  }

  static ObjectNode object() {
    return JsonMapper.shared().createObjectNode();
  }
}
