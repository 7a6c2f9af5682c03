package io.donna.gateway.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.websocket.CloseReason;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InspectorChainTest implements InspectorChain.Ends {
  private final List<String> refused = new ArrayList<>();

  private final List<String> upstream = new ArrayList<>();
  private final List<String> client = new ArrayList<>();
  private final List<String> ends = new ArrayList<>();
  private final EmbeddedChannel channel = new EmbeddedChannel();

  @Override
  public void toUpstream(Event event) {
    upstream.add(new String(event.payload(), UTF_8));
  }

  @Override
  public void toClient(Event event) {
    client.add(new String(event.payload(), UTF_8));
  }

  @Override
  public void refused(String code) {
    refused.add(code);
  }

  @Override
  public void end(String error, CloseReason reason) {
    ends.add(reason.code() + " " + error);
  }

  @Override
  public void release() {
    throw new AssertionError("nobody keeps the upstream");
  }

  @Override
  public EventLoop eventLoop() {
    return channel.eventLoop();
  }

  /** Puts its name on every message that it passes on, and tells of what begins and ends. */
  private record Stamp(String name, List<String> journal) implements Inspector {
    @Override
    public void begin(InspectorContext context) {
      journal.add("begin " + name);
      context.toUpstream("{\"type\":\"setup of " + name + "\"}");
    }

    @Override
    public void fromClient(Event event, InspectorContext context) {
      context.toUpstream(stamped(event));
    }

    @Override
    public void fromUpstream(Event event, InspectorContext context) {
      context.toClient(stamped(event));
    }

    private String stamped(Event event) {
      return event.tree().orElseThrow().put(name, true).toString();
    }

    @Override
    public void end() {
      journal.add("end " + name);
    }
  }

  private final List<String> journal = new ArrayList<>();
  private final InspectorChain row =
      new InspectorChain(List.of(new Stamp("a", journal), new Stamp("b", journal)), this);

  @Test
  void showsWhatTheClientSaysToTheFirstAndWhatTheUpstreamSaysToTheLast() {
    row.fromClient(Event.of("{\"type\":\"up\"}"));
    row.fromUpstream(Event.of("{\"type\":\"down\"}"));

    assertThat(upstream).containsExactly("{\"type\":\"up\",\"a\":true,\"b\":true}");
    assertThat(client).containsExactly("{\"type\":\"down\",\"b\":true,\"a\":true}");
  }

  @Test
  void showsWhatAnInspectorSaysToThoseBehindIt() {
    row.begin();

    assertThat(journal).containsExactly("begin b", "begin a");
    assertThat(upstream)
        .containsExactly("{\"type\":\"setup of b\"}", "{\"type\":\"setup of a\",\"b\":true}");
  }

  @Test
  void isDeafOnceItHasEnded() {
    row.end();
    row.fromClient(Event.of("{\"type\":\"up\"}"));
    row.fromUpstream(Event.of("{\"type\":\"down\"}"));

    assertThat(journal).containsExactly("end a", "end b");
    assertThat(upstream).isEmpty();
    assertThat(client).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"x\",\"type\":\"y\"}",
        "{\"typ\\u0065\":\"x\"}",
        "{\"type\":\"x\"}{}",
        "[]",
        "{\"type\":",
        "{}"
      })
  void refusesWhatTwoParsersNeedNotReadAlike(String message) {
    row.fromClient(Event.of(message));

    assertThat(upstream).isEmpty();
    assertThat(client).hasSize(1);
    assertThat(client.getFirst()).contains("\"type\":\"error\"", "Invalid event: ");
  }

  @Test
  void passesWhateverTheUpstreamSays() {
    InspectorChain plain = new InspectorChain(List.of(new Inspector() {}), this);

    plain.fromUpstream(Event.of("no JSON"));

    assertThat(client).containsExactly("no JSON");
  }

  @Test
  void namesTheEventThatItRefuses() {
    InspectorChain refusing =
        new InspectorChain(
            List.of(
                new Inspector() {
                  @Override
                  public void fromClient(Event event, InspectorContext context) {
                    context.refuse(event, "not_allowed", "No.");
                  }
                }),
            this);

    refusing.fromClient(Event.of("{\"type\":\"x\",\"event_id\":\"a \\\"1\\\"\"}"));
    refusing.fromClient(Event.of("{\"type\":\"x\"}"));

    assertThat(client.getFirst())
        .contains("\"code\":\"not_allowed\",\"message\":\"No.\"", "\"event_id\":\"a \\\"1\\\"\"}}");
    assertThat(client.getLast()).contains("\"event_id\":null}}");
  }

  @Test
  void endsASessionThatIsRefusedAgainAndAgain() {
    for (int i = 0; i < 50; i++) {
      row.fromClient(Event.of("{\"type\":"));
    }
    assertThat(ends).isEmpty();

    row.fromClient(Event.of("{\"type\":"));

    assertThat(ends).hasSize(1);
    assertThat(ends.getFirst()).startsWith("1008 ").contains("too_many_refusals");
  }

  @Test
  void renamesAnEventAndLeavesEveryOtherByte() {
    Event event = Event.of("{ \"delta\":\"AAA\" ,\"type\" : \"response.output_audio.delta\" }");

    event.rename(EventType.RESPONSE_AUDIO_DELTA);

    assertThat(event.type()).isEqualTo(EventType.RESPONSE_AUDIO_DELTA);
    assertThat(new String(event.payload(), UTF_8))
        .isEqualTo("{ \"delta\":\"AAA\" ,\"type\" : \"response.audio.delta\" }")
        .hasSize(event.length());
  }
}
