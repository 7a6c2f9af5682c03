package io.donna.simulator.realtime;

import io.donna.simulator.audio.AudioFormat;
import io.donna.simulator.input.DurationUsage;
import io.donna.simulator.input.InputAudio;
import io.donna.simulator.input.InputTranscript;
import io.donna.simulator.protocol.Events;
import io.donna.simulator.protocol.Ids;
import io.donna.simulator.protocol.Outlet;
import io.donna.simulator.protocol.Pace;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.protocol.RealtimeEvents;
import io.donna.simulator.protocol.Session;
import io.donna.simulator.protocol.SessionContext;
import io.donna.simulator.realtime.ClientEvent.AudioAppend;
import io.donna.simulator.realtime.ClientEvent.AudioClear;
import io.donna.simulator.realtime.ClientEvent.AudioCommit;
import io.donna.simulator.realtime.ClientEvent.ItemCreate;
import io.donna.simulator.realtime.ClientEvent.ItemDelete;
import io.donna.simulator.realtime.ClientEvent.ItemRetrieve;
import io.donna.simulator.realtime.ClientEvent.ItemTruncate;
import io.donna.simulator.realtime.ClientEvent.ResponseCancel;
import io.donna.simulator.realtime.ClientEvent.ResponseCreate;
import io.donna.simulator.realtime.ClientEvent.SessionUpdate;
import io.donna.simulator.realtime.ClientEventReader.Reading;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A session, starting with `session.created`. Confined to its event loop. */
final class RealtimeSession implements Session {
  private static final int TIME_LIMIT = 1001;
  private static final String LIMIT_REASON = "Your session hit the maximum duration of 60 minutes.";

  private final Outlet outlet;
  private final Duration limit;
  private final Events events;
  private final Pace pace;
  private final SessionSettings settings;
  private final Conversation conversation;
  private final ItemEvents items;
  private final InputAudio input;
  private final InputTranscript transcript;
  private final Responses responses;
  private final Consumer<String> journal;

  RealtimeSession(String model, SessionContext context) {
    outlet = context.outlet();
    journal = context.journal();
    limit = context.limit();
    pace = context.pace();
    Instant expiresAt = pace.now().plus(limit);
    Ids ids = context.ids();
    conversation = new Conversation(ids.conversation());
    events = new Events(outlet, ids);
    settings = SessionSettings.realtime(ids.session(), model, expiresAt);
    items = new ItemEvents(conversation, settings, events);
    transcript = new InputTranscript(events, pace, context.script());
    responses = new Responses(settings, conversation, events, pace, journal, this::timeOut);
    input = new InputAudio(settings, events, conversation::lastId, new Turns());
  }

  @Override
  public void start() {
    events.send("session.created", event -> event.set("session", settings.json()));
    pace.after(limit, () -> outlet.close(TIME_LIMIT, LIMIT_REASON));
  }

  @Override
  public void receive(String message) {
    Reading reading = ClientEventReader.read(message);
    Optional<ProtocolError> error =
        switch (reading) {
          case Reading.Understood(ClientEvent event, _) -> handle(event);
          case Reading.Rejected(ProtocolError rejection, _) -> Optional.of(rejection);
        };
    error.ifPresent(it -> events.sendError(it, reading.eventId()));
  }

  @Override
  public void receiveBinary() {
    events.sendError(RealtimeEvents.BINARY, null);
  }

  @Override
  public void stop() {
    responses.abandon();
    pace.stop();
  }

  private Optional<ProtocolError> handle(ClientEvent event) {
    return switch (event) {
      case SessionUpdate(JsonNode patch) -> update(patch);
      case AudioAppend(String audio) -> input.append(audio);
      case AudioCommit _ -> input.commit();
      case AudioClear _ -> {
        input.clear();
        yield Optional.empty();
      }
      case ItemCreate create -> items.create(create);
      case ItemRetrieve(String id) -> items.retrieve(id);
      case ItemTruncate truncate -> items.truncate(truncate);
      case ItemDelete(String id) -> items.delete(id);
      case ResponseCreate(ObjectNode options) -> responses.create(options);
      case ResponseCancel(Optional<String> id) -> responses.cancel(id);
    };
  }

  private Optional<ProtocolError> update(JsonNode patch) {
    Optional<ProtocolError> error = settings.update(patch, responses.haveSpoken());
    if (error.isEmpty()) {
      events.send("session.updated", event -> event.set("session", settings.json()));
    }
    return error;
  }

  private void timeOut() {
    input.timeOut();
    responses.askStillThere();
  }

  private final class Turns implements InputAudio.Listener {
    @Override
    public void speechStarted() {
      responses.userSpeaks();
    }

    @Override
    public void committed(
        String itemId, short[] samples, AudioFormat format, boolean foundByServer) {
      Item item = Item.userAudio(itemId, samples, format);
      journal.accept("heard " + item.audioMillis() + " ms");
      items.add(item);
      if (foundByServer) {
        responses.answerTurn();
      }
      if (settings.transcribesInput()) {
        transcript.start(itemId, item.audioMillis(), new DurationUsage(events));
      }
    }
  }
}
