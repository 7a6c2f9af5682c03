package io.donna.gateway.guard;

import static io.donna.gateway.guard.GuardedHouse.guard;
import static io.donna.gateway.guard.GuardedTalk.audio;
import static io.donna.gateway.guard.GuardedTalk.created;
import static io.donna.gateway.guard.GuardedTalk.done;
import static io.donna.gateway.guard.GuardedTalk.event;
import static io.donna.gateway.guard.GuardedTalk.itemAdded;
import static io.donna.gateway.guard.GuardedTalk.transcript;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Property;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What an answer says does not reach the client unjudged, in whichever event it stands, and
 * whatever becomes of its item meanwhile; what was stopped stays stopped.
 */
class HostileUpstreamTest {
  private static final String COMMITTED =
      "{'type':'input_audio_buffer.committed','item_id':'%s','previous_item_id':%s}";

  @TempDir private static Path folder;

  private static GuardedHouse house;

  @BeforeAll
  static void open() {
    String words = "on: [assistant], patterns: [forbidden], action: cancel";
    house =
        new GuardedHouse(
            folder,
            Map.of(
                "goes", guard(words),
                "held", guard(words + ", hold_back: true"),
                "all",
                    guard(
                        "on: [assistant, tool_calls], patterns: [forbidden], action: cancel,"
                            + " hold_back: true"),
                "calls", guard("on: [tool_calls], patterns: [forbidden], action: cancel"),
                "user", guard("on: [user], patterns: [forbidden], action: cancel")));
  }

  @AfterAll
  static void close() {
    house.close();
  }

  /** Deletes it, of which it was told by the item that stands behind it. */
  @Test
  void doesNotLetOutWhatTheClientDeletesWhileItIsJudged() {
    try (GuardedTalk talk = house.talk("held")) {
      talk.passes(event(COMMITTED, "u1", "null"));
      talk.passes(created("r1"));
      talk.upstream.send(itemAdded("r1", "a1"));
      talk.upstream.send(event(COMMITTED, "u2", "'a1'"));
      assertThat(talk.hears().get("previous_item_id").asString()).isEqualTo("u1");

      talk.client.send(event("{'type':'conversation.item.delete','item_id':'a1'}"));
      talk.isSent("conversation.item.delete");
      talk.upstream.send(event("{'type':'conversation.item.deleted','item_id':'a1'}"));
      talk.upstream.send(transcript("r1", "a1", "It is forbidden."));
      talk.upstream.send(item("conversation.item.done", "forbidden"));
      talk.upstream.send(done("r1", "completed"));

      talk.hearsError("guard_matched");
      assertThat(talk.hears("response.done").at("/response/output")).isEmpty();
      talk.isSent("conversation.item.delete");
      for (String type : new String[] {"added", "created", "done", "retrieved"}) {
        talk.upstream.send(item("conversation.item." + type, "forbidden"));
      }
      talk.upstream.send(event("{'type':'conversation.item.deleted','item_id':'a1'}"));
      talk.upstream.send(item("conversation.item.done", "forbidden"));
      talk.upstream.send(transcript("r1", "a1", "More."));
      talk.upstream.send(done("r1", "completed"));
      talk.upstream.send(event(COMMITTED, "u3", "'a1'"));
      assertThat(talk.hears().get("previous_item_id").asString()).isEqualTo("u1");
      talk.hearsNothing();
    }
  }

  private static String item(String type, String text) {
    return event(
        "{'type':'%s','item':{'id':'a1','type':'message','role':'assistant','content':"
            + "[{'type':'output_audio','transcript':'%s'}]}}",
        type, text);
  }

