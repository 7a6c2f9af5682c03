package io.donna.gateway.metering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.Environment;
import io.donna.gateway.config.Settings;
import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.metering.UsageRecord.SessionTotal;
import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.Passage;
import io.donna.gateway.websocket.CloseReason;
import io.netty.channel.EventLoop;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a meter makes of what upstreams say; the conversations were recorded. */
class MeterTest {
  private static final String CREATED =
      "{'type':'response.created','response':{'id':'resp_1','status':'in_progress'}}";
  private static final String DONE =
      "{'type':'response.done','response':{'id':'resp_1','status':'completed','usage':"
          + "{'input_tokens':10,'output_tokens':20,'input_token_details':{'text_tokens':10},"
          + "'output_token_details':{'text_tokens':5,'audio_tokens':15}}}}";

  @TempDir private Path folder;

  /** What the meter says, and whether it lets go. */
  private static final class Said implements Passage {
    private final List<String> toUpstream = new ArrayList<>();
    private int toClient;
    private boolean released;

    @Override
    public void toUpstream(Event event) {
      toUpstream.add(new String(event.payload(), UTF_8));
    }

    @Override
    public void toClient(Event event) {
      toClient++;
    }

    @Override
    public void refuse(Event offender, String code, String message) {
      throw new AssertionError(code);
    }

    @Override
    public void end(String error, CloseReason reason) {
      throw new AssertionError(error);
    }

    @Override
    public void release() {
      released = true;
    }

    @Override
    public EventLoop eventLoop() {
      throw new AssertionError("a meter has no timers");
    }
  }

  private final Said passage = new Said();
  private Metering metering;
  private Bill bill;
  private Meter meter;

  @BeforeEach
  void open() throws Exception {
    Settings settings =
        Settings.read(Environment.of(Map.of("USAGE_LOG", folder.resolve("usage").toString())));
    metering = Metering.open(settings.metering(), Clock.systemUTC());
    bill = new Bill(metering, "session-1");
    bill.setPayer(new Payer("ann", Optional.of("acme"), Optional.empty()));
    meter = bill.meter("gpt-realtime-2.1");
  }

  @AfterEach
  void close() {
    metering.close();
  }

  private void say(String... events) {
    for (String event : events) {
      meter.fromUpstream(Event.of(event.replace('\'', '"')), passage);
    }
  }

  private void play(String recording) throws Exception {
    for (String line : Files.readAllLines(Path.of("src/test/resources/sessions", recording))) {
      JsonNode entry = JsonMapper.shared().readTree(line);
      if (entry.path("direction").asString().equals("received")) {
        meter.fromUpstream(Event.of(entry.path("data").toString()), passage);
      }
    }
  }

  private List<Charge> charges() throws Exception {
    metering.close();
    List<Charge> charges = new ArrayList<>();
    UsageFiles.read(
        List.of(folder.resolve("usage")),
        Clock.systemUTC().instant().minus(Duration.ofHours(1)),
        charges::add);
    return charges;
  }

  private Charge onlyCharge() throws Exception {
    List<Charge> charges = charges();
    assertThat(charges).hasSize(1);
    return charges.getFirst();
  }

  @ParameterizedTest
  @CsvSource({
    "text-in-audio-out.jsonl,   1, 0, 40,  0.001168",
    "audio-in-server-vad.jsonl, 1, 1, 205, 0.010922",
    "tool-call.jsonl,           2, 0, 201, 0.0009936",
    "xai-text-in-audio-out.jsonl, 1, 0, 47, 0.003217",
  })
  void billsRecordedConversations(
      String recording, int responses, int transcriptions, long tokens, String cost)
      throws Exception {
    play(recording);

    SessionTotal total = bill.total();
    assertThat(total.responses()).isEqualTo(responses);
    assertThat(total.transcriptions()).isEqualTo(transcriptions);
    assertThat(total.usage().tokens()).isEqualTo(tokens);
    assertThat(total.cost()).isEqualByComparingTo(cost);
    assertThat(charges()).hasSize(responses + transcriptions).noneMatch(Charge::estimated);
  }

  @Test
  void knowsTheModelFromTheSessionAndTheIdFromTheUpstream() throws Exception {
    say("{'type':'session.created','session':{'model':'gpt-realtime-1.5'}}", CREATED, DONE);

    Charge charge = onlyCharge();
    assertThat(charge.model()).isEqualTo("gpt-realtime-1.5");
    assertThat(charge.id()).isEqualTo("resp_1");
    assertThat(charge.status()).isEqualTo("completed");
    assertThat(charge.payer().user()).isEqualTo("ann");
    assertThat(charge.payer().tenant()).contains("acme");
  }

