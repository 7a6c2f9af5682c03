package io.donna.gateway.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ServerSocketFactory;

/** An upstream that does nothing by itself: a test takes each connection and plays its part. */
public final class TestUpstream implements AutoCloseable {
  /** One connection of the gateway's. */
  public static final class Connection extends Wire {
    private final String requestHead;

    Connection(Socket socket) throws IOException {
      super(socket, false);
      requestHead = readHead();
    }

    /** The upgrade request as it came. */
    public String head() {
      return requestHead;
    }

    /** Answers the upgrade as RFC 6455 asks for. */
    public Connection accept() {
      return answer(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Accept: "
              + acceptKey()
              + "\r\n\r\n");
    }

    /** Answers the upgrade with these bytes. */
    public Connection answer(String head) {
      sendRaw(head.getBytes(StandardCharsets.ISO_8859_1));
      return this;
    }

    /** Whether the gateway ends the connection and has not sent another byte before. */
    public boolean endsWithoutAWord() {
      try {
        return in().read() < 0;
      } catch (SocketTimeoutException stillOpen) {
        return false;
      } catch (IOException reset) {
        return true;
      }
    }

    public String acceptKey() {
      Matcher key = Pattern.compile("(?i)sec-websocket-key: (\\S+)").matcher(requestHead);
      if (!key.find()) {
        throw new AssertionError("no key in " + requestHead);
      }
      try {
        String proof = key.group(1) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
        byte[] sha1 =
            MessageDigest.getInstance("SHA-1").digest(proof.getBytes(StandardCharsets.US_ASCII));
        return Base64.getEncoder().encodeToString(sha1);
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError(e);
      }
    }
  }

  private final ServerSocket server;
  private final BlockingQueue<Socket> accepted = new LinkedBlockingQueue<>();
  private volatile Consumer<Socket> arrivals = accepted::add;

  private TestUpstream(ServerSocket server) {
    this.server = server;
    Thread.ofVirtual().start(this::acceptAll);
  }

  public static TestUpstream start() {
    return start(ServerSocketFactory.getDefault());
  }

  public static TestUpstream start(String address, int port) {
    try {
      return new TestUpstream(new ServerSocket(port, 50, InetAddress.getByName(address)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static TestUpstream start(ServerSocketFactory factory) {
    try {
      return new TestUpstream(factory.createServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void acceptAll() {
    try {
      while (true) {
        Socket arrived = server.accept();
        arrivals.accept(arrived);
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  public int port() {
    return server.getLocalPort();
  }

  public URI uri() {
    return URI.create("ws://127.0.0.1:" + port() + "/v1/realtime");
  }

  /**
   * From now on hands each connection to {@code taker}, its upgrade request read and not yet
   * answered, as soon as it is there: nothing is left to {@link #take}.
   */
  public void handEachTo(Consumer<Connection> taker) {
    arrivals =
        socket ->
            Thread.ofVirtual()
                .start(() -> {
                  try {
                    taker.accept(new Connection(socket));
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                });
  }

  /** The gateway's next connection, its upgrade request read and not yet answered. */
  public Connection take() {
    try {
      Socket socket = accepted.poll(Wire.PATIENCE_MS, TimeUnit.MILLISECONDS);
      if (socket == null) {
        throw new AssertionError("the gateway opened no upstream");
      }
      return new Connection(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  public boolean isUntouched() {
    return accepted.isEmpty();
  }

  @Override
  public void close() {
    try {
      server.close();
      for (Socket socket : accepted) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