  @Test
  void tellsOfAnItemOnceItIsSeen() {
    try (GuardedTalk talk = house.talk("held")) {
      talk.passes(created("r1"));
      talk.upstream.send(itemAdded("r1", "a1"));
      talk.upstream.send(transcript("r1", "a1", "Fine."));
      talk.upstream.send(event(COMMITTED, "u1", "'a1'"));
      assertThat(talk.hears().get("previous_item_id").isNull()).isTrue();
      talk.upstream.send(done("r1", "completed"));
      assertThat(talk.client.readText()).isEqualTo(itemAdded("r1", "a1"));
      talk.hears("response.output_audio_transcript.delta");
      talk.hears("response.done");

      talk.passes(event(COMMITTED, "u2", "'a1'"));
    }
  }

  /** Events that may carry an answer, known and not, with and without the response's name. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'response.output_item.added','response_id':'r1','item':{'id':'a1','type':'message',"
            + "'role':'assistant','content':[{'type':'output_text','text':'forbidden'}]}}",
        "{'type':'response.output_item.done','response_id':'r1','item':{'id':'a1','type':'message',"
            + "'content':[{'type':'output_text','text':'forbidden'}]}}",
        "{'type':'response.content_part.added','response_id':'r1','item_id':'a1','content_index':0,"
            + "'part':{'type':'text','text':'forbidden'}}",
        "{'type':'response.content_part.done','response_id':'r1','item_id':'a1','content_index':0,"
            + "'part':{'type':'audio','transcript':'forbidden'}}",
        "{'type':'response.output_text.done','response_id':'r1','item_id':'a1','text':'forbidden'}",
        "{'type':'response.output_text.delta','response_id':'r1','item_id':'a1',"
            + "'delta':'forbidden'}",
        "{'type':'response.output_audio_transcript.done','response_id':'r1','item_id':'a1',"
            + "'transcript':'forbidden'}",
        "{'type':'conversation.item.added','item':{'id':'a9','type':'message','role':'assistant',"
            + "'content':[{'type':'output_text','text':'forbidden'}]}}",
        "{'type':'conversation.item.done','item':{'id':'a9','type':'message','role':'assistant',"
            + "'content':[{'type':'output_text','text':'forbidden'}]}}",
        "{'type':'conversation.item.created','item':{'id':'a9','type':'novel','summary':"
            + "[{'text':'forbidden'}]}}",
        "{'type':'response.novel.delta','response_id':'r1','delta':'forbidden'}",
        "{'type':'response.novel','response':{'id':'r1','output':[{'id':'a1','type':'message',"
            + "'content':[{'text':'forbidden'}]}]}}",
        "{'type':'novel','words':{'deep':['forbidden']}}",
        "{'type':'response.output_text.delta','response_id':'r9','item_id':'a9',"
            + "'delta':'forbidden'}",
      })
  void holdsBackWhateverMaySayIt(String text) {
    try (GuardedTalk talk = house.talk("held")) {
      talk.passes(created("r1"));
      talk.upstream.send(event("%s", text));
      talk.hearsNothing();
      talk.upstream.send(done("r1", "completed"));
      boolean ofAnother = text.contains("r9");
      if (ofAnother) {
        talk.upstream.send(done("r9", "completed"));
      }

      talk.hearsError("guard_matched");
      talk.hears("response.done");
      if (ofAnother) {
        talk.hears("response.done");
      }
      talk.hearsNothing();
    }
  }

  /** Every event that may say it, of either response or of none, about any item. */
  private static final List<String> SAYING =
      List.of(
          "{'type':'response.created','response':{'id':'R','output':[{'id':'I','type':'message',"
              + "'content':[{'text':'W'}]}]}}",
          "{'type':'response.output_item.added','response_id':'R','item':{'id':'I',"
              + "'type':'message','content':[{'text':'W'}]}}",
          "{'type':'response.output_item.done','response_id':'R','item':{'id':'I',"
              + "'type':'message','content':[{'transcript':'W'}]}}",
          "{'type':'response.content_part.done','response_id':'R','item_id':'I','content_index':0,"
              + "'part':{'transcript':'W'}}",
          "{'type':'response.output_text.delta','response_id':'R','item_id':'I','delta':'W'}",
          "{'type':'response.output_text.done','response_id':'R','item_id':'I','text':'W'}",
          "{'type':'response.novel','response_id':'R','item_id':'I','x':['W']}",
          "{'type':'response.novel','item_id':'I','x':['W']}",
          "{'type':'novel','x':{'y':'W'}}",
          "{'type':'conversation.item.added','item':{'id':'I','role':'assistant','type':'message',"
              + "'content':[{'text':'W'}]}}",
          "{'type':'conversation.item.done','item':{'id':'I','role':'assistant','type':'message',"
              + "'content':[{'text':'W'}]}}",
          "{'type':'conversation.item.retrieved','item':{'id':'I','role':'assistant',"
              + "'type':'message','content':[{'text':'W'}]}}",
          "{'type':'response.function_call_arguments.delta','response_id':'R','item_id':'I',"
              + "'delta':'W'}",
          "{'type':'response.function_call_arguments.done','response_id':'R','item_id':'I',"
              + "'arguments':'W'}",
          "{'type':'conversation.item.done','item':{'id':'I','type':'function_call',"
              + "'arguments':'W'}}",
          "{'type':'conversation.item.deleted','item_id':'I'}",
          "{'type':'response.done','response':{'id':'R','status':'completed','output':[{'id':'I',"
              + "'type':'message','content':[{'text':'W'}]}]}}",
          "{'type':'response.done','response':{'id':'R','status':'cancelled','output':[]}}");

