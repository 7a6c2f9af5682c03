package io.donna.gateway.metering;

import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.metering.UsageRecord.Kind;
import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventId;
import io.donna.gateway.realtime.EventType;
import io.donna.gateway.realtime.Inspector;
import io.donna.gateway.realtime.Key;
import io.donna.gateway.realtime.Passage;
import java.math.BigDecimal;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads what one upstream says of its work, and puts it on the session's bill. Of speech and words
 * it counts the bytes and the events; it opens only what comes once a response. Confined to the
 * session's event loop.
 */
public final class Meter implements Inspector {
  private static final Picked OF_SESSION =
      new Picked(
          Map.of(
              "session",
              new Picked(
                  Map.of(
                      "model",
                      Picked.INCLUDE_ALL,
                      "audio",
                      new Picked(
                          Map.of(
                              "input",
                              new Picked(Map.of("transcription", Picked.of("model"))),
                              "output",
                              new Picked(Map.of("format", Picked.of("type"))))),
                      "input_audio_transcription",
                      Picked.of("model"),
                      "output_audio_format",
                      Picked.INCLUDE_ALL))));
  private static final Picked OF_RESPONSE =
      new Picked(
          Map.of(
              "response", Picked.of("id", "status", "usage"),
              "usage", Picked.INCLUDE_ALL,
              "event_id", Picked.INCLUDE_ALL));
  private static final Picked OF_TRANSCRIPTION = Picked.of("item_id", "content_index", "usage");
  private static final Picked OF_ERROR = new Picked(Map.of("error", Picked.of("event_id")));

  /** 24,000 samples a second of two bytes, as speech is by default. */
  private static final int PCM_BYTES_PER_MS = 48;

  private static final int G711_BYTES_PER_MS = 8;
  private static final Set<String> G711 =
      Set.of("audio/pcmu", "audio/pcma", "g711_ulaw", "g711_alaw");

  /** A token of what a model says is 50 ms of it. */
  private static final int MS_PER_TOKEN = 50;

  /** A session with more than this in it is one stuffed to hide what it says. */
  private static final int LARGEST_SESSION = 1 << 20;

  /** What was billed is remembered for so many, should the upstream say it again. */
  private static final int REMEMBERED = 256;

  private static final String UNKNOWN = "unknown";

  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final Bill bill;
  private final int connection;
  private String model;
  private Optional<String> transcriptionModel = Optional.empty();
  private int bytesPerMs = PCM_BYTES_PER_MS;

  /** Responses that have begun and are not done. */
  private final Set<String> running = new LinkedHashSet<>();

  /** Items whose transcription is to come. */
  private final Set<String> untranscribed = new LinkedHashSet<>();

  private final Set<String> billed = new LinkedHashSet<>();

  /** Responses asked for and not begun; the end of a turn asks for one too. */
  private int asked;

  private long audioBytes;
  private long words;
  private Usage last = Usage.NONE;

  private @Nullable Passage upstream;
  private boolean settling;
  private String barrier = "";

  Meter(Bill bill, int connection, String model) {
    this.bill = bill;
    this.connection = connection;
    this.model = ForeignText.of(model);
  }

  @Override
  public void fromClient(Event event, Passage passage) {
    if (settling) {
      return; // nobody is there to ask for more
    }
    if (event.type() == EventType.RESPONSE_CREATE) {
      asked++;
    }
    passage.toUpstream(event);
  }

  @Override
  public void fromUpstream(Event event, Passage passage) {
    read(event);
    passage.toClient(event);
    if (settling && !isOwed()) {
      passage.release();
    }
  }

  private void read(Event event) {
    switch (event.type()) {
      case RESPONSE_OUTPUT_AUDIO_DELTA, RESPONSE_AUDIO_DELTA ->
          audioBytes += Math.max(0, event.lengthOfString(Key.DELTA)) / 4 * 3L;
      case RESPONSE_OUTPUT_AUDIO_TRANSCRIPT_DELTA,
          RESPONSE_AUDIO_TRANSCRIPT_DELTA,
          RESPONSE_OUTPUT_TEXT_DELTA,
          RESPONSE_TEXT_DELTA,
          RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA,
          RESPONSE_MCP_CALL_ARGUMENTS_DELTA ->
          words++;
      case SESSION_CREATED, SESSION_UPDATED, TRANSCRIPTION_SESSION_UPDATED -> onSession(event);
      case RESPONSE_CREATED -> onCreated(OF_RESPONSE.from(event.payload()).path("response"));
      case RESPONSE_DONE -> onDone(OF_RESPONSE.from(event.payload()));
      case INPUT_AUDIO_BUFFER_SPEECH_STOPPED -> asked = Math.max(asked, 1);
      case INPUT_AUDIO_BUFFER_COMMITTED -> onCommitted(event);
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED ->
          onTranscribed(OF_TRANSCRIPTION.from(event.payload()));
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED ->
          untranscribed.remove(event.string(Key.ITEM_ID).orElse(""));
      case ERROR -> onError(OF_ERROR.from(event.payload()));
      default -> {}
    }
  }

