package io.donna.simulator.live;

import io.donna.simulator.audio.AudioFormat;
import io.donna.simulator.protocol.Outlet;
import io.donna.simulator.protocol.Pace;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.protocol.SessionContext;
import io.donna.simulator.protocol.SessionFault;
import io.donna.simulator.speech.Clip;
import io.donna.simulator.speech.Hum;
import io.donna.simulator.speech.Repertoire;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A started session: listens and speaks at the same time, delegates, and ends. Confined to the
 * session's event loop.
 */
final class LiveConversation implements Timeline.Listener, InputSpeech.Listener {
  private static final long GRID_MILLIS = 200;
  private static final long REPLY_MILLIS = 300;

  /** Recorded: a session that never receives audio expires after 31 seconds. */
  private static final Duration NEVER_HEARD = Duration.ofSeconds(31);

  private static final Duration LATENESS = Duration.ofSeconds(5);
  private static final int NORMAL = 1000;
  private static final int NO_CODE = 1005;

  private final SessionObject session;
  private final Outlet outlet;
  private final Pace pace;
  private final LiveEvents events;
  private final Consumer<String> journal;
  private final Duration limit;
  private final Repertoire repertoire = new Repertoire();
  private final AudioFormat format;
  private final Timeline timeline;
  private final InputSpeech ear;
  private final OutputSpeech voice;
  private final UsageReports usage;
  private final ContextAppends appends;
  private final FixturePlayback fixture;
  private final ResponsesBackend backend;
  private final Decisions decisions;
  private final Set<String> clientDelegations = new HashSet<>();
  private @Nullable Future<?> expiry;
  private boolean closing;
  private boolean moderated;

  LiveConversation(SessionObject session, SessionContext context, LiveEvents events) {
    this.session = session;
    this.events = events;
    outlet = context.outlet();
    pace = context.pace();
    journal = context.journal();
    format = session.format();
    timeline = new Timeline(format, this);
    ear = new InputSpeech(format, context.script(), this);
    voice = new OutputSpeech(format);
    usage = new UsageReports(events, timeline, session.instructions());
    appends = new ContextAppends(events, timeline, usage);
    fixture = new FixturePlayback(events, voice);
    backend = new ResponsesBackend(session, events, timeline, pace, this::say);
    decisions = new Decisions(session, events, timeline);
    limit = context.limit();
  }

  void begin() {
    pace.after(limit, () -> close("expired", null));
    expiry = pace.after(NEVER_HEARD, () -> close("expired", null));
  }

  /** Handles a client event; returns the error that it causes. */
  Optional<ProtocolError> handle(String type, ObjectNode event, @Nullable String eventId) {
    if (closing) {
      return Optional.of(
          ProtocolError.invalidRequest("session_closing", "The session is closing."));
    }
    return switch (type) {
      case "session.start" -> refused("invalid_event", "The session has already started.", "type");
      case "session.update" -> update(event.get("session"), eventId);
      case "session.input_audio.append" -> listen(event.get("audio").stringValue());
      case "session.input_audio.mute" -> mute(true, "session.input_audio.muted", eventId);
      case "session.input_audio.unmute" -> mute(false, "session.input_audio.unmuted", eventId);
      case "session.output_audio.fixture.play" ->
          fixture.play(event.get("audio").stringValue(), eventId);
      case "session.instructions.append" ->
          append("instructions", event, eventId, this::followInstructions);
      case "session.thinking.append" -> append("thinking", event, eventId, thought -> {});
      case "session.commentary.append" ->
          append("commentary", event, eventId, said -> say(List.of(Hum.of(said))));
      case "decision.create" -> decisions.create(event.get("event_id").stringValue());
      case "decision.item.create" -> decisions.createItem(event.get("item"), eventId);
      case "decision.item.delete" ->
          decisions.deleteItem(event.get("item_id").stringValue(), eventId);
      case "response.item.create" -> backend.addItem(event.get("item"), eventId);
      case "response.create" -> backend.create(eventId);
      case "session.close" -> {
        closeRequested(eventId);
        yield Optional.empty();
      }
      default -> throw new IllegalStateException("No event is read from " + type);
    };
  }

  @Override
  public void heard(short[] frame, long endMillis) {
    if (!fixture.playing()) {
      ear.hear(frame, endMillis);
    }
  }

  @Override
  public void passed(long endMillis) {
    events.sendAudio(voice.nextFrame());
    if (endMillis % GRID_MILLIS == 0) {
      transcribe("session.input_transcript.delta", ear.takeWords(), endMillis);
      String said = voice.takeWords();
      transcribe("session.output_transcript.delta", said, endMillis);
      if (!said.isEmpty() && !moderated && outlet.has(SessionFault.CONTENT)) {
        moderate();
        return;
      }
    }
    fixture.passed();
    usage.passed(endMillis);
  }

  @Override
  public void speechStarted() {
    voice.interrupt();
  }

  @Override
  public void speechStopped(Optional<String> words, long millis) {
    journal.accept("heard " + words.orElse(millis + " ms"));
    timeline.after(REPLY_MILLIS, () -> reply(words, millis));
  }

