package io.donna.gateway.abuse;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that try to take from all others what the gateway has for everybody.
 *
 * @param name as {@code ./donna abuse hog} takes it
 * @param what they do, in one line
 */
record Hog(String name, String what, Attack attack) {
  /** Goes on for about {@code time}; that the gateway ends its connections is no failure. */
  interface Attack {
    void run(HogGround ground, Duration time) throws Exception;
  }

  private static final String CLEAR = "{\"type\":\"input_audio_buffer.clear\"}";

  static final List<Hog> ALL =
      List.of(
          new Hog("nobody", "nothing, for comparison", (ground, time) -> Thread.sleep(time)),
          new Hog(
              "marks", "4 clients write 128 kB of combining marks a second each", Hog::writeMarks),
          new Hog(
              "values", "4 clients send a session.update of 16 MB of {} a second", Hog::sendValues),
          new Hog(
              "values-beta",
              "the same in the beta's dialect, without a policy",
              Hog::sendBetaValues),
          new Hog(
              "waiting",
              "a message at a slow webhook, 25,000 tiny ones behind it, then audio",
              Hog::pileUp),
          new Hog(
              "unfinished",
              "5 sessions of one user, each 15 MB of a message that does not end",
              Hog::holdUnfinished),
          new Hog("connects", "connect_realtime as fast as one socket can", Hog::connectAndConnect),
          new Hog("models", "models that the upstream answers 404", Hog::askForUnknownModels),
          new Hog("refusals", "upgrades over the rate, pipelined on 3 sockets", Hog::knock),
          new Hog("commits", "5,000 commits of one event_id, again and again", Hog::commit),
          new Hog(
              "words", "3 sockets of one address say what is no authenticate", Hog::sayAnything),
          new Hog("pipeline", "GET /health pipelined on 3 sockets", Hog::pipeline),
          new Hog("crowd", "900 sockets of 300 addresses that never authenticate", Hog::crowd),
          new Hog("empty", "400 empty connections a second of one address", Hog::openEmpty),
          new Hog("heads", "1,000 heads of 30 kB that do not end", Hog::leaveHeadsOpen));

  private static void writeMarks(HogGround ground, Duration time) {
    String text = "\u0344".repeat(32_000) + "\u0316".repeat(32_000);
    String event =
        "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":\"user\","
            + "\"content\":[{\"type\":\"input_text\",\"text\":\""
            + text
            + "\"}]}}";
    List<TestClient> clients = connect(ground, 4, "judged");
    each(time, Duration.ofSeconds(1), () -> clients.forEach(client -> client.send(event)));
  }

  private static void sendValues(HogGround ground, Duration time) {
    flood(connect(ground, 4, "judged"), values(), time);
  }

  private static void sendBetaValues(HogGround ground, Duration time) {
    flood(connect(ground, 4, "open", "OpenAI-Beta: realtime=v1"), values(), time);
  }

  private static String values() {
    return "{\"type\":\"session.update\",\"session\":{\"tools\":[{}"
        + ",{}".repeat(5_300_000)
        + "]}}";
  }

  private static void flood(List<TestClient> clients, String event, Duration time) {
    List<Thread> senders = new ArrayList<>();
    for (TestClient client : clients) {
      senders.add(
          Thread.ofPlatform()
              .start(() -> each(time, Duration.ofSeconds(1), () -> client.send(event))));
    }
    senders.forEach(Hog::join);
  }

  private static void pileUp(HogGround ground, Duration time) {
    ground.webhook().hold();
    TestClient client = ground.connect("asked");
    client.readUntil("session.created");
    client.send(
        "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":\"user\","
            + "\"content\":[{\"type\":\"input_text\",\"text\":\"wait\"}]}}");
    String tiny = "{\"type\":\"response.cancel\"}";
    each(Duration.ZERO, Duration.ZERO, () -> repeat(25_000, () -> client.send(tiny)));
    each(time, Duration.ofMillis(10), () -> repeat(20, () -> client.send(CLEAR)));
    ground.webhook().release();
  }

