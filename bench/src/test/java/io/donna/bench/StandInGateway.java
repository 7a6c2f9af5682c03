package io.donna.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;

/**
 * As much of a gateway as the benchmark needs: healthy, takes any token, then tunnels. With {@code
 * --corrupt} it changes one byte of what a client sends; with a policy it sets the session up
 * before the client sees it.
 */
final class StandInGateway {
  private static final int PLACE_OF_THE_CORRUPT_BYTE = 10_000;

  private final URI upstream;
  private final boolean corrupt;

  private StandInGateway(URI upstream, boolean corrupt) {
    this.upstream = upstream;
    this.corrupt = corrupt;
  }

  public static void main(String[] args) {
    URI upstream = URI.create(System.getenv("OPENAI_REALTIME_URL"));
    StandInGateway gateway = new StandInGateway(upstream, List.of(args).contains("--corrupt"));
    Thread.ofPlatform().start(() -> gateway.accept("ADMIN_PORT"));
    gateway.accept("PORT");
  }

  private void accept(String setting) {
    int port = Integer.parseInt(System.getenv(setting));
    try (ServerSocket server = new ServerSocket(port, 64, InetAddress.getLoopbackAddress())) {
      while (true) {
        Socket client = server.accept();
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void serve(Socket client) {
    try (client) {
      DataInputStream in = new DataInputStream(client.getInputStream());
      OutputStream out = client.getOutputStream();
      HttpHead request = readHead(in);
      if (request.startLine().matches("GET /(health|metrics) .*")) {
        out.write(
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".getBytes(US_ASCII));
        return;
      }
      out.write(Handshake.answer(request).orElseThrow().getBytes(US_ASCII));
      readFrame(in);
      out.write(Frame.unmasked(Frame.TEXT, "{\"type\":\"auth_success\"}".getBytes(UTF_8)));
      readFrame(in);
      relay(in, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void relay(InputStream clientIn, OutputStream clientOut) throws IOException {
    try (Socket server = new Socket(upstream.getHost(), upstream.getPort())) {
      String request = Handshake.request(upstream.getPort(), upstream.getPath(), "a2V5");
      server.getOutputStream().write(request.getBytes(US_ASCII));
      DataInputStream serverIn = new DataInputStream(server.getInputStream());
      readHead(serverIn);
      if (System.getenv("POLICY_FILE") != null) {
        byte[] update = "{\"type\":\"session.update\",\"session\":{}}".getBytes(UTF_8);
        server.getOutputStream().write(Frame.masked(Frame.TEXT, update, 0));
        byte[] created = readServerFrame(serverIn);
        readServerFrame(serverIn); // session.updated
        clientOut.write(created);
      }
      Thread.ofVirtual().start(() -> pumpUp(clientIn, server));
      serverIn.transferTo(clientOut);
    }
  }

  private void pumpUp(InputStream in, Socket server) {
    try {
      if (corrupt) {
        byte[] start = in.readNBytes(PLACE_OF_THE_CORRUPT_BYTE);
        start[start.length - 1] ^= 1;
        server.getOutputStream().write(start);
      }
      in.transferTo(server.getOutputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HttpHead readHead(DataInputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.readUnsignedByte());
    }
    return HttpHead.parse(head.toString());
  }

  /** Of a server's short text, whole. */
  private static byte[] readServerFrame(DataInputStream in) throws IOException {
    int first = in.readUnsignedByte();
    return Frame.unmasked(first & 0xF, in.readNBytes(in.readUnsignedByte()));
  }

  /** Of a client's short text, which nobody here reads. */
  private static void readFrame(DataInputStream in) throws IOException {
    in.readUnsignedByte();
    int length = in.readUnsignedByte() & 0x7F;
    in.skipNBytes(4 + (length == 126 ? in.readUnsignedShort() : length));
  }
}