  private void reply(Optional<String> words, long millis) {
    boolean known = words.filter(this::recorded).isPresent();
    if (session.delegates() && !known) {
      delegate(words.orElse(""));
    } else {
      say(words.map(this::answer).orElseGet(() -> repertoire.heard(Duration.ofMillis(millis))));
    }
  }

  private boolean recorded(String words) {
    return Repertoire.dictation(words).isPresent() || repertoire.knows(words);
  }

  private List<Clip> answer(String words) {
    return Repertoire.dictation(words)
        .map(dictated -> List.of(Hum.of(dictated)))
        .orElseGet(() -> repertoire.speak(words));
  }

  private void say(List<Clip> clips) {
    journal.accept("said: " + Repertoire.transcript(clips));
    voice.say(clips);
  }

  private void followInstructions(String instructions) {
    Repertoire.dictation(instructions).ifPresent(dictated -> say(List.of(Hum.of(dictated))));
  }

  private void delegate(String words) {
    switch (session.delegationType()) {
      case "responses" -> backend.delegate(words);
      case "decisions" -> decisions.delegate();
      default -> {
        String id = events.ids().item();
        clientDelegations.add(id);
        events.sendIdLast(
            "session.delegation.created",
            null,
            event -> DelegationEvent.describe(event, timeline.millis(), id, "client"));
      }
    }
  }

  private Optional<ProtocolError> update(JsonNode patch, @Nullable String eventId) {
    Optional<ProtocolError> error = session.update(patch);
    if (error.isEmpty()) {
      events.sendIdFirst("session.updated", eventId, event -> event.set("session", session.json()));
    }
    return error;
  }

  private Optional<ProtocolError> listen(String base64) {
    byte[] wire;
    try {
      wire = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException notBase64) {
      return notAudio();
    }
    if (!format.wholeSamples(wire)) {
      return notAudio();
    }
    if (expiry != null && wire.length > 0) {
      expiry.cancel(false);
      expiry = null;
    }
    timeline.append(format.decode(wire));
    return Optional.empty();
  }

  private Optional<ProtocolError> mute(boolean on, String type, @Nullable String eventId) {
    ear.mute(on);
    events.sendIdLast(type, eventId, event -> {});
    return Optional.empty();
  }

  private Optional<ProtocolError> append(
      String kind, ObjectNode event, @Nullable String eventId, Consumer<String> onAppended) {
    if (fixture.playing()) {
      return refused("invalid_event", "An audio fixture is playing.", "type");
    }
    JsonNode delegation = event.get("delegation_id");
    if (delegation.isString() && !clientDelegations.contains(delegation.stringValue())) {
      return Optional.of(
          ProtocolError.invalidValue(
              "delegation_id",
              "No client delegation has the id '" + delegation.stringValue() + "'."));
    }
    return appends.add(kind, event.get("content").stringValue(), eventId, onAppended);
  }

  private void transcribe(String type, String words, long endMillis) {
    if (!words.isEmpty()) {
      usage.read(words);
      String id =
          events.sendTimed(
              type, endMillis - GRID_MILLIS, endMillis, null, event -> event.put("delta", words));
      decisions.transcribed(type, id);
    }
  }

  private void moderate() {
    moderated = true;
    voice.interrupt();
    events.sendError(
        ProtocolError.invalidRequest(
            "content_filter", "The session was ended because of its content."),
        null);
    close("content", null);
  }

  private void closeRequested(@Nullable String eventId) {
    if (outlet.has(SessionFault.NO_CLOSED)) {
      closing = true;
      timeline.stop();
      end();
    } else if (outlet.has(SessionFault.LATE_CLOSED)) {
      closing = true;
      timeline.stop();
      pace.after(pace.scaled(LATENESS), () -> finish("close_requested", eventId));
    } else {
      close("close_requested", eventId);
    }
  }

  private void close(String reason, @Nullable String eventId) {
    if (!closing) {
      closing = true;
      timeline.stop();
      finish(reason, eventId);
    }
  }

  /** Finalises the session: the active response ends, and the last usage precedes the end. */
  private void finish(String reason, @Nullable String eventId) {
    if (appends.pending()) {
      events.sendError(
          ProtocolError.invalidRequest(
              "context_injection_incomplete",
              "The session closed before all appended context was injected."),
          eventId);
    }
    backend.finish();
    usage.reportLast();
    events.sendIdFirst(
        "session.closed",
        eventId,
        event -> {
          event.put("reason", reason).set("session", session.json());
          usage.addTo(event);
        });
    end();
  }

  private void end() {
    journal.accept("closed");
    outlet.close(outlet.has(SessionFault.NO_CLOSE_CODE) ? NO_CODE : NORMAL, "");
  }

  private static Optional<ProtocolError> refused(String code, String message, String param) {
    return Optional.of(ProtocolError.invalidRequest(code, message, param));
  }

  private Optional<ProtocolError> notAudio() {
    return Optional.of(
        ProtocolError.invalidValue(
            "audio", "Invalid 'audio'. Expected base64-encoded audio bytes (" + format + ")."));
  }
}
