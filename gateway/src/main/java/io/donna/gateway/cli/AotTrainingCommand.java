package io.donna.gateway.cli;

import io.donna.gateway.auth.TokenMint;
import io.donna.gateway.cli.talk.Address;
import io.donna.gateway.cli.talk.Conversation;
import io.donna.gateway.cli.talk.Outcome;
import io.donna.gateway.cli.talk.Printer;
import io.donna.gateway.cli.talk.Question;
import io.donna.gateway.cli.talk.Wishes;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.Secret;
import io.donna.gateway.config.Settings;
import io.donna.gateway.edge.Gateway;
import io.donna.gateway.edge.Transport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;

/**
 * {@code donna rehearse}: exercises everything that serving needs, without the network, to train
 * the JVM's AOT cache ({@code -XX:AOTCacheOutput}). Ignores the operator's settings.
 */
@Command(
    name = "rehearse",
    hidden = true,
    description = "Run a few conversations with the simulator to train the JVM's AOT cache.",
    mixinStandardHelpOptions = true)
final class AotTrainingCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int CONVERSATIONS = 8;

  private final String secret = SecretCommand.generate();

  @Override
  public Integer call() throws IOException, InterruptedException, InvalidSettings {
    // Never connects to this address; it prepares TLS for OpenAI, which is what takes time.
    Settings secure = settings("wss://api.openai.com/v1/realtime");
    Logging logging = Logging.start(secure);
    try (Gateway gateway = start(secure, logging)) {
      checkHealth(gateway.address().getPort());
    }
    Settings simulated = settings(SimulatorTool.start().toString());
    try (Gateway gateway = start(simulated, logging)) {
      for (int i = 0; i < CONVERSATIONS; i++) {
        converse("/realtime", gateway.address().getPort());
        converse("/v1/realtime", gateway.address().getPort());
      }
    }
    logging.stop();
    return ExitCode.OK;
  }

  private Settings settings(String upstream) throws InvalidSettings {
    return Settings.resolve(
            Environment.of(
                Map.of(
                    "ENABLE_WS_PROXY", "true",
                    "HOST", "127.0.0.1",
                    "PORT", "0",
                    "OPENAI_API_KEY", "rehearsal",
                    "OPENAI_REALTIME_URL", upstream,
                    "JWT_SECRET", secret,
                    "RATE_LIMIT_MAX_REQUESTS", "1000",
                    "MAX_CONNECTIONS_PER_IP", "1000",
                    "SHUTDOWN_GRACE_MS", "0")))
        .settings();
  }

  private static Gateway start(Settings settings, Logging logging) throws IOException {
    return Gateway.start(
        settings, logging.securityLog(), Clock.systemUTC(), Transport.best(), logging.redaction());
  }

  private static void checkHealth(int port) throws IOException, InterruptedException {
    URI health = URI.create("http://127.0.0.1:" + port + "/health");
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest request = HttpRequest.newBuilder(health).timeout(PATIENCE).build();
      int status = http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
      if (status != 200) {
        throw new IOException("/health answered " + status);
      }
    }
  }

  private void converse(String path, int port) throws IOException, InterruptedException {
    Address address = Address.of("ws://127.0.0.1:" + port + path, Optional.empty());
    String token =
        new TokenMint(new Secret(secret), Clock.systemUTC()).mint("rehearsal", PATIENCE, Map.of());
    Wishes written = new Wishes(true, false, false);
    Printer nowhere = new Printer(new PrintWriter(Writer.nullWriter()));
    try (Conversation conversation =
        Conversation.open(address, Optional.of(token), Optional.empty(), written, PATIENCE)) {
      Outcome outcome =
          conversation.take(new Question.Written("Are you there?"), nowhere, Optional.empty());
      if (outcome instanceof Outcome.Failed(String sentence)) {
        throw new IOException(sentence);
      }
    }
  }
}
