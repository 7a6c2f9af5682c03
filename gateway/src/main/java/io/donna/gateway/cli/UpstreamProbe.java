package io.donna.gateway.cli;

import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.config.Settings;
import io.donna.gateway.config.UpstreamSettings;
import io.donna.gateway.edge.Transport;
import io.donna.gateway.telemetry.Telemetry;
import io.donna.gateway.upstream.OpeningFault;
import io.donna.gateway.upstream.OpeningOutcome;
import io.donna.gateway.upstream.Target;
import io.donna.gateway.upstream.Upstreams;
import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.HeldBytes;
import io.donna.gateway.websocket.Leg;
import io.donna.gateway.websocket.Message;
import io.donna.gateway.websocket.Utf8Inspector;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Opens the upstream as a session would, and reads its first event. */
final class UpstreamProbe {
  /** The result of the test, judged by the upstream's first event. */
  record Result(boolean answers, String text) {}

  /** The first event usually follows the 101 within milliseconds; a model may load more slowly. */
  private static final Duration FIRST_EVENT = Duration.ofSeconds(5);

  private UpstreamProbe() {}

  /** Tests one server with its key. */
  static Result run(Settings settings, UpstreamSettings server)
      throws IOException, InterruptedException {
    Transport transport = Transport.best();
    EventLoopGroup eventLoops = new MultiThreadIoEventLoopGroup(1, transport.io());
    try (ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor()) {
      Upstreams upstreams =
          new Upstreams(
              List.of(server),
              transport.sockets(),
              blocking,
              new Redaction(settings.secrets()),
              new Telemetry().upstreams());
      CompletableFuture<Result> result = new CompletableFuture<>();
      long begun = System.nanoTime();
      eventLoops
          .next()
          .execute(() ->
              upstreams.open(
                  eventLoops.next(),
                  new Target("", Optional.empty()),
                  Optional.empty(),
                  new Leg.Options(
                      settings.maxMessageBytes(),
                      new Utf8Inspector(),
                      false,
                      settings.peerTimeouts().keepAlive(),
                      settings.peerTimeouts().stall(),
                      new HeldBytes(Long.MAX_VALUE)),
                  new FirstEvent(result, begun),
                  () -> true,
                  outcome -> {
                    if (outcome
                        instanceof
                        OpeningOutcome.Failed(String code, String message, OpeningFault _)) {
                      result.complete(
                          new Result(false, ForeignText.of(message) + " (" + code + ")"));
                    }
                  }));
      Duration patience = server.connectTimeout().plus(FIRST_EVENT);
      return result.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException silent) {
      return new Result(
          false, "The upstream accepted the connection, but sent nothing for 5 seconds.");
    } catch (ExecutionException fault) {
      throw new IOException(fault.getCause());
    } finally {
      eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  private record FirstEvent(CompletableFuture<Result> result, long begun) implements Leg.Events {
    @Override
    public void onMessage(Message message) {
      result.complete(read(new String(message.payload(), StandardCharsets.UTF_8)));
    }

    private Result read(String text) {
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
      try {
        JsonNode event = JsonMapper.shared().readTree(text);
        String type = event.path("type").asString("");
        if (type.equals("session.created")) {
          return new Result(
              true,
              "OK: session with %s created in %d ms."
                  .formatted(
                      ForeignText.of(
                          event.path("session").path("model").asString("its default model")),
                      millis));
        }
        return type.equals("error")
            ? new Result(
                false,
                "The upstream refused the session: %s (%s). Check its key, quota and organization."
                    .formatted(
                        ForeignText.of(event.path("error").path("message").asString("")),
                        ForeignText.of(event.path("error").path("code").asString("no code"))))
            : new Result(
                true,
                "OK: the first event, " + ForeignText.of(type) + ", came in " + millis + " ms.");
      } catch (JacksonException notAnEvent) {
        return new Result(
            false,
            "The upstream accepted the connection, but does not speak the Realtime protocol.");
      }
    }

    @Override
    public void onBurstEnd() {}

    @Override
    public void onWritabilityChanged(boolean writable) {}

    @Override
    public void onClosed(CloseReason reason) {
      result.complete(
          new Result(
              false,
              "The upstream accepted and then closed the connection: "
                  + reason.code()
                  + " "
                  + ForeignText.of(reason.text())
                  + "."));
    }

    @Override
    public void onFailed(CloseReason reason) {
      result.complete(
          new Result(
              false, "The upstream violated the protocol: " + ForeignText.of(reason.text()) + "."));
    }
  }
}
