package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Wherever a session stands when it ends, both its sides hear so, and no reset overtakes it. */
class GoingAwayTest {
  private static void expectEnd(TestUpstream.Connection opened, String reason) throws IOException {
    Frame close = opened.readClose();
    assertThat(close.closeCode()).isEqualTo(1001);
    assertThat(close.closeReason()).isEqualTo(reason);
    opened.sendClose(1001, "");
    assertThat(opened.readRaw(1)).isEmpty(); // a FIN; a reset would throw
  }

  @Test
  void isToldToAClientThatHasSaidNothingYet() throws Exception {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client = gateway.connect()) {
      Thread stop = Thread.ofVirtual().start(() -> gateway.gateway().close());

      assertThat(client.readClose().closeCode()).isEqualTo(1001);
      client.sendClose(1001, "");
      assertThat(client.readRaw(1)).isEmpty();
      stop.join();
    }
  }

  @Test
  void isToldToBothSidesOfASessionWhoseUpstreamIsAboutToAnswer() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectDropInAs("u")) {
      TestUpstream.Connection opened = upstream.take();
      Thread stop = Thread.ofVirtual().start(() -> gateway.gateway().close());

      assertThat(client.readClose().closeCode()).isEqualTo(1012);
      opened.accept().send("{\"type\":\"session.created\"}");

      expectEnd(opened, "The gateway is going away");
      client.sendClose(1012, "");
      stop.join();
    }
  }

  @Test
  void isToldToAnUpstreamThatAnswersWhenItsClientIsGone() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start()) {
      TestClient client = gateway.connectDropInAs("u");
      TestUpstream.Connection opened = upstream.take();
      client.close();
      gateway.awaitNoConnections();

      opened.accept().send("{\"type\":\"session.created\"}");

      expectEnd(opened, "Client gone");
    }
  }

  /** With another server to turn to, the gateway waits for the first word of the one it asked. */
  @Test
  void isToldToAnUpstreamWhoseFirstWordIsAwaited() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(upstream).with("OPENAI_API_KEY", "sk-one,sk-two").start();
        TestClient client = gateway.connectDropInAs("u")) {
      TestUpstream.Connection opened = upstream.take().accept();
      client.sendClose(1000, "bye");
      assertThat(client.readClose().closeCode()).isEqualTo(1000);

      Frame close = opened.readClose();

      assertThat(close.closeReason()).isEqualTo("bye");
      opened.sendClose(1000, "");
      assertThat(opened.readRaw(1)).isEmpty();
    }
  }

  @Test
  void isToldToAnUpstreamThatStillTalksWhenItsClientIsGone() throws Exception {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectDropInAs("u")) {
      TestUpstream.Connection opened = upstream.take().accept();
      opened.send("{\"type\":\"session.created\"}");
      assertThat(client.readText()).contains("session.created");
      Thread drain =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  gateway.gateway().drain();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      client.readClose();
      client.sendClose(1012, "");
      assertThat(client.readRaw(1)).isEmpty();

      opened.send("{\"type\":\"response.done\"}");

      expectEnd(opened, "The gateway is going away");
      drain.join();
    }
  }
}
