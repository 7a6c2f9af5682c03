package io.donna.gateway.metering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.donna.gateway.cluster.MemoryCluster;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.Settings;
import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.metering.UsageRecord.SessionTotal;
import io.donna.gateway.telemetry.Telemetry;
import io.donna.gateway.websocket.CloseReason;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
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
  private static final class Said implements InspectorContext {
    private final List<String> toUpstream = new ArrayList<>();
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private int toClient;
    private String lastToClient = "";
    private boolean released;
    private String ended = "";

    @Override
    public void toUpstream(Event event) {
      toUpstream.add(new String(event.payload(), UTF_8));
    }

    @Override
    public void toClient(Event event) {
      toClient++;
      lastToClient = new String(event.payload(), UTF_8);
    }

    @Override
    public void refuse(Event offender, String code, String message) {
      throw new AssertionError(code);
    }

    @Override
    public void end(String error, CloseReason reason) {
      ended = reason.code() + " " + error;
    }

    @Override
    public void release() {
      released = true;
    }

    @Override
    public EventLoop eventLoop() {
      return channel.eventLoop();
    }
  }

  private final Said context = new Said();
  private Metering metering;
  private Bill bill;
  private Meter meter;

  @BeforeEach
  void open() throws Exception {
    Settings settings =
        Settings.read(Environment.of(Map.of("USAGE_LOG", folder.resolve("usage").toString())));
    metering =
        Metering.open(
            settings.metering(), Clock.systemUTC(), new Telemetry().usage(), MemoryCluster.alone());
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
      meter.fromUpstream(Event.of(event.replace('\'', '"')), context);
    }
  }

  private void play(String recording) throws Exception {
    for (String line : Files.readAllLines(Path.of("src/test/resources/sessions", recording))) {
      JsonNode entry = JsonMapper.shared().readTree(line);
      if (entry.path("direction").asString().equals("received")) {
        meter.fromUpstream(Event.of(entry.path("data").toString()), context);
      }
    }
  }

  private List<Charge> charges() throws Exception {
    metering.close();
    List<Charge> charges = new ArrayList<>();
    UsageLogReader.read(
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
  void billsAResponseOnceThatBeginsAgainAndIsLost() throws Exception {
    say(CREATED, CREATED, DONE, CREATED);

    meter.end();

    assertThat(charges()).hasSize(1);
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

    assertThat(onlyCharge().cost()).isEqualByComparingTo("0.05");
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
    assertThat(meter.keepsUpstream(context)).isFalse();

    say(begin);
    assertThat(meter.keepsUpstream(context)).isTrue();
    assertThat(context.released).isFalse();

    say(end.split("  ", -1));
    assertThat(context.released).isTrue();
  }

  /** Speech may have been sent in one burst, and its turn found before anybody is told of it. */
  @Test
  void hearsOutWhatNobodyHasTakenWhenItsClientWent() {
    say("{'type':'session.updated','session':{'audio':{'input':{'transcription':{'model':'m'}}}}}");
    hear(append(60));
    assertThat(meter.keepsUpstream(context)).isTrue();

    say("{'type':'input_audio_buffer.cleared'}");
    assertThat(context.released).isTrue();
  }

  /** The upstream may have ended the turn, and have begun to write it down, before it knew. */
  @ParameterizedTest
  @ValueSource(strings = {"refusal", "cleared"})
  void hearsOutTheTurnInWhoseMiddleItsClientWent(String answer) {
    say(
        "{'type':'session.updated','session':{'audio':{'input':{'transcription':{'model':'m'}}}}}",
        "{'type':'input_audio_buffer.speech_started','item_id':'item_1','audio_start_ms':0}");
    assertThat(meter.keepsUpstream(context)).isTrue();
    String eventId =
        JsonMapper.shared().readTree(context.toUpstream.getFirst()).path("event_id").asString();

    say(
        "{'type':'input_audio_buffer.speech_stopped','item_id':'item_1','audio_end_ms':500}",
        "{'type':'input_audio_buffer.committed','item_id':'item_1'}",
        answer.equals("refusal")
            ? "{'type':'error','error':{'code':'x','event_id':'" + eventId + "'}}"
            : "{'type':'response.created','response':{'id':'resp_1'}}");
    assertThat(context.released).isFalse();
    say("{'type':'input_audio_buffer.cleared'}");
    say(
        "{'type':'conversation.item.input_audio_transcription.completed','item_id':'item_1',"
            + "'usage':{'type':'tokens','input_tokens':2,'output_tokens':1}}");
    assertThat(context.released).isEqualTo(answer.equals("refusal"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'error','error':{'code':'x','event_id':'BARRIER'}}",
        "{'type':'input_audio_buffer.cleared'}"
      })
  void waitsForNothingOfATurnThatHadNotEnded(String answer) {
    say("{'type':'input_audio_buffer.speech_started','item_id':'item_1','audio_start_ms':0}");
    assertThat(meter.keepsUpstream(context)).isTrue();
    String eventId =
        JsonMapper.shared().readTree(context.toUpstream.getFirst()).path("event_id").asString();

    say(answer.replace("BARRIER", eventId));

    assertThat(context.released).isTrue();
  }

  private static final Event ASK = Event.of("{\"type\":\"response.create\"}");

  @Test
  void stopsWhatRunsAndWhatBeginsOnceNobodyListens() {
    say(CREATED);
    meter.fromClient(ASK, context);
    context.toUpstream.clear();

    assertThat(meter.keepsUpstream(context)).isTrue();
    assertThat(context.toUpstream.getFirst()).contains("response.cancel").contains("resp_1");
    assertThat(context.toUpstream.getLast()).contains("input_audio_buffer.clear");
    context.toUpstream.clear();
    say("{'type':'response.created','response':{'id':'resp_2'}}");
    meter.fromClient(ASK, context);
    assertThat(context.toUpstream)
        .singleElement()
        .asString()
        .contains("response.cancel")
        .contains("resp_2");
    say(DONE);
    assertThat(context.released).isFalse();
    say(DONE.replace("resp_1", "resp_2"));

    assertThat(context.released).isTrue();
  }

  @Test
  void learnsThatNothingWasAskedForFromTheRefusalOfItsCancel() {
    meter.fromClient(ASK, context);
    assertThat(meter.keepsUpstream(context)).isTrue();
    String eventId =
        JsonMapper.shared().readTree(context.toUpstream.get(1)).path("event_id").asString();

    say("{'type':'error','error':{'code':'invalid_value','event_id':'event_of_the_client'}}");
    assertThat(context.released).isFalse();
    say(
        "{'type':'error','error':{'code':'response_cancel_not_active','event_id':'"
            + eventId
            + "'}}");

    assertThat(context.released).isTrue();
  }

  @Test
  void passesEverythingOn() throws Exception {
    play("audio-in-server-vad.jsonl");
    say("{'type':'something.new'}", "not json", "[]", "{'type':'response.done'", DONE);
    meter.fromClient(ASK, context);

    assertThat(context.toClient).isGreaterThan(40);
    assertThat(context.toUpstream).hasSize(1);
  }

  private void hear(String... events) {
    for (String event : events) {
      meter.fromClient(Event.of(event.replace('\'', '"')), context);
    }
  }

  private static String append(int seconds) {
    return "{'type':'input_audio_buffer.append','audio':'" + "A".repeat(64_000 * seconds) + "'}";
  }

  private static final String COMMIT = "{'type':'input_audio_buffer.commit'}";
  private static final String COMMITTED =
      "{'type':'input_audio_buffer.committed','item_id':'item_1'}";

  private static String transcribingBy(String model) {
    return "{'type':'session.updated','session':{'audio':{'input':{'transcription':{'model':'"
        + model
        + "'}}}}}";
  }

  private void seeClients() {
    meter = bill.meter("gpt-realtime-2.1", new BudgetTerms(List::of, false, true));
  }

  @Test
  void estimatesWhatAFirstResponseReadByWhatWasSent() throws Exception {
    seeClients();
    hear(
        "{'type':'session.update','session':{'instructions':'" + "x".repeat(3_000) + "'}}",
        append(60),
        COMMIT,
        "{'type':'conversation.item.create','item':{'content':[{'type':'input_text','text':'"
            + "x".repeat(3_000)
            + "'},{'type':'input_audio','audio':'"
            + "A".repeat(64_000)
            + "'},{'type':'input_image','image_url':'data:image/png;base64,"
            + "A".repeat(100_000)
            + "'}]}}",
        "{'type':'response.create'}");
    say(COMMITTED, CREATED);

    meter.end();

    Charge charge = onlyCharge();
    assertThat(charge.estimated()).isTrue();
    assertThat(charge.usage().input().audio()).isEqualTo(600 + 10);
    assertThat(charge.usage().input().image()).isEqualTo(1_500);
    assertThat(charge.usage().input().text()).isBetween(2_000L, 2_150L);
  }

  @Test
  void estimatesByWhatTheUpstreamEchoesWhereItIsNotShownWhatClientsSay() throws Exception {
    say(
        "{'type':'session.created','session':{'instructions':'" + "x".repeat(3_000) + "'}}",
        "{'type':'input_audio_buffer.speech_started','item_id':'item_1','audio_start_ms':500}",
        "{'type':'input_audio_buffer.speech_stopped','item_id':'item_1','audio_end_ms':60500}",
        COMMITTED,
        "{'type':'conversation.item.added','item':{'content':[{'text':'"
            + "x".repeat(3_000)
            + "'}]}}",
        CREATED);

    meter.end();

    Tokens input = onlyCharge().usage().input();
    assertThat(input.audio()).isEqualTo(600);
    assertThat(input.text()).isBetween(2_000L - 50, 2_100L);
  }

  @Test
  void estimatesNoLessThanTheLastResponseReadAndSaid() throws Exception {
    say(CREATED, DONE, CREATED.replace("resp_1", "resp_2"));

    meter.end();

    assertThat(charges().getLast().usage().input().total()).isEqualTo(30);
  }

  @Test
  void isNotFooledByAResponseThatReadsNothingOfTheConversation() throws Exception {
    say(
        CREATED,
        DONE,
        "{'type':'response.created','response':{'id':'out','conversation_id':null}}",
        "{'type':'response.done','response':{'id':'out','conversation_id':null,"
            + "'usage':{'input_tokens':1}}}",
        CREATED.replace("resp_1", "resp_2"));

    meter.end();

    assertThat(charges().getLast().usage().input().total()).isEqualTo(30);
  }

  /** A response with an input of its own is the conversation's all the same, by what it says. */
  @Test
  void isNotFooledByAResponseOfTheConversationThatReadsAnInputOfItsOwn() throws Exception {
    seeClients();
    hear("{'type':'response.create'}");
    say(CREATED, DONE);
    hear("{'type':'response.create','response':{'input':[]}}");
    say(
        "{'type':'response.created','response':{'id':'own','conversation_id':'conv_1'}}",
        "{'type':'response.done','response':{'id':'own','conversation_id':'conv_1',"
            + "'usage':{'input_tokens':1,'output_tokens':7}}}");
    hear("{'type':'response.create'}");
    say(CREATED.replace("resp_1", "resp_2"));

    meter.end();

    assertThat(charges().getLast().usage().input().total()).isBetween(37L, 60L);
  }

  @Test
  void isNotFooledByInstructionsThatAreTakenBackForOneResponse() throws Exception {
    seeClients();
    String update = "{'type':'session.update','session':{'instructions':'%s'}}";
    String updated = update.replace("update'", "updated'");
    for (String instructions : List.of("x".repeat(3_000), "x")) {
      hear(update.formatted(instructions));
      say(updated.formatted(instructions));
    }
    hear("{'type':'response.create'}");
    say(CREATED, DONE);
    hear(update.formatted("x".repeat(3_000)), "{'type':'response.create'}");
    say(CREATED.replace("resp_1", "resp_2"));

    meter.end();

    assertThat(charges().getLast().usage().input().text()).isBetween(950L, 1_100L);
  }

  @Test
  void isNotFooledByAResponseWithInstructionsOfItsOwn() throws Exception {
    seeClients();
    say("{'type':'session.created','session':{'instructions':'" + "x".repeat(3_000) + "'}}");
    hear("{'type':'response.create','response':{'instructions':'x'}}");
    say(CREATED, DONE);
    hear("{'type':'response.create'}");
    say(CREATED.replace("resp_1", "resp_2"));

    meter.end();

    assertThat(charges().getLast().usage().input().text()).isGreaterThan(1_000);
  }

  @Test
  void owesWhatWasAskedForAndNotYetAnnounced() throws Exception {
    seeClients();
    say("{'type':'session.created','session':{'instructions':'" + "x".repeat(3_000) + "'}}");
    hear("{'type':'response.create'}");

    assertThat(meter.keepsUpstream(context)).isTrue();
    meter.end();

    assertThat(onlyCharge().usage().input().text()).isGreaterThan(1_000);
  }

  /** Where too many are kept, this one is closed at once, with all that was sent to it. */
  @Test
  void owesWhatWasSentToAnUpstreamThatItsClientLeftBeforeItsFirstWord() throws Exception {
    seeClients();
    meter.opened("gpt-realtime-2.1");
    hear(
        "{'type':'conversation.item.create','item':{'text':'" + "x".repeat(3_000) + "'}}",
        "{'type':'response.create'}");
    assertThat(meter.keepsUpstream(context)).isTrue();

    meter.end();

    assertThat(onlyCharge().usage().input().text()).isGreaterThan(1_000);
  }

  @Test
  void owesNothingForWhatNeverReachedTheUpstream() throws Exception {
    seeClients();
    hear("{'type':'response.create'}", append(1), COMMIT);

    meter.end();

    assertThat(charges()).isEmpty();
  }

  @Test
  void pricesATranscriptionByTheModelAndTheLengthOfItsCommit() throws Exception {
    say(transcribingBy("gpt-realtime-whisper"));
    meter.passedUnseen(EventType.INPUT_AUDIO_BUFFER_APPEND, 64_000 * 60);
    say(
        COMMITTED,
        transcribingBy("whisper-1"),
        "{'type':'conversation.item.input_audio_transcription.completed','item_id':'item_1'}");

    Charge charge = onlyCharge();
    assertThat(charge.model()).isEqualTo("gpt-realtime-whisper");
    assertThat(charge.estimated()).isTrue();
    assertThat(charge.cost()).isEqualByComparingTo("0.017");
    assertThat(metering.ledger().spent("session-1").tokens()).isEqualTo(600);
  }

  @ParameterizedTest
  @CsvSource({"whisper-1, 0.006", "gpt-4o-mini-transcribe, 0.00255"})
  void owesWhatWasCommitted(String model, String cost) throws Exception {
    seeClients();
    say(transcribingBy(model));
    for (int i = 0; i < 2; i++) {
      hear(append(60), COMMIT);
    }
    say(COMMITTED);
    assertThat(meter.keepsUpstream(context)).isTrue();

    meter.end();

    assertThat(charges())
        .hasSize(2)
        .allSatisfy(charge -> assertThat(charge.cost()).isEqualByComparingTo(cost));
  }

  @Test
  void countsTheLengthInTheFormatOfTheFewestBytesThatMayBeInForce() throws Exception {
    seeClients();
    say(transcribingBy("whisper-1"));
    String format = "{'type':'session.update','session':{'audio':{'input':{'format':%s}}}}";
    hear(
        format.formatted("{'type':'audio/pcmu'}"),
        format.formatted("{'type':'audio/pcm','rate':24000}"),
        append(10),
        COMMIT);
    say(COMMITTED);

    meter.end();

    assertThat(onlyCharge().usage().seconds()).isEqualByComparingTo("60");
  }

  @Test
  void pricesAResponseByTheModelThatTheUpstreamNamesForIt() throws Exception {
    say(
        CREATED.replace("'id'", "'model':'gpt-realtime-2.1-mini','id'"),
        DONE.replace("'id'", "'model':'gpt-realtime-1.5','id'"));

    assertThat(onlyCharge().model()).isEqualTo("gpt-realtime-1.5");
  }

  @ParameterizedTest
  @CsvSource({
    "gpt-realtime-2.1-mini, gpt-realtime-2.1",
    "whisper-1, gpt-realtime-2.1",
    "gpt-4o-realtime-preview, gpt-4o-realtime-preview",
  })
  void pricesByTheDearerModelWhereOnlyTheClientNamesOne(String named, String priced)
      throws Exception {
    hear("{'type':'response.create','response':{'model':'" + named + "'}}");
    say(CREATED, DONE);

    assertThat(onlyCharge().model()).isEqualTo(priced);
  }

  @Test
  void pricesByTheModelThatTheUpstreamWasReallyOpenedFor() throws Exception {
    meter.opened("gpt-realtime-1.5");
    say(CREATED, DONE);

    assertThat(onlyCharge().model()).isEqualTo("gpt-realtime-1.5");
  }

  @Test
  void endsAnUpstreamWithMoreResponsesOpenThanAnyConversationHas() throws Exception {
    for (int i = 1; i <= ResponseMeter.MAX_RUNNING; i++) {
      say("{'type':'response.created','response':{'id':'resp_" + i + "'}}");
    }
    assertThat(context.ended).isEmpty();

    say("{'type':'response.created','response':{'id':'one more'}}");

    assertThat(context.ended).startsWith("1011 ").contains("upstream_excessive");
    meter.end();
    assertThat(charges()).hasSize(ResponseMeter.MAX_RUNNING + 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'response.created','response':{'id':'%s'}}",
        "{'type':'response.done','response':{'id':'%s'}}",
        "{'type':'input_audio_buffer.committed','item_id':'%s'}",
        "{'type':'conversation.item.input_audio_transcription.completed','item_id':'%s'}",
      })
  void endsAnUpstreamWithLongerIdsThanAnyHas(String event) {
    say(event.formatted("x".repeat(1_024)));
    assertThat(context.ended).isEmpty();

    say(event.formatted("x".repeat(1_025)));

    assertThat(context.ended).startsWith("1011 ").contains("upstream_excessive");
  }

  @Test
  void chargesTheOldestWhereTheUpstreamWritesNothingDown() throws Exception {
    say(transcribingBy("whisper-1"));
    for (int i = 0; i <= Transcriptions.MAX_WAITING; i++) {
      meter.passedUnseen(EventType.INPUT_AUDIO_BUFFER_APPEND, 64_000);
      say("{'type':'input_audio_buffer.committed','item_id':'item_" + i + "'}");
    }

    Charge charge = onlyCharge();
    assertThat(charge.id()).isEqualTo("item_0");
    assertThat(charge.usage().seconds()).isEqualByComparingTo("1");
  }

  private static final Budget AMPLE =
      new Budget(
          Budget.Per.SESSION, Budget.Window.SESSION, Optional.of(1_000_000L), Optional.empty());

  private JsonNode asks(String create) {
    context.toUpstream.clear();
    hear(create);
    return JsonMapper.shared().readTree(context.toUpstream.getFirst());
  }

  @Test
  void limitsTheOutputWhereNobodyElseDoes() {
    meter = bill.meter("gpt-realtime-2.1", new BudgetTerms(() -> List.of(AMPLE), true, true));
    String ask = "{'type':'response.create'}";
    assertThat(asks(ask).at("/response/max_output_tokens").asLong())
        .isEqualTo(ResponseMeter.MAX_OUTPUT);

    hear("{'type':'session.update','session':{'max_output_tokens':50}}");
    assertThat(asks(ask).at("/response/max_output_tokens").asLong()).isEqualTo(50);

    say("{'type':'session.updated','session':{'max_output_tokens':50}}");
    assertThat(asks(ask).has("response")).isFalse();

    assertThat(
            asks("{'type':'response.create','response':{'max_output_tokens':'inf'}}")
                .at("/response/max_output_tokens")
                .asLong())
        .isEqualTo(ResponseMeter.MAX_OUTPUT);
    assertThat(
            asks("{'type':'response.create','response':{'max_output_tokens':70}}")
                .at("/response/max_output_tokens")
                .asLong())
        .isEqualTo(70);
  }

  /** The upstream may take the first update and refuse the second: then there is no limit. */
  @Test
  void limitsTheOutputWhileTheUpstreamHasUpdatesToAnswer() {
    meter = bill.meter("gpt-realtime-2.1", new BudgetTerms(() -> List.of(AMPLE), true, true));
    String update = "{'type':'session.update','session':{'max_output_tokens':%s}}";
    hear(update.formatted("1"));
    say("{'type':'session.updated','session':{'max_output_tokens':1}}");
    hear(update.formatted("'inf'"), update.formatted("1"));

    assertThat(asks("{'type':'response.create'}").at("/response/max_output_tokens").asLong())
        .isEqualTo(1);
    say("{'type':'session.updated','session':{'max_output_tokens':'inf'}}");
    assertThat(asks("{'type':'response.create'}").at("/response/max_output_tokens").asLong())
        .isEqualTo(ResponseMeter.MAX_OUTPUT);
  }

  /** Others share the budget, and this client may never ask for anything again. */
  @ParameterizedTest
  @ValueSource(strings = {"{'type':'response.create'}", COMMIT})
  void setsNothingAsideForWhatTheUpstreamHasLost(String ask) {
    meter = bill.meter("gpt-realtime-2.1", new BudgetTerms(() -> List.of(AMPLE), true, true));
    say(transcribingBy("whisper-1"));
    hear(append(60), ask);
    assertThat(committed()).isPositive();

    context.channel.advanceTimeBy(59, TimeUnit.SECONDS);
    context.channel.runScheduledPendingTasks();
    hear(ask);
    long both = committed();
    context.channel.advanceTimeBy(2, TimeUnit.SECONDS);
    context.channel.runScheduledPendingTasks();
    assertThat(committed()).isBetween(0L, both - 1);
    context.channel.advanceTimeBy(60, TimeUnit.SECONDS);
    context.channel.runScheduledPendingTasks();

    assertThat(committed()).isZero();
  }

  /** Commits are answered in order, so one that stays shifts the lengths of all that follow. */
  @Test
  void forgetsACommitThatTheUpstreamRefusesForWhateverReason() throws Exception {
    meter = bill.meter("gpt-realtime-2.1", new BudgetTerms(() -> List.of(AMPLE), true, true));
    say(transcribingBy("whisper-1"));
    String id =
        asks("{'type':'input_audio_buffer.commit','event_id':'mine','x':1}")
            .at("/event_id")
            .asString();
    assertThat(id).isNotEqualTo("mine");
    say("{'type':'error','error':{'code':'unknown_parameter','event_id':'" + id + "'}}");
    assertThat(context.lastToClient).contains("mine").doesNotContain(id);

    hear(append(60), COMMIT);
    say(COMMITTED);
    meter.end();

    assertThat(onlyCharge().usage().seconds()).isEqualByComparingTo("60");
  }

  /** Such a client is translated, and nothing is set aside for it. */
  @Test
  void refusesNoCommitForThoseThatWereLostBefore() {
    for (int i = 0; i < Transcriptions.MAX_WAITING; i++) {
      hear(COMMIT);
    }
    context.channel.advanceTimeBy(61, TimeUnit.SECONDS);
    context.toUpstream.clear();

    hear(COMMIT);

    assertThat(context.toUpstream).hasSize(1);
  }

  private long committed() {
    return metering.ledger().committed(Budget.Per.TENANT, "acme", Budget.Window.MONTH).tokens();
  }

  @Test
  void leavesNoTimerBehind() {
    meter = bill.meter("gpt-realtime-2.1", new BudgetTerms(() -> List.of(AMPLE), true, true));
    hear("{'type':'response.create'}");

    meter.end();

    assertThat(context.channel.runScheduledPendingTasks()).isEqualTo(-1);
  }

  /** No format takes fewer bytes a second than G.711; the upstream refuses such an update. */
  @Test
  void chargesNoMoreForSpeechThanTheSparestFormatCouldHold() throws Exception {
    seeClients();
    say(transcribingBy("whisper-1"));
    hear(
        "{'type':'session.update','session':{'audio':{'input':{'format':"
            + "{'type':'audio/pcm','rate':1}}}}}",
        append(10),
        COMMIT);
    say(COMMITTED);

    meter.end();

    assertThat(onlyCharge().usage().seconds()).isEqualByComparingTo("60");
  }

  private void reserve() {
    reserve(AMPLE);
  }

  private void reserve(Budget budget) {
    meter = bill.meter("gpt-realtime-2.1", new BudgetTerms(() -> List.of(budget), true, true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'code':'unknown_parameter','event_id':'ID'}",
        "{'code':'input_audio_buffer_commit_empty','event_id':'ID'}",
        "{'code':'input_audio_buffer_commit_empty'}"
      })
  void keepsTheSpeechWhoseCommitTheUpstreamRefuses(String error) throws Exception {
    reserve();
    say(transcribingBy("whisper-1"));
    hear(append(60));
    String id = asks(COMMIT).at("/event_id").asString();
    say("{'type':'error','error':" + error.replace("ID", id) + "}");

    hear(COMMIT);
    say(COMMITTED);
    meter.end();

    assertThat(onlyCharge().usage().seconds()).isEqualByComparingTo("60");
  }

  @Test
  void keepsTheSpeechWhoseCommitTheUpstreamRefusesWhereNothingIsReserved() throws Exception {
    seeClients();
    say(transcribingBy("whisper-1"));
    hear(append(60), COMMIT.replace("}", ",'event_id':'mine'}"));
    say("{'type':'error','error':{'code':'unknown_parameter','event_id':'mine'}}");

    hear(COMMIT);
    say(COMMITTED);
    meter.end();

    assertThat(onlyCharge().usage().seconds()).isEqualByComparingTo("60");
  }

  @Test
  void countsSpeechWhoseCommitWasRefusedWithTheNextThatIsOnItsWay() throws Exception {
    reserve();
    say(transcribingBy("whisper-1"));
    hear(append(60));
    String id = asks(COMMIT).at("/event_id").asString();
    hear(append(30), COMMIT);
    say("{'type':'error','error':{'code':'unknown_parameter','event_id':'" + id + "'}}", COMMITTED);

    meter.end();

    assertThat(onlyCharge().usage().seconds()).isEqualByComparingTo("90");
  }

  @Test
  void keepsTheSpeechWhoseCommitTheGatewayRefuses() {
    reserve(
        new Budget(Budget.Per.SESSION, Budget.Window.SESSION, Optional.of(700L), Optional.empty()));
    say(transcribingBy("whisper-1"));
    hear(append(60), COMMIT, append(60));

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> hear(COMMIT)).hasMessage("budget_in_use");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'type':'error','error':{'code':'unknown_parameter'}} | 61",
        "{'type':'input_audio_buffer.cleared'} | 1",
      })
  void emptiesTheBufferWhenTheUpstreamSaysSo(String answer, String seconds) throws Exception {
    reserve();
    say(transcribingBy("whisper-1"));
    hear(append(60), "{'type':'input_audio_buffer.clear'}", append(1), COMMIT);
    say(answer, COMMITTED);

    meter.end();

    assertThat(onlyCharge().usage().seconds()).isEqualByComparingTo(seconds);
  }

  @Test
  void keepsTheSpeechBehindATurnThatTheUpstreamHasFound() throws Exception {
    reserve();
    say(transcribingBy("whisper-1"));
    hear(append(61));
    say(
        "{'type':'input_audio_buffer.speech_started','item_id':'item_1','audio_start_ms':0}",
        "{'type':'input_audio_buffer.speech_stopped','item_id':'item_1','audio_end_ms':1000}",
        COMMITTED);
    hear(COMMIT);
    say(COMMITTED.replace("item_1", "item_2"));

    meter.end();

    assertThat(charges())
        .extracting(charge -> charge.usage().seconds().intValueExact())
        .containsExactly(1, 60);
  }

  @Test
  void reservesTheTranscriptionThatAnUpdateOnItsWayAsksFor() {
    reserve();
    hear(
        "{'type':'session.update','session':{'audio':{'input':{'transcription':"
            + "{'model':'whisper-1'}}}}}",
        append(60),
        COMMIT);

    assertThat(committed()).isEqualTo(600);
  }

  /** An item may be as long as the conversation, and be read each time that it is named. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'type':'message','role':'user','content':[]} | 0",
        "{'type':'item_reference','id':'i1'} | 1",
        "{'id':'i1'} | 1",
        "{'type':'item_reference','id':'i1'},{'type':'item_reference','id':'i1'} | 2",
        "{'id':'i1'},{'type':'item_reference','id':'i1'},{'type':'novel'} | 3",
        "{'type':'message','content':[{'type':'item_reference','id':'i1'}]} | 1",
      })
  void reservesTheConversationAsOftenAsAResponseNamesSomethingOfIt(String input, int times) {
    reserve();
    hear(
        "{'type':'conversation.item.create','item':{'type':'message','role':'user','content':["
            + "{'type':'input_text','text':'"
            + "x".repeat(30_000)
            + "'}]}}");

    hear(
        "{'type':'response.create','response':{'conversation':'none','max_output_tokens':10,"
            + "'input':["
            + input
            + "]}}");

    assertThat(committed()).isBetween(times * 10_000L, times * 10_000L + 1_000);
  }

  @Test
  void reservesByTheDearerModelThatAnUpdateOnItsWayAsksFor() {
    reserve();
    meter.opened("gpt-realtime-2.1-mini");
    String ask = "{'type':'response.create','response':{'max_output_tokens':1000}}";
    hear(ask);
    BigDecimal before = committedDollars();

    hear("{'type':'session.update','session':{'model':'gpt-realtime-2.1'}}", ask);

    BigDecimal asked = committedDollars().subtract(before);
    assertThat(asked).isGreaterThan(before.multiply(BigDecimal.TWO));
    say("{'type':'session.updated','session':{'model':'gpt-realtime-2.1-mini'}}");
    BigDecimal all = committedDollars();
    hear(ask);
    assertThat(committedDollars().subtract(all)).isLessThan(before.multiply(BigDecimal.TWO));
  }

  private BigDecimal committedDollars() {
    return metering.ledger().committed(Budget.Per.TENANT, "acme", Budget.Window.MONTH).cost();
  }

  @Test
  void isNotFooledByInstructionsThatTheUpstreamRefused() throws Exception {
    seeClients();
    String update = "{'type':'session.update','session':{'instructions':'" + "x".repeat(3_000);
    hear(update + "','x':1}}");
    say("{'type':'error','error':{'code':'unknown_parameter'}}");
    hear("{'type':'response.create'}");
    say(CREATED, DONE);
    hear(update + "'}}");
    say(update.replace("update'", "updated'") + "'}}");
    hear("{'type':'response.create'}");
    say(CREATED.replace("resp_1", "resp_2"));

    meter.end();

    assertThat(charges().getLast().usage().input().text()).isBetween(1_000L, 1_100L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'audio':{'output':{'format':{'type':'audio/pcmu'}}}",
        "'output_audio_format':'g711_alaw'"
      })
  void estimatesByTheFormatOfTheResponse(String format) throws Exception {
    seeClients();
    hear("{'type':'response.create','response':{" + format + "}}");
    say(CREATED, audio(30_000));

    meter.end();

    assertThat(onlyCharge().usage().output().audio()).isEqualTo(75);
  }

  @Test
  void takesOnlyTheConversationForCached() throws Exception {
    seeClients();
    hear("{'type':'response.create'}");
    say(
        CREATED,
        DONE.replace(
            "'text_tokens':10}",
            "'text_tokens':10,'cached_tokens':10,"
                + "'cached_tokens_details':{'text_tokens':10}}"));
    hear("{'type':'response.create','response':{'conversation':'none','input':[]}}");
    say(CREATED.replace("resp_1", "resp_2"));

    meter.end();

    assertThat(charges().getFirst().usage().cached().text()).isEqualTo(10);
    assertThat(charges().getLast().usage().cached()).isEqualTo(Tokens.NONE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "0", "0.4", "1.5", "1e400", "'-1'", "null", "[]"})
  void takesWhatIsNoLimitForNone(String odd) {
    reserve();

    assertThat(
            asks("{'type':'response.create','response':{'max_output_tokens':" + odd + "}}")
                .at("/response/max_output_tokens")
                .asLong())
        .isEqualTo(ResponseMeter.MAX_OUTPUT);
  }

  @Test
  void limitsTheOutputByEitherOfItsNames() {
    reserve();
    say("{'type':'session.updated','session':{'max_output_tokens':50}}");

    JsonNode sent =
        asks(
            "{'type':'response.create','response':{'max_output_tokens':1,"
                + "'max_response_output_tokens':'inf'}}");

    assertThat(sent.at("/response/max_output_tokens").asLong()).isEqualTo(ResponseMeter.MAX_OUTPUT);
    assertThat(sent.at("/response/max_response_output_tokens").asLong())
        .isEqualTo(ResponseMeter.MAX_OUTPUT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mcp_list_tools", "mcp_call"})
  void countsWhatTheServersOfAnUpstreamSayOnce(String type) throws Exception {
    seeClients();
    String done =
        "{'type':'conversation.item.done','item':{'id':'m1','type':'%s','output':'%s'}}"
            .formatted(type, "x".repeat(3_000));
    say(done.replace("conversation.item", "response.output_item"), done);
    hear("{'type':'response.create'}");
    say(CREATED);

    meter.end();

    assertThat(onlyCharge().usage().input().text()).isBetween(1_000L, 1_100L);
  }

  /** 256 of the latest; no upstream repeats an older one. */
  @Test
  void remembersTheLatestOfThoseThatWereBilled() {
    BilledIds ids = new BilledIds();
    for (int i = 0; i < 256; i++) {
      assertThat(ids.add("r" + i)).isTrue();
    }
    assertThat(ids.add("r0")).isFalse();
    assertThat(ids.add("r256")).isTrue();
    for (int i = 1; i <= 256; i++) {
      assertThat(ids.add("r" + i)).isFalse();
    }
    assertThat(ids.add("r0")).isTrue();
  }

  @Test
  void totalsASessionForItsLastLine() {
    assertThat(new Bill(metering, "session-2").usage()).isEmpty();
    say(
        transcribingBy("whisper-1"),
        CREATED,
        DONE.replace(
            "'text_tokens':10}",
            "'text_tokens':10,'cached_tokens':4,'cached_tokens_details':{'text_tokens':4}}"),
        COMMITTED,
        "{'type':'conversation.item.input_audio_transcription.completed','item_id':'item_1',"
            + "'usage':{'type':'duration','seconds':60}}");

    assertThat(bill.usage())
        .hasValueSatisfying(usage -> {
          assertThat(usage.responses()).isEqualTo(1);
          assertThat(usage.transcriptions()).isEqualTo(1);
          assertThat(usage.inputTokens()).isEqualTo(10);
          assertThat(usage.cachedTokens()).isEqualTo(4);
          assertThat(usage.outputTokens()).isEqualTo(20);
          assertThat(usage.usd()).isEqualByComparingTo(bill.total().cost());
        });
    assertThat(bill.total().cost()).isGreaterThan(new BigDecimal("0.006"));
    assertThat(bill.total().model()).isEqualTo("gpt-realtime-2.1");
    assertThat(bill.payer().user()).isEqualTo("ann");
  }

  @Test
  void writesTheTotalOfASessionOnce() throws Exception {
    say(CREATED, DONE);
    new Bill(metering, "session-2").close(); // never asked for an upstream

    bill.close();
    bill.close();

    metering.close();
    assertThat(Files.readAllLines(folder.resolve("usage")))
        .hasSize(2)
        .last()
        .asString()
        .contains("\"event\":\"session\"", "\"session\":\"session-1\"", "\"responses\":1");
  }
}
