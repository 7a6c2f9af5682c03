package io.donna.gateway.kit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.InvalidProtocolBufferException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/** A collector of OpenTelemetry's that reads OTLP as protobuf by HTTP, and keeps it all. */
public final class TestCollector implements AutoCloseable {
  private static final String PROTOBUF = "application/x-protobuf";

  /** A request as it came. */
  private record Arrival(String path, Map<String, String> headers, byte[] body) {}

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Arrival> arrivals = new CopyOnWriteArrayList<>();
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile int status = 200;

  private TestCollector(HttpServer server) {
    this.server = server;
    server.setExecutor(threads);
    server.createContext("/", this::take);
    server.start();
  }

  public static TestCollector start() {
    try {
      return new TestCollector(
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void take(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.getFirst()));
      arrivals.add(new Arrival(exchange.getRequestURI().getPath(), headers, body));
      gate.await();
      exchange.getResponseHeaders().set("Content-Type", PROTOBUF);
      exchange.sendResponseHeaders(status, -1);
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  public String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** From now on answers nobody until {@link #answer}. */
  public void hold() {
    gate = new CountDownLatch(1);
  }

  /** Answers those that wait, and all that come. */
  public void answer() {
    gate.countDown();
  }

  /** From now on answers with this status. */
  public void refuse(int with) {
    status = with;
  }

  /** The number of requests so far. */
  public int requests() {
    return arrivals.size();
  }

  /** The values of a header, of all requests. */
  public List<String> header(String name) {
    return arrivals.stream()
        .flatMap(arrival -> Optional.ofNullable(arrival.headers().get(name)).stream())
        .toList();
  }

  /** All spans so far, in the order of their ends. */
  public List<Span> spans() {
    return bodies("/v1/traces").stream()
        .map(TestCollector::traces)
        .flatMap(request -> request.getResourceSpansList().stream())
        .flatMap(spans -> spans.getScopeSpansList().stream())
        .flatMap(spans -> spans.getSpansList().stream())
        .toList();
  }

  /** All events so far. */
  public List<LogRecord> events() {
    return bodies("/v1/logs").stream()
        .map(TestCollector::logs)
        .flatMap(request -> request.getResourceLogsList().stream())
        .flatMap(logs -> logs.getScopeLogsList().stream())
        .flatMap(logs -> logs.getLogRecordsList().stream())
        .toList();
  }

  /** The metrics of the latest export. */
  public List<Metric> metrics() {
    List<byte[]> all = bodies("/v1/metrics");
    return all.isEmpty()
        ? List.of()
        : metrics(all.getLast()).getResourceMetricsList().stream()
            .flatMap(metrics -> metrics.getScopeMetricsList().stream())
            .flatMap(metrics -> metrics.getMetricsList().stream())
            .toList();
  }

  /** The resources that traces came from. */
  public List<Resource> resources() {
    return bodies("/v1/traces").stream()
        .map(TestCollector::traces)
        .flatMap(request -> request.getResourceSpansList().stream())
        .map(spans -> spans.getResource())
        .toList();
  }

  private List<byte[]> bodies(String path) {
    return arrivals.stream()
        .filter(arrival -> arrival.path().equals(path))
        .map(Arrival::body)
        .toList();
  }

  /** Every byte of every request, as text. */
  public String bytes() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    arrivals.forEach(arrival -> {
      all.writeBytes(arrival.toString().getBytes(UTF_8));
      all.writeBytes(arrival.body());
    });
    return all.toString(UTF_8);
  }

  /** Attributes as text: numbers in decimal, lists in brackets. */
  public static Map<String, String> attributes(List<KeyValue> list) {
    return list.stream()
        .collect(
            Collectors.toMap(
                KeyValue::getKey, entry -> text(entry.getValue()), (a, b) -> a, TreeMap::new));
  }

  private static String text(AnyValue value) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> value.getStringValue();
      case INT_VALUE -> String.valueOf(value.getIntValue());
      case ARRAY_VALUE ->
          value.getArrayValue().getValuesList().stream()
              .map(TestCollector::text)
              .toList()
              .toString();
      default -> value.toString();
    };
  }

  private static ExportTraceServiceRequest traces(byte[] body) {
    try {
      return ExportTraceServiceRequest.parseFrom(body);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static ExportLogsServiceRequest logs(byte[] body) {
    try {
      return ExportLogsServiceRequest.parseFrom(body);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static ExportMetricsServiceRequest metrics(byte[] body) {
    try {
      return ExportMetricsServiceRequest.parseFrom(body);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    answer();
    server.stop(0);
    threads.shutdownNow();
  }
}
