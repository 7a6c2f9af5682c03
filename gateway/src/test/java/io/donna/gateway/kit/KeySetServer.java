package io.donna.gateway.kit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** An identity provider, as far as the gateway asks it: documents at paths, or trouble. */
public final class KeySetServer implements AutoCloseable {
  private record Answer(int status, String body, Map<String, String> headers) {}

  private final HttpServer server;
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final AtomicInteger requests = new AtomicInteger();
  private volatile CountDownLatch gate = new CountDownLatch(0);

  private KeySetServer(HttpServer server) {
    this.server = server;
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  public static KeySetServer start() {
    try {
      return new KeySetServer(
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      requests.incrementAndGet();
      Answer answer =
          answers.getOrDefault(exchange.getRequestURI().getPath(), new Answer(404, "", Map.of()));
      gate.await();
      answer.headers.forEach(exchange.getResponseHeaders()::set);
      byte[] body = answer.body.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(answer.status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  public KeySetServer serve(String path, String body) {
    return answer(path, 200, body, Map.of());
  }

  public KeySetServer answer(String path, int status, String body, Map<String, String> headers) {
    answers.put(path, new Answer(status, body, headers));
    return this;
  }

  /** Lets every request wait until {@link #release}, for the answer of when it came. */
  public KeySetServer hold() {
    gate = new CountDownLatch(1);
    return this;
  }

  public void release() {
    gate.countDown();
  }

  /** How many requests there were. */
  public int requests() {
    return requests.get();
  }

  public URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }

  @Override
  public void close() {
    release();
    server.stop(0);
  }
}