  @Test
  void tellsTheLedgerWhatTheSessionHasSpentUntilItIsOver() {
    say(CREATED, DONE);
    assertThat(metering.ledger().spent("session-1").tokens()).isEqualTo(30);
    assertThat(metering.ledger().spent(Scope.TENANT, "acme", Window.MONTH).tokens()).isEqualTo(30);

    bill.close();

    assertThat(metering.ledger().spent("session-1")).isEqualTo(Spent.NOTHING);
    assertThat(metering.ledger().spent(Scope.TENANT, "acme", Window.MONTH).tokens()).isEqualTo(30);
  }

  @Test
  void billsAResponseOnceHoweverOftenItIsSaidToBeDone() throws Exception {
    say(CREATED, DONE, DONE, DONE);

    assertThat(charges()).hasSize(1);
    assertThat(bill.total().responses()).isEqualTo(1);
  }

  @Test
  void billsTheSameIdOfAnotherUpstreamAgain() throws Exception {
    say(CREATED, DONE);
    meter.end();
    meter = bill.meter("gpt-realtime-2.1");
    say(CREATED, DONE);

    assertThat(charges()).hasSize(2);
    assertThat(bill.total().responses()).isEqualTo(2);
  }

  @Test
  void billsEachResponseOfAnUpstreamThatGivesNoIds() throws Exception {
    String done = "{'type':'response.done','response':{'usage':{'input_tokens':1}}}";
    say(done, done);

    assertThat(charges()).extracting(Charge::id).containsExactly("unnamed-1", "unnamed-2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'response.done','response':{'id':'resp_1','usage':null}}",
        "{'type':'response.done','response':{'id':'resp_1','status_details':'unimplemented'}}",
        "{'type':'response.done','response':{'id':'resp_1','usage':'none'}}",
        "{'type':'response.done','response':'resp_1'}",
        "{'type':'response.done'}",
      })
  void billsNothingWhereNothingWasStatedAndNothingSeen(String done) throws Exception {
    say(CREATED, done);

    Charge charge = onlyCharge();
    assertThat(charge.cost()).isZero();
    assertThat(charge.estimated()).isFalse();
  }

  /** 12,000 bytes of PCM are 250 ms, and five tokens of speech. */
  private static String audio(int bytes) {
    return "{'type':'response.output_audio.delta','event_id':'event_V7EoCpciIAHibhKIxqQIa',"
        + "'response_id':'resp_mOcKCxsuYqbIaxQOZazDY','item_id':'item_BYy7PIeCZ80X5UwhQM1Xh',"
        + "'output_index':0,'content_index':0,'delta':'"
        + "A".repeat(bytes / 3 * 4)
        + "'}";
  }

  private static final String WORD = "{'type':'response.output_audio_transcript.delta'}";

