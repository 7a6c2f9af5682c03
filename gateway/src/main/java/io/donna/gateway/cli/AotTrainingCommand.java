package io.donna.gateway.cli;

import io.donna.gateway.auth.TokenMint;
import io.donna.gateway.cli.talk.Address;
import io.donna.gateway.cli.talk.Conversation;
import io.donna.gateway.cli.talk.Printer;
import io.donna.gateway.cli.talk.TalkOptions;
import io.donna.gateway.cli.talk.TurnOutcome;
import io.donna.gateway.cli.talk.UserTurn;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.Secret;
import io.donna.gateway.config.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
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
  private final HttpClient http = HttpClient.newHttpClient();

  @Override
  public Integer call() throws IOException, InterruptedException, InvalidSettings {
    ReadAhead.start();
    // Never connects to this address; it prepares TLS for OpenAI, which is what takes time.
    Settings.Resolved secure = settings("wss://api.openai.com/v1/realtime");
    Logging logging = ServeCommand.startLogging(secure);
    try (Server server = start(secure.settings(), logging)) {
      expectOk(server.gateway().address(), "/health");
    }
    Settings.Resolved simulated = settings(SimulatorTool.start().toString());
    try (Server server = start(simulated.settings(), logging)) {
      for (int i = 0; i < CONVERSATIONS; i++) {
        converse("/realtime", server.gateway().address().getPort());
        converse("/v1/realtime", server.gateway().address().getPort());
      }
      InetSocketAddress admin = server.admin().orElseThrow().address();
      for (String path : List.of("/livez", "/readyz", "/metrics", "/api/v1/status", "/")) {
        expectOk(admin, path);
      }
    }
    logging.stop();
    return ExitCode.OK;
  }

  private Settings.Resolved settings(String upstream) throws InvalidSettings {
    return Settings.resolve(
        Environment.of(
            Map.ofEntries(
                Map.entry("ENABLE_WS_PROXY", "true"),
                Map.entry("HOST", "127.0.0.1"),
                Map.entry("PORT", "0"),
                Map.entry("ADMIN_PORT", "0"),
                Map.entry("OPENAI_API_KEY", "rehearsal"),
                Map.entry("OPENAI_REALTIME_URL", upstream),
                Map.entry("JWT_SECRET", secret),
                Map.entry("RATE_LIMIT_MAX_REQUESTS", "1000"),
                Map.entry("MAX_CONNECTIONS_PER_IP", "1000"),
                Map.entry("SHUTDOWN_GRACE_MS", "0"))));
  }

  private static Server start(Settings settings, Logging logging) throws IOException {
    return Server.start(settings, logging, ServeCommand.announcement(settings));
  }

  private void expectOk(InetSocketAddress server, String path)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + server.getPort() + path);
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(PATIENCE).build();
    int status = http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    if (status != 200) {
      throw new IOException(path + " answered " + status);
    }
  }

  private void converse(String path, int port) throws IOException, InterruptedException {
    Address address = Address.of("ws://127.0.0.1:" + port + path, Optional.empty());
    String token =
        new TokenMint(new Secret(secret), Clock.systemUTC()).mint("rehearsal", PATIENCE, Map.of());
    TalkOptions written = new TalkOptions(true, false, false);
    Printer nowhere = new Printer(new PrintWriter(Writer.nullWriter()));
    try (Conversation conversation =
        Conversation.open(address, Optional.of(token), Optional.empty(), written, PATIENCE)) {
      TurnOutcome outcome =
          conversation.take(new UserTurn.Written("Are you there?"), nowhere, Optional.empty());
      if (outcome instanceof TurnOutcome.Failed(String sentence)) {
        throw new IOException(sentence);
      }
    }
  }
}