  private void onSession(Event event) {
    if (event.length() > LARGEST_SESSION) {
      transcriptionModel = Optional.of(UNKNOWN);
      return;
    }
    JsonNode session = OF_SESSION.from(event.payload()).path("session");
    model = firstOf(text(session.path("model")), model);
    JsonNode audio = session.path("audio");
    String transcription =
        firstOf(
            text(audio.path("input").path("transcription").path("model")),
            text(session.path("input_audio_transcription").path("model")));
    transcriptionModel = Optional.of(transcription).filter(named -> !named.isEmpty());
    String format =
        firstOf(
            text(audio.path("output").path("format").path("type")),
            text(session.path("output_audio_format")));
    bytesPerMs = G711.contains(format) ? G711_BYTES_PER_MS : PCM_BYTES_PER_MS;
  }

  private void onCreated(JsonNode response) {
    asked = Math.max(0, asked - 1);
    String id = text(response.path("id"));
    if (!id.isEmpty()) {
      running.add(id);
      if (settling) {
        cancel(id);
      }
    }
  }

  private void onDone(JsonNode event) {
    JsonNode response = event.path("response");
    String id = firstOf(text(response.path("id")), text(event.path("event_id")), bill.newId());
    boolean hadBegun = running.remove(id);
    // xAI states it beside the response.
    JsonNode stated =
        StatedUsage.isStated(response.path("usage")) ? response.path("usage") : event.path("usage");
    boolean estimated = !StatedUsage.isStated(stated) && (audioBytes > 0 || words > 0);
    Usage usage = estimated ? estimate() : StatedUsage.ofResponse(stated);
    if (isNew(id)) {
      String status = firstOf(text(response.path("status")), UNKNOWN);
      bill.charge(Kind.RESPONSE, connection, id, model, status, estimated, usage);
      last = usage.tokens() > 0 ? usage : last;
    }
    if (running.isEmpty() || !hadBegun) {
      audioBytes = 0;
      words = 0;
    }
  }

  private void onCommitted(Event event) {
    if (transcriptionModel.isPresent()) {
      untranscribed.add(event.string(Key.ITEM_ID).orElse(""));
    }
  }

  private void onTranscribed(JsonNode event) {
    String item = firstOf(text(event.path("item_id")), bill.newId());
    untranscribed.remove(item);
    long part = event.path("content_index").asLong(0);
    String id = part == 0 ? item : item + "/" + part;
    if (isNew(id)) {
      JsonNode stated = event.path("usage");
      bill.charge(
          Kind.TRANSCRIPTION,
          connection,
          id,
          transcriptionModel.orElse(UNKNOWN),
          "completed",
          !StatedUsage.isStated(stated),
          StatedUsage.ofTranscription(stated));
    }
  }

  /** What was seen of a response, and what it must have read: what the last one did, and said. */
  private Usage estimate() {
    long millis = audioBytes / bytesPerMs;
    Tokens output = new Tokens(words, Math.ceilDiv(millis, MS_PER_TOKEN), 0);
    return new Usage(last.input().plus(last.output()), last.cached(), output, BigDecimal.ZERO);
  }

  private boolean isNew(String id) {
    if (billed.size() >= REMEMBERED) {
      Iterator<String> oldest = billed.iterator();
      oldest.next();
      oldest.remove();
    }
    return billed.add(id);
  }

  /** Whether the upstream has still to say what something came to. */
  private boolean isOwed() {
    return asked > 0 || !running.isEmpty() || !untranscribed.isEmpty();
  }

  /** Stops what runs, and what begins from now on, to hear what it came to. */
  @Override
  public boolean keepsUpstream(Passage passage) {
    if (!isOwed()) {
      return false;
    }
    settling = true;
    upstream = passage;
    running.forEach(this::cancel);
    // Its refusal means that whatever was asked for before has been seen to.
    barrier = EventId.next();
    passage.toUpstream("{\"type\":\"response.cancel\",\"event_id\":\"" + barrier + "\"}");
    passage.toUpstream("{\"type\":\"input_audio_buffer.clear\"}");
    return true;
  }

  private void cancel(String id) {
    if (upstream != null) {
      ObjectNode cancel = MAPPER.createObjectNode().put("type", "response.cancel");
      upstream.toUpstream(cancel.put("response_id", id).toString());
    }
  }

  private void onError(JsonNode event) {
    if (settling && text(event.path("error").path("event_id")).equals(barrier)) {
      asked = 0;
    }
  }

  /** What the upstream did not state is charged as it was seen. */
  @Override
  public void end() {
    for (String id : running) {
      bill.charge(Kind.RESPONSE, connection, id, model, Charge.CUT_OFF, true, estimate());
      audioBytes = 0;
      words = 0;
    }
    running.clear();
    untranscribed.clear();
    asked = 0;
  }

  private static String firstOf(String... texts) {
    for (String text : texts) {
      if (!text.isEmpty()) {
        return text;
      }
    }
    return "";
  }

  private static String text(JsonNode value) {
    return value.isString() ? ForeignText.of(value.asString()) : "";
  }
}
