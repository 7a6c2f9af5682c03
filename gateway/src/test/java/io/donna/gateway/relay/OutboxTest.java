package io.donna.gateway.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.event.Event;
import io.donna.gateway.websocket.HeldBytes;
import io.netty.channel.DefaultEventLoop;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class OutboxTest implements Outbox.Sink {
  private final DefaultEventLoop eventLoop = new DefaultEventLoop();
  private final List<String> journal = new CopyOnWriteArrayList<>();

  @AfterEach
  void stop() {
    eventLoop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
  }

  @Override
  public void send(Event event) {
    assertThat(eventLoop.inEventLoop()).isTrue();
    assertThat(event.isHeavyToWrite()).isFalse();
    String text = new String(event.payload(), UTF_8);
    journal.add(text.length() > 100 ? "large" : text);
  }

  @Override
  public void setHeld(boolean held) {
    journal.add(held ? "hold" : "go on");
  }

  @Override
  public void refuseForMemory() {
    journal.add("no memory");
  }

  @Override
  public void fail(Throwable fault) {
    journal.add(fault.toString());
  }

  private static Event large() {
    ObjectNode tree = JsonNodeFactory.instance.objectNode();
    return Event.of(tree.put("type", "x").put("text", "a".repeat(1 << 20)));
  }

  private static Event small() {
    return Event.of(JsonNodeFactory.instance.objectNode().put("type", "y"));
  }

  private void onLoop(Runnable work) {
    eventLoop.submit(work).syncUninterruptibly();
  }

  private void await(int entries) {
    Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> journal.size() >= entries);
  }

  @Test
  void sendsWhatIsSmallAtOnce() {
    Outbox outbox =
        new Outbox(eventLoop, SessionResources.of("user a", new HeldBytes(1 << 30)), this);

    onLoop(() -> outbox.accept(small()));

    assertThat(journal).containsExactly("{\"type\":\"y\"}");
  }

  @Test
  void keepsTheOrderWhileSomethingLargeIsWritten() {
    HeldBytes held = new HeldBytes(1 << 30);
    Outbox outbox = new Outbox(eventLoop, SessionResources.of("user a", held), this);

    onLoop(() -> {
      outbox.accept(large());
      outbox.accept(small());
      outbox.accept(large());
      outbox.accept(small());
      assertThat(held.total()).isGreaterThan(2 << 20);
    });
    await(6);

    assertThat(journal)
        .containsExactly("hold", "large", "{\"type\":\"y\"}", "large", "{\"type\":\"y\"}", "go on");
    assertThat(held.total()).isZero();
  }

  @Test
  void forgetsWhatNobodyTakesAnyMore() {
    HeldBytes held = new HeldBytes(1 << 30);
    Outbox outbox = new Outbox(eventLoop, SessionResources.of("user a", held), this);

    onLoop(() -> {
      outbox.accept(large());
      outbox.accept(small());
      outbox.clear();
    });
    onLoop(() -> outbox.accept(large()));
    await(5);

    assertThat(journal).containsExactly("hold", "go on", "hold", "large", "go on");
    assertThat(held.total()).isZero();
  }

  @Test
  void keepsNothingForWhichThereIsNoMemory() {
    HeldBytes held = new HeldBytes(1 << 10);
    Outbox outbox = new Outbox(eventLoop, SessionResources.of("user a", held), this);

    onLoop(() -> outbox.accept(large()));

    assertThat(journal).containsExactly("no memory");
    assertThat(held.total()).isZero();
  }
}
