package io.donna.gateway.kit;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** A service that judges what guards ask it, as a test tells it to, or gives them trouble. */
public final class Webhook implements AutoCloseable {
  /** What it answers; a status of 0 breaks the connection off. */
  public record Answer(int status, String body) {}

  /** What it was asked. */
  public record Question(Headers headers, String body) {}

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Question> questions = new CopyOnWriteArrayList<>();
  private volatile Function<String, Answer> judge = body -> verdict("allow");
  private volatile CountDownLatch gate = new CountDownLatch(0);

  private Webhook(HttpServer server) {
    this.server = server;
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  public static Webhook start() {
    try {
      return new Webhook(
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Answer verdict(String verdict) {
    return new Answer(200, "{\"verdict\":\"" + verdict + "\"}");
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String asked = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      questions.add(new Question(exchange.getRequestHeaders(), asked));
      gate.await();
      Answer answer = judge.apply(asked);
      if (answer.status == 0) {
        return;
      }
      exchange.getResponseHeaders().set("Location", uri().resolve("/elsewhere").toString());
      byte[] body = answer.body.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(answer.status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** From now on, it judges so what it is asked. */
  public void judging(Function<String, Answer> by) {
    judge = by;
  }

  /** Lets every question wait until {@link #release}. */
  public void hold() {
    gate = new CountDownLatch(1);
  }

  public void release() {
    gate.countDown();
  }

  public List<Question> questions() {
    return questions;
  }

  public URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/judge");
  }

  @Override
  public void close() {
    release();
    server.stop(0);
    threads.shutdownNow();
  }
}
