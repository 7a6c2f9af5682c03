package io.donna.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/** The client and server sides of the WebSocket upgrade (RFC 6455, 4.1 and 4.2.2). */
final class Handshake {
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private Handshake() {}

  static String request(int port, String path, String key) {
    return """
    GET %s HTTP/1.1
    Host: 127.0.0.1:%d
    Upgrade: websocket
    Connection: Upgrade
    Sec-WebSocket-Version: 13
    Sec-WebSocket-Key: %s

    """
        .formatted(path, port, key)
        .replace("\n", "\r\n");
  }

  /** The response to an upgrade request; empty if the request is not one. */
  static Optional<String> answer(HttpHead request) {
    String protocol = offersRealtime(request) ? "Sec-WebSocket-Protocol: realtime\n" : "";
    return request
        .header("Sec-WebSocket-Key")
        .map(key ->
            """
            HTTP/1.1 101 Switching Protocols
            Upgrade: websocket
            Connection: Upgrade
            Sec-WebSocket-Accept: %s
            %s
            """
                .formatted(accept(key), protocol)
                .replace("\n", "\r\n"));
  }

  static boolean isAccepted(HttpHead response, String key) {
    return response.startLine().startsWith("HTTP/1.1 101 ")
        && response.header("Sec-WebSocket-Accept").filter(accept(key)::equals).isPresent();
  }

  static String accept(String key) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(US_ASCII));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }

  private static boolean offersRealtime(HttpHead request) {
    String offered = request.header("Sec-WebSocket-Protocol").orElse("");
    return Arrays.stream(offered.split(",", -1)).map(String::strip).anyMatch("realtime"::equals);
  }
}