  @Test
  void neverLetsOutAWordInWhateverOrderTheUpstreamSaysIt() {
    Property.holds(
        40,
        choices -> {
          try (GuardedTalk talk = house.talk("all")) {
            for (int i = 0; i < 20 && choices.hasMore(); i++) {
              talk.upstream.send(
                  event("%s", choices.of(SAYING))
                      .replace("\"R\"", choices.of(List.of("\"r1\"", "\"r2\"")))
                      .replace("\"I\"", choices.of(List.of("\"a1\"", "\"a2\"", "\"a3\"")))
                      .replace("W", choices.of(List.of("fine", "forbidden"))));
            }
            for (String response : List.of("r1", "r2")) {
              talk.upstream.send(done(response, "completed"));
            }
            talk.upstream.send(event("{'type':'novel','x':'last of all'}"));
            for (String heard = ""; !heard.contains("last of all"); ) {
              heard = talk.client.readText();
              assertThat(heard).doesNotContain("forbidden");
            }
          }
        });
  }

  /** Of a response that is over, or that nobody has told of. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'conversation.item.retrieved','item':{'id':'a9','type':'message',"
            + "'role':'assistant','content':[{'type':'output_text','text':'%s'}]}}",
        "{'type':'conversation.item.done','item':{'id':'a9','type':'message','role':'assistant',"
            + "'content':[{'type':'output_text','text':'%s'}]}}",
        "{'type':'response.output_text.done','response_id':'r1','item_id':'a1','text':'%s'}",
        "{'type':'novel','words':'%s'}",
      })
  void judgesByItselfWhatComesOutsideOfAnyResponse(String text) {
    try (GuardedTalk talk = house.talk("held")) {
      talk.passes(created("r1"));
      talk.passes(done("r1", "completed"));
      talk.upstream.send(event(text, "allowed"));
      assertThat(talk.client.readText()).contains("allowed");
      talk.upstream.send(event(text, "forbidden"));
      talk.hearsError("guard_matched");
      talk.hearsNothing();
    }
  }

  /** There is no response to cancel, and nothing more to wait for. */
  @Test
  void stopsWhatIsTooLongOutsideOfAnyResponseAsOftenAsItComes() {
    String text = event("{'type':'novel','words':'%s'}", "x".repeat(65_537));
    try (GuardedTalk talk = house.talk("held")) {
      for (int i = 0; i < 66; i++) {
        talk.upstream.send(text);
        talk.hearsError("guard_failed");
      }
      talk.isSentNothing();
    }
  }

