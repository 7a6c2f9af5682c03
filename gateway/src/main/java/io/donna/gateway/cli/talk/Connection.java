package io.donna.gateway.cli.talk;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A WebSocket that carries JSON events. One thread uses it; received events are queued for that
 * thread.
 */
final class Connection implements AutoCloseable {
  static final int LARGEST_MESSAGE = 16 << 20;

  /** The most characters queued unread; beyond it, flow control stops the server. */
  private static final long MOST_WAITING = 2L * LARGEST_MESSAGE;

  private static final Duration FAREWELL = Duration.ofSeconds(1);

  /** How long to wait for an event before testing the connection with a ping. */
  private static final Duration UNHEARD = Duration.ofSeconds(1);

  private sealed interface Arrival {
    record Message(String text) implements Arrival {}

    record End(TalkFailure why) implements Arrival {}
  }

  private final HttpClient http;
  private final Inbox inbox;
  private final WebSocket webSocket;
  private final Duration timeout;
  private CompletableFuture<WebSocket> pinging;
  private @Nullable TalkFailure ended;

  private Connection(HttpClient http, Inbox inbox, WebSocket webSocket, Duration timeout) {
    this.http = http;
    this.inbox = inbox;
    this.webSocket = webSocket;
    this.timeout = timeout;
    this.pinging = CompletableFuture.completedFuture(webSocket);
  }

  /**
   * @param bearer the token, if it is sent in the request
   * @param trust instead of the platform's
   * @param timeout of the upgrade and of every send
   */
  static Connection open(
      Address address, Optional<String> bearer, Optional<SSLContext> trust, Duration timeout)
      throws TalkFailure, InterruptedException {
    HttpClient.Builder client = HttpClient.newBuilder().connectTimeout(timeout);
    trust.ifPresent(client::sslContext);
    HttpClient http = client.build();
    Inbox inbox = new Inbox();
    WebSocket.Builder builder = http.newWebSocketBuilder().connectTimeout(timeout);
    bearer.ifPresent(token -> builder.header("Authorization", "Bearer " + token));
    try {
      WebSocket webSocket = builder.buildAsync(address.uri(), inbox).get();
      return new Connection(http, inbox, webSocket, timeout);
    } catch (ExecutionException e) {
      http.shutdownNow();
      throw Diagnosis.unopened(address, e.getCause() == null ? e : e.getCause(), timeout);
    }
  }

  void send(ObjectNode event) throws TalkFailure, InterruptedException {
    try {
      webSocket.sendText(event.toString(), true).get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw lastWords(e);
    } catch (TimeoutException e) {
      throw Diagnosis.silent(timeout, "the server to read");
    }
  }

  /** A send fails once the server has closed; returns the error that it may have sent before. */
  private TalkFailure lastWords(ExecutionException fault) throws InterruptedException {
    try {
      Optional<JsonNode> event = next(FAREWELL);
      while (event.isPresent()) {
        if (event.get().path("type").asString("").equals("error")) {
          return new TalkFailure(Diagnosis.error(event.get()), fault);
        }
        event = next(FAREWELL);
      }
    } catch (TalkFailure end) {
      return end;
    }
    return Diagnosis.lost(new IOException(fault.getCause()));
  }

  /** The next event; empty if none arrives within the limit. */
  Optional<JsonNode> next(Duration limit) throws TalkFailure, InterruptedException {
    if (ended != null) {
      throw ended;
    }
    while (true) {
      switch (await(limit)) {
        case null -> {
          return Optional.empty();
        }
        case Arrival.End(TalkFailure why) -> {
          ended = why;
          throw why;
        }
        case Arrival.Message(String text) -> {
          inbox.taken(webSocket, text.length());
          JsonNode event = parse(text);
          if (!isNotice(event)) {
            return Optional.of(event);
          }
        }
      }
    }
  }

  /**
   * The notice that a token is about to expire is not an error; the session continues until then.
   */
  private static boolean isNotice(JsonNode event) {
    return event.path("error").path("code").asString("").equals("token_expiring");
  }

  /**
   * Pings while no event arrives. The JDK's WebSocket does not always report a connection that
   * ended just as it opened, and a mobile network often reports nothing; writing reveals it.
   */
  private @Nullable Arrival await(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (true) {
      long left = end - System.nanoTime();
      Arrival arrival =
          inbox.arrivals.poll(Math.min(left, UNHEARD.toNanos()), TimeUnit.NANOSECONDS);
      if (arrival != null || left <= UNHEARD.toNanos()) {
        return arrival;
      }
      ping();
    }
  }

  private void ping() {
    if (pinging.isDone()) {
      pinging =
          webSocket
              .sendPing(ByteBuffer.allocate(0))
              .whenComplete((sent, fault) -> {
                if (fault != null) {
                  inbox.end(Diagnosis.lost(new IOException(fault)));
                }
              });
    }
  }

  private static JsonNode parse(String text) throws TalkFailure {
    try {
      return JsonMapper.shared().readTree(text);
    } catch (JacksonException e) {
      throw new TalkFailure("the server sent invalid JSON: it speaks another protocol", e);
    }
  }

  @Override
  public void close() {
    try {
      webSocket
          .sendClose(WebSocket.NORMAL_CLOSURE, "")
          .thenCombine(inbox.over, (sent, over) -> sent)
          .get(FAREWELL.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException rude) {
      webSocket.abort();
    } catch (InterruptedException e) {
      webSocket.abort();
      Thread.currentThread().interrupt();
    }
    http.shutdownNow();
  }

  /** Receives from the WebSocket, on a thread of the HTTP client. */
  private static final class Inbox implements WebSocket.Listener {
    private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
    private final CompletableFuture<Boolean> over = new CompletableFuture<>();
    private final AtomicLong waiting = new AtomicLong();
    private final AtomicBoolean held = new AtomicBoolean();
    private final StringBuilder message = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      if (message.length() + part.length() > LARGEST_MESSAGE) {
        end(new TalkFailure("the server sent a message larger than 16 MB"));
        socket.abort();
        return null;
      }
      message.append(part);
      if (last) {
        waiting.addAndGet(message.length());
        arrivals.add(new Arrival.Message(message.toString()));
        message.setLength(0);
      }
      if (waiting.get() > MOST_WAITING) {
        held.set(true);
        goOn(socket);
      } else {
        socket.request(1);
      }
      return null;
    }

    void taken(WebSocket socket, int length) {
      waiting.addAndGet(-length);
      goOn(socket);
    }

    private void goOn(WebSocket socket) {
      if (waiting.get() <= MOST_WAITING && held.compareAndSet(true, false)) {
        socket.request(1);
      }
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer part, boolean last) {
      end(new TalkFailure("the server sent a binary message: it speaks another protocol"));
      socket.abort();
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      end(new TalkFailure(Diagnosis.closed(code, reason)));
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable fault) {
      end(Diagnosis.lost(fault instanceof IOException io ? io : new IOException(fault)));
    }

    private void end(TalkFailure why) {
      arrivals.add(new Arrival.End(why));
      over.complete(true);
    }
  }
}
