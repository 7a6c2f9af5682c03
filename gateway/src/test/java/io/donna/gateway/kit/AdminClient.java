package io.donna.gateway.kit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client of the admin port, able to send what no browser and no library would.
 *
 * <pre>{@code
 * AdminClient.of(gateway).with("Authorization: Bearer ...").put("/api/v1/switch", "{...}")
 * }</pre>
 */
public final class AdminClient {
  /** An answer. */
  public record Answer(int status, String head, String body) {
    public JsonNode json() {
      return JsonMapper.shared().readTree(body);
    }

    /** The first value of a header. */
    public Optional<String> header(String name) {
      return headers(name).stream().findFirst();
    }

    public List<String> headers(String name) {
      Matcher lines = Pattern.compile("(?im)^" + Pattern.quote(name) + ": (.*?)\r?$").matcher(head);
      return lines.results().map(line -> line.group(1)).toList();
    }
  }

  private final int port;
  private final List<String> headers;

  private AdminClient(int port, List<String> headers) {
    this.port = port;
    this.headers = headers;
  }

  public static AdminClient of(RunningGateway gateway) {
    return new AdminClient(gateway.adminPort(), List.of());
  }

  /** A client of any port. */
  public static AdminClient at(int port) {
    return new AdminClient(port, List.of());
  }

  /** The same client, which sends these header lines, too. */
  public AdminClient with(String... lines) {
    List<String> more = new ArrayList<>(headers);
    more.addAll(List.of(lines));
    return new AdminClient(port, more);
  }

  public AdminClient bearer(String token) {
    return with("Authorization: Bearer " + token);
  }

  public Answer get(String path) {
    return send("GET", path, Optional.empty());
  }

  public Answer delete(String path) {
    return send("DELETE", path, Optional.empty());
  }

  public Answer post(String path, String body) {
    return send("POST", path, Optional.of(body));
  }

  public Answer put(String path, String body) {
    return send("PUT", path, Optional.of(body));
  }

  public Answer send(String method, String path, Optional<String> body) {
    try (TestClient client = open(method, path, body)) {
      return new Answer(client.status(), client.head(), client.body());
    }
  }

  /** Sends a request and reads the head of its answer. */
  public TestClient open(String method, String path, Optional<String> body) {
    StringBuilder request = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
    if (headers.stream().noneMatch(line -> line.startsWith("Host:"))) {
      request.append("Host: 127.0.0.1:" + port + "\r\n");
    }
    headers.forEach(line -> request.append(line).append("\r\n"));
    body.ifPresent(text -> {
      if (headers.stream().noneMatch(line -> line.startsWith("Content-Type:"))) {
        request.append("Content-Type: application/json\r\n");
      }
      request.append("Content-Length: " + text.length() + "\r\n");
    });
    return TestClient.raw(port, request.append("\r\n").append(body.orElse("")).toString());
  }
}