  /** The path to each of its texts is 58 kB long, so all of them together are a gigabyte. */
  @Test
  void stopsWhatIsToldInNamesWithoutEnd() {
    String names = ("{'" + "n".repeat(1_000) + "':").repeat(58);
    String texts = "'a',".repeat(19_000) + "'a'";
    try (GuardedTalk talk = house.talk("all")) {
      talk.passes(created("r1"));
      talk.upstream.send(
          event("{'type':'response.x','response_id':'r1','k':")
              + event(names + "[" + texts + "]" + "}".repeat(59)));

      talk.hearsError("guard_failed");
      talk.isSent("response.cancel");
    }
  }

  @Test
  void judgesAnUnknownEventByAllItsPieces() {
    try (GuardedTalk talk = house.talk("held")) {
      talk.passes(created("r1"));
      for (String piece : new String[] {"for", "bid", "den"}) {
        talk.upstream.send(
            event("{'type':'response.novel.delta','response_id':'r1','delta':'%s'}", piece));
      }
      talk.upstream.send(done("r1", "completed"));
      talk.hearsError("guard_matched");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'response.output_item.added','response_id':'r1','item':{'id':'f1',"
            + "'type':'function_call','arguments':'forbidden'}}",
        "{'type':'conversation.item.added','item':{'id':'f1','type':'function_call',"
            + "'arguments':'forbidden'}}",
        "{'type':'conversation.item.done','item':{'id':'f1','type':'function_call',"
            + "'arguments':'forbidden'}}",
        "{'type':'response.output_item.done','response_id':'r1','item':{'id':'f1',"
            + "'type':'custom_call','input':'forbidden'}}",
        "{'type':'response.novel_call.delta','response_id':'r1','delta':'forbidden'}",
      })
  void holdsACallInWhicheverEventItStands(String text) {
    try (GuardedTalk talk = house.talk("calls")) {
      talk.passes(created("r1"));
      talk.upstream.send(event("%s", text));
      talk.upstream.send(
          event(
              "{'type':'response.done','response':{'id':'r1','status':'completed','output':"
                  + "[{'id':'f1','type':'function_call','arguments':'forbidden'}]}}"));
      talk.hearsError("guard_matched");
      assertThat(talk.hears("response.done").at("/response/output")).isEmpty();
      talk.hearsNothing();
    }
  }

  @Test
  void judgesACallAgainWhereItsArgumentsChange() {
    String arguments =
        "{'type':'response.function_call_arguments.done','response_id':'r1','item_id':'f1',"
            + "'arguments':'%s'}";
    try (GuardedTalk talk = house.talk("calls")) {
      talk.passes(created("r1"));
      talk.passes(event(arguments, "allowed"));
      talk.upstream.send(event(arguments, "forbidden"));
      talk.hearsError("guard_matched");
    }
  }

  /** A sentence is judged when it ends, wherever in a delta, and a long one before it ends. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "It is forbidden. And",
        "It is “forbidden.” So",
        "It is forbidden। और",
        "It is forbidden\\nnext",
        "no end"
      })
  void judgesASentenceWhenItEndsWhateverFollows(String text) {
    try (GuardedTalk talk = house.talk("goes")) {
      talk.passes(created("r1"));
      if (text.equals("no end")) {
        talk.passes(transcript("r1", "a1", "forbidden " + "and so on ".repeat(8)));
        for (int i = 0; i < 5; i++) {
          talk.upstream.send(transcript("r1", "a1", "and so on ".repeat(3)));
        }
      } else {
        talk.upstream.send(transcript("r1", "a1", text));
      }
      talk.isSent("response.cancel");
    }
  }

  /** What the guards cannot read ends the session: a client may read something in it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'response.created','response':{}}",
        "{'type':'response.created'}",
        "{'type':'response.created','response':{'id':7}}",
        "{'type':'response.created','response':{'id':''}}",
        "{'type':'response.created','type':'response.created','response':{'id':'r1'}}",
        "{'type':'response.created','response':{'id':'r1','id':'r2'}}",
        "{'type':'response.created','response':{'id':'LONG'}}",
        "{'type':'response.created','response':{'id':'r1'}",
        "{'type':'response.output_text.delta','response_id':7,'delta':'x'}",
        "{'type':'response.output_text.delta','response_id':'LONG','delta':'x'}",
        "{'type':'response.output_text.delta','response_id':'r1','item_id':['x'],'delta':'x'}",
        "{'type':'conversation.item.done','item':{'id':'LONG','role':'assistant'}}",
        "{'type':'response.done','response':{'status':'completed'}}",
        "{'Type':'response.done'}",
        "{'half':'\\ud83d','type':'novel','words':'forbidden','type':'rate_limits.updated'}",
        "{'type':'conversation.item.input_audio_transcription.completed','item_id':'i1',"
            + "'transcript':'forbidden','usage':{'seconds':1,'seconds':2}}",
        "{'type':'error','error':{'code':'x','event_id':'one','event_id':'two'}}",
        "[]",
        "no json",
      })
  void endsASessionWhoseUpstreamItCannotRead(String text) {
    for (String tier : new String[] {"held", "user"}) {
      try (GuardedTalk talk = tier.equals("user") ? house.talk(tier).setUp() : house.talk(tier)) {
        talk.upstream.send(event("%s", text.replace("LONG", "x".repeat(1_025))));
        // Metering, which is nearer to the upstream, has a code of its own for an id that is too
        // long.
        assertThat(talk.hears("error").at("/error/code").asString())
            .isIn("upstream_unreadable", "upstream_excessive");
        assertThat(talk.client.readClose().closeCode()).isEqualTo(1011);
      }
    }
  }

  @Test
  void readsHalfAnEmoji() {
    try (GuardedTalk talk = house.talk("goes")) {
      talk.passes(created("r1"));
      talk.passes(transcript("r1", "a1", "\\ud83d"));
      talk.passes(transcript("r1", "a1", "\\ude00"));
    }
  }

  @Test
  void remembersABoundedNumberOfResponses() {
    try (GuardedTalk talk = house.talk("held")) {
      for (int i = 0; i < 64; i++) {
        talk.passes(created("r" + i));
      }
      talk.upstream.send(created("one more"));
      talk.hearsError("upstream_excessive");
      assertThat(talk.client.readClose().closeCode()).isEqualTo(1011);
    }
  }

  @Test
  void forgetsResponsesThatAreOver() {
    try (GuardedTalk talk = house.talk("held")) {
      for (int i = 0; i < 300; i++) {
        talk.passes(created("r" + i));
        talk.passes(done("r" + i, "completed"));
      }
    }
  }

  @Test
  void holdsBackABoundedNumberOfEvents() {
    try (GuardedTalk talk = house.talk("held")) {
      talk.passes(created("r1"));
      byte[] tiny = talk.upstream.encode(0x81, audio("r1", "a1").getBytes(UTF_8));
      ByteArrayOutputStream many = new ByteArrayOutputStream();
      for (int i = 0; i < 1_024; i++) {
        many.writeBytes(tiny);
      }
      for (int i = 0; i < 16; i++) {
        talk.upstream.sendRaw(many.toByteArray());
        talk.hearsNothing(); // until they are taken
      }
      talk.upstream.sendRaw(tiny);
      talk.hearsError("guard_failed");
    }
  }

  @Test
  void letsGoInTheirOrderOfMoreEventsThanOneTurnTakes() {
    try (GuardedTalk talk = house.talk("held")) {
      talk.passes(created("r1"));
      talk.upstream.send(transcript("r1", "a1", "Fine."));
      for (int i = 0; i < 1_000; i++) {
        talk.upstream.send(audio("r1", "a1"));
      }
      talk.upstream.send(done("r1", "completed"));
      talk.upstream.send(created("r2"));

      talk.hears("response.output_audio_transcript.delta");
      for (int i = 0; i < 1_000; i++) {
        assertThat(talk.client.readText()).isEqualTo(audio("r1", "a1"));
      }
      talk.hears("response.done");
      talk.hears("response.created");
      talk.hearsNothing();
    }
  }
}