  @Test
  void estimatesAResponseThatTheUpstreamTookAwayWithIt() throws Exception {
    say(CREATED, DONE);
    say(
        CREATED.replace("resp_1", "resp_2"),
        WORD,
        audio(12_000),
        WORD,
        audio(12_000),
        audio(6_000));

    meter.end();

    Charge estimate = charges().getLast();
    assertThat(estimate.id()).isEqualTo("resp_2");
    assertThat(estimate.status()).isEqualTo("cut_off");
    assertThat(estimate.estimated()).isTrue();
    assertThat(estimate.usage().output()).isEqualTo(new Tokens(2, 13, 0));
    assertThat(estimate.usage().input()).isEqualTo(new Tokens(15, 15, 0));
    meter.end();
    assertThat(bill.total().responses()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({
    "{'type':'audio/pcm'}, 13",
    "{'type':'audio/pcmu'}, 75",
    "{'type':'audio/pcma'}, 75",
  })
  void estimatesByTheFormatOfTheSession(String format, long tokens) throws Exception {
    say(
        "{'type':'session.updated','session':{'audio':{'output':{'format':" + format + "}}}}",
        CREATED,
        audio(30_000));

    meter.end();

    assertThat(onlyCharge().usage().output().audio()).isEqualTo(tokens);
  }

  @Test
  void estimatesWhatIsDoneButNotStated() throws Exception {
    say(CREATED, audio(12_000), "{'type':'response.done','response':{'id':'resp_1','usage':{}}}");

    Charge charge = onlyCharge();
    assertThat(charge.estimated()).isTrue();
    assertThat(charge.usage().output()).isEqualTo(new Tokens(0, 5, 0));
  }

  @Test
  void understandsTheNamesOfTheBeta() throws Exception {
    say(
        "{'type':'session.created','session':{'model':'gpt-4o-realtime-preview',"
            + "'output_audio_format':'g711_ulaw','input_audio_transcription':{'model':'whisper-1'}}}",
        "{'type':'input_audio_buffer.committed','item_id':'item_1'}",
        "{'type':'conversation.item.input_audio_transcription.completed','item_id':'item_1',"
            + "'content_index':0,'usage':{'type':'duration','seconds':60}}",
        CREATED,
        audio(3_000).replace("output_audio", "audio"));
    meter.end();

    List<Charge> charges = charges();
    assertThat(charges)
        .extracting(Charge::model)
        .containsExactly("whisper-1", "gpt-4o-realtime-preview");
    assertThat(charges.getFirst().cost()).isEqualByComparingTo("0.006");
    assertThat(charges.getLast().usage().output().audio()).isEqualTo(8);
  }

  @Test
  void cannotBeBlindedByASessionTooLargeToRead() throws Exception {
    say(
        "{'type':'session.updated','session':{'instructions':'"
            + "x".repeat(2 << 20)
            + "','audio':{'input':{'transcription':{'model':'whisper-1'}}}}}",
        "{'type':'conversation.item.input_audio_transcription.completed','item_id':'item_1',"
            + "'usage':{'type':'duration','seconds':60}}");

    assertThat(onlyCharge().cost()).isEqualByComparingTo("0.017");
  }

  @Test
  void keepsWhatAnUpstreamSaysFitForALog() throws Exception {
    say(
        "{'type':'session.created','session':{'model':'a\\nb" + "c".repeat(500) + "'}}",
        CREATED,
        DONE.replace("completed", "x\\u001b[2Jy"));

    Charge charge = onlyCharge();
    assertThat(charge.model()).startsWith("a\\u000abccc").hasSize(128);
    assertThat(charge.status()).isEqualTo("x\\u001b[2Jy");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'type':'response.created','response':{'id':'resp_1'}} |"
            + " {'type':'response.done','response':{'id':'resp_1'}}",
        "{'type':'input_audio_buffer.speech_stopped','item_id':'item_1'} |"
            + " {'type':'response.created','response':{'id':'r'}} "
            + " {'type':'response.done','response':{'id':'r'}}",
        "{'type':'input_audio_buffer.committed','item_id':'item_1'} |"
            + " {'type':'conversation.item.input_audio_transcription.completed','item_id':'item_1'}",
        "{'type':'input_audio_buffer.committed','item_id':'item_1'} |"
            + " {'type':'conversation.item.input_audio_transcription.failed','item_id':'item_1'}",
      })
  void isOwedWhatHasBegunUntilItIsDone(String begin, String end) {
    say("{'type':'session.updated','session':{'audio':{'input':{'transcription':{'model':'m'}}}}}");
    assertThat(meter.keepsUpstream(passage)).isFalse();

    say(begin);
    assertThat(meter.keepsUpstream(passage)).isTrue();
    assertThat(passage.released).isFalse();

    say(end.split("  ", -1));
    assertThat(passage.released).isTrue();
  }

  private static final Event ASK = Event.of("{\"type\":\"response.create\"}");

  @Test
  void stopsWhatRunsAndWhatBeginsOnceNobodyListens() {
    say(CREATED);
    meter.fromClient(ASK, passage);
    passage.toUpstream.clear();

    assertThat(meter.keepsUpstream(passage)).isTrue();
    assertThat(passage.toUpstream.getFirst()).contains("response.cancel").contains("resp_1");
    assertThat(passage.toUpstream.getLast()).contains("input_audio_buffer.clear");
    passage.toUpstream.clear();
    say("{'type':'response.created','response':{'id':'resp_2'}}");
    meter.fromClient(ASK, passage);
    assertThat(passage.toUpstream)
        .singleElement()
        .asString()
        .contains("response.cancel")
        .contains("resp_2");
    say(DONE);
    assertThat(passage.released).isFalse();
    say(DONE.replace("resp_1", "resp_2"));

    assertThat(passage.released).isTrue();
  }

  @Test
  void learnsThatNothingWasAskedForFromTheRefusalOfItsCancel() {
    meter.fromClient(ASK, passage);
    assertThat(meter.keepsUpstream(passage)).isTrue();
    String eventId =
        JsonMapper.shared().readTree(passage.toUpstream.get(1)).path("event_id").asString();

    say("{'type':'error','error':{'code':'invalid_value','event_id':'event_of_the_client'}}");
    assertThat(passage.released).isFalse();
    say(
        "{'type':'error','error':{'code':'response_cancel_not_active','event_id':'"
            + eventId
            + "'}}");

    assertThat(passage.released).isTrue();
  }

  @Test
  void passesEverythingOn() throws Exception {
    play("audio-in-server-vad.jsonl");
    say("{'type':'something.new'}", "not json", "[]", "{'type':'response.done'", DONE);
    meter.fromClient(ASK, passage);

    assertThat(passage.toClient).isGreaterThan(40);
    assertThat(passage.toUpstream).hasSize(1);
  }
}
