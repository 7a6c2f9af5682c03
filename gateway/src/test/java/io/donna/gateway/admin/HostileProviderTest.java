package io.donna.gateway.admin;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.AdminClient;
import io.donna.gateway.kit.OpenIdServer;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** An identity provider that takes the gateway's time and memory instead of signing anybody in. */
class HostileProviderTest {
  private static final String HEAD =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"issuer\":\"";

  /** Answers each connection by {@code answer}. */
  private static final class Provider implements AutoCloseable {
    private interface AdminResponse {
      void write(OutputStream out) throws IOException, InterruptedException;
    }

    private final ServerSocket listener;
    private final AtomicInteger accepted = new AtomicInteger();

    Provider(AdminResponse answer) {
      try {
        listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Thread.ofVirtual().start(() -> accept(answer));
    }

    private void accept(AdminResponse answer) {
      try {
        while (true) {
          Socket socket = listener.accept();
          accepted.incrementAndGet();
          Thread.ofVirtual().start(() -> serve(socket, answer));
        }
      } catch (IOException closed) {
        // The test is over.
      }
    }

    private static void serve(Socket socket, AdminResponse answer) {
      try (socket) {
        socket.getOutputStream().write(HEAD.getBytes(US_ASCII));
        answer.write(socket.getOutputStream());
      } catch (IOException gone) {
        // The gateway has had enough.
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
    }

    RunningGateway gateway() {
      return RunningGateway.with("ADMIN_OIDC_ISSUER", "http://127.0.0.1:" + listener.getLocalPort())
          .with("ADMIN_OIDC_CLIENT_ID", OpenIdServer.CLIENT)
          .with("ADMIN_OIDC_CLIENT_SECRET", OpenIdServer.CLIENT_SECRET)
          .admin()
          .start();
    }

    @Override
    public void close() {
      try {
        listener.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void doesNotWaitForAProviderThatAnswersForever() {
    try (Provider provider =
            new Provider(out -> {
              while (true) {
                out.write(' ');
                Thread.sleep(100);
              }
            });
        RunningGateway gateway = provider.gateway()) {
      long begin = System.nanoTime();

      AdminClient.Answer answer = AdminClient.of(gateway).get("/sign-in");

      assertThat(answer.status()).isEqualTo(502);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(9));
    }
  }

  @Test
  void takesALimitedNumberOfBytesOfAProvider() {
    AtomicLong sent = new AtomicLong();
    byte[] filler = "x".repeat(64 * 1024).getBytes(US_ASCII);
    try (Provider provider =
            new Provider(out -> {
              while (sent.addAndGet(filler.length) < 256 << 20) {
                out.write(filler);
              }
            });
        RunningGateway gateway = provider.gateway()) {
      assertThat(AdminClient.of(gateway).get("/sign-in").status()).isEqualTo(502);

      // Beside the limit, what both sockets and the client's buffers hold.
      assertThat(sent.get()).isLessThan(32 << 20);
    }
  }

  @Test
  void asksAProviderThatHangsFewTimesAtOnce() {
    try (Provider provider = new Provider(out -> Thread.sleep(Duration.ofSeconds(20)));
        RunningGateway gateway = provider.gateway()) {
      List<Socket> waiting = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        waiting.add(ask(gateway));
      }
      await("the places to be taken")
          .atMost(Duration.ofSeconds(10))
          .until(() -> provider.accepted.get() >= 1);

      try (TestClient another = AdminClient.of(gateway).open("GET", "/sign-in", Optional.empty())) {
        assertThat(another.status()).isEqualTo(502);
      }
      assertThat(provider.accepted.get()).isLessThanOrEqualTo(ProviderClient.MOST_AT_ONCE);
      waiting.forEach(HostileProviderTest::close);
    }
  }

  private static Socket ask(RunningGateway gateway) {
    try {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.adminPort());
      String request = "GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1:" + gateway.adminPort();
      socket.getOutputStream().write((request + "\r\n\r\n").getBytes(US_ASCII));
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