  private static void holdUnfinished(HogGround ground, Duration time) {
    String user = ground.newUser();
    List<TestClient> clients = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      TestClient client =
          ground.keep(ground.dropIn(ground.newAddress(), user, "open", "gpt-realtime-2.1"));
      clients.add(client);
      each(Duration.ZERO, Duration.ZERO, () -> client.send(0x01, new byte[15 << 20]));
    }
    byte[] piece = "x".repeat(17_000).getBytes(US_ASCII);
    each(time, Duration.ofSeconds(1), () -> clients.forEach(client -> client.send(0x00, piece)));
  }

  private static void connectAndConnect(HogGround ground, Duration time) {
    TestClient client =
        ground.keep(
            TestClient.connect(ground.socket(ground.newAddress()), "/realtime?model=short"));
    client.authenticate(RunningGateway.token(ground.newUser()));
    Thread reading = drain(client);
    each(time, Duration.ofMillis(1), () -> client.send("{\"type\":\"connect_realtime\"}"));
    client.close();
    join(reading);
  }

  private static void askForUnknownModels(HogGround ground, Duration time) {
    int[] asked = new int[1];
    each(
        time,
        Duration.ofMillis(50),
        () -> {
          String model = "unknown-" + asked[0]++;
          try (TestClient client =
              ground.dropIn(ground.newAddress(), ground.newUser(), "open", model)) {
            client.reachesEnd();
          }
        });
  }

  private static void knock(HogGround ground, Duration time) {
    String upgrade =
        String.join(
            "\r\n",
            "GET /realtime HTTP/1.1",
            "Host: localhost",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "",
            "");
    pipelined(ground, upgrade, time);
  }

  private static void pipeline(HogGround ground, Duration time) {
    pipelined(ground, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", time);
  }

  private static void pipelined(HogGround ground, String request, Duration time) {
    byte[] many = request.repeat(200).getBytes(US_ASCII);
    String address = ground.newAddress();
    List<Thread> senders = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      senders.add(
          Thread.ofPlatform()
              .start(
                  () -> each(time, Duration.ofMillis(1), () -> sendOnNew(ground, address, many))));
    }
    senders.forEach(Hog::join);
  }

  /** On one connection for as long as the gateway leaves it open. */
  private static void sendOnNew(HogGround ground, String address, byte[] requests) {
    try (Socket socket = ground.socket(address)) {
      Thread reading =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  socket.getInputStream().skip(Long.MAX_VALUE);
                } catch (IOException over) {
                  // Closed.
                }
              });
      for (int i = 0; i < 500; i++) {
        socket.getOutputStream().write(requests);
      }
      socket.shutdownOutput();
      join(reading);
    } catch (IOException ended) {
      // The gateway did.
    }
  }

  private static void commit(HogGround ground, Duration time) {
    String event = "{\"type\":\"input_audio_buffer.commit\",\"event_id\":\"same\"}";
    TestClient client = ground.connect("judged");
    drain(client);
    each(time, Duration.ofMillis(500), () -> repeat(5_000, () -> client.send(event)));
  }

  private static void sayAnything(HogGround ground, Duration time) {
    String address = ground.newAddress();
    List<Thread> senders = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      senders.add(
          Thread.ofPlatform()
              .start(() ->
                  each(
                      time,
                      Duration.ofMillis(100),
                      () -> {
                        TestClient client = TestClient.connect(ground.socket(address), "/realtime");
                        try (client) {
                          drain(client);
                          repeat(1_000_000, () -> client.send("{\"type\":\"hello\"}"));
                        }
                      })));
    }
    senders.forEach(Hog::join);
  }

  private static void crowd(HogGround ground, Duration time) {
    for (int i = 0; i < 300; i++) {
      String address = ground.newAddress();
      each(Duration.ZERO, Duration.ZERO, () -> repeat(3, () -> ground.silent(address)));
    }
    LockSupport.parkNanos(time.toNanos());
  }

  private static void openEmpty(HogGround ground, Duration time) {
    String address = ground.newAddress();
    List<Socket> open = new ArrayList<>();
    each(
        time,
        Duration.ofNanos(2_500_000),
        () -> {
          open.add(ground.socket(address));
          if (open.size() > 4_000) {
            closeQuietly(open.removeFirst());
          }
        });
    open.forEach(Hog::closeQuietly);
  }

  private static void leaveHeadsOpen(HogGround ground, Duration time) {
    byte[] head =
        ("GET /realtime HTTP/1.1\r\nHost: localhost\r\nX-Long: " + "y".repeat(30_000))
            .getBytes(US_ASCII);
    List<Socket> open = new ArrayList<>();
    each(
        Duration.ZERO,
        Duration.ZERO,
        () ->
            repeat(
                1_000,
                () -> {
                  Socket socket = ground.socket(ground.newAddress());
                  open.add(socket);
                  try {
                    socket.getOutputStream().write(head);
                  } catch (IOException ended) {
                    // The gateway did.
                  }
                }));
    LockSupport.parkNanos(time.toNanos());
    open.forEach(Hog::closeQuietly);
  }

  private static List<TestClient> connect(
      HogGround ground, int count, String tier, String... headers) {
    List<TestClient> clients = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      TestClient client = ground.connect(tier, headers);
      clients.add(client);
      drain(client);
    }
    return clients;
  }

  /** Reads whatever {@code client} hears, and throws it away. */
  private static Thread drain(TestClient client) {
    return Thread.ofVirtual().start(client::reachesEnd);
  }

  private static void repeat(int times, Runnable deed) {
    for (int i = 0; i < times; i++) {
      deed.run();
    }
  }

  /** Does it once, and again after each {@code interval} until {@code time} is over. */
  private static void each(Duration time, Duration interval, Runnable deed) {
    long begun = System.nanoTime();
    do {
      long next = System.nanoTime() + interval.toNanos();
      try {
        deed.run();
      } catch (UncheckedIOException ended) {
        // The gateway ended the connection, which is its right.
      }
      LockSupport.parkNanos(next - System.nanoTime());
    } while (System.nanoTime() - begun < time.toNanos());
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException ended) {
      // Then it is closed.
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
