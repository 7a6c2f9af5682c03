package io.donna.gateway.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A client of the gateway's. */
public final class TestClient extends Wire {
  private static final Pattern STATUS = Pattern.compile("HTTP/1.1 (\\d{3})");
  private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");

  private final String responseHead;

  private TestClient(Socket socket, String request) throws IOException {
    super(socket, true);
    sendRaw(request.getBytes(StandardCharsets.ISO_8859_1));
    responseHead = readHead();
  }

  /**
   * Asks for an upgrade; what came of it is in {@link #status}. Headers are {@code Name: value}.
   */
  public static TestClient connect(int port, String path, String... headers) {
    return raw(port, upgradeRequest(port, path, headers));
  }

  private static String upgradeRequest(int port, String path, String... headers) {
    StringBuilder request =
        new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: localhost:" + port + "\r\n")
            .append("Upgrade: websocket\r\nConnection: Upgrade\r\n")
            .append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n");
    for (String header : headers) {
      request.append(header).append("\r\n");
    }
    return request.append("\r\n").toString();
  }

  /** As {@link #connect(int, String, String...)}, on a socket that is connected already. */
  public static TestClient connect(Socket socket, String path, String... headers) {
    try {
      return new TestClient(socket, upgradeRequest(socket.getPort(), path, headers));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends {@code request} as it is and reads the head of what comes back. */
  public static TestClient raw(int port, String request) {
    try {
      return new TestClient(new Socket(InetAddress.getLoopbackAddress(), port), request);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As {@link #raw(int, String)}, at another address of this machine. */
  public static TestClient raw(String address, int port, String request) {
    try {
      return new TestClient(new Socket(address, port), request);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Authenticates as {@code user123}, and is welcome. */
  public TestClient authenticate() {
    return authenticate(RunningGateway.token("user123"));
  }

  public TestClient authenticate(String token) {
    send("{\"type\":\"authenticate\",\"token\":\"" + token + "\"}");
    String answer = readText();
    if (!answer.contains("auth_success")) {
      throw new AssertionError(answer);
    }
    return this;
  }

  /** Asks for its upstream; what comes of it is still to be read. */
  public TestClient connectRealtime() {
    send("{\"type\":\"connect_realtime\"}");
    return this;
  }

  public int status() {
    Matcher matcher = STATUS.matcher(responseHead);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  public String head() {
    return responseHead;
  }

  /** The head of a further answer. */
  public String nextHead() {
    try {
      return readHead();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The body that the head announces. */
  public String body() {
    return body(responseHead);
  }

  /** Reads past one more answer on the connection. */
  public void skipAnswer() {
    try {
      body(readHead());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String body(String head) {
    Matcher length = LENGTH.matcher(head);
    try {
      return length.find()
          ? new String(in().readNBytes(Integer.parseInt(length.group(1))), StandardCharsets.UTF_8)
          : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Everything that still comes until the other side ends the connection. */
  public String rest() {
    try {
      return new String(in().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
