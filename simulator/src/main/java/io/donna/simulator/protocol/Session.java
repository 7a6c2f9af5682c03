package io.donna.simulator.protocol;

import io.donna.simulator.protocol.ClientEvent.AudioAppend;
import io.donna.simulator.protocol.ClientEvent.AudioClear;
import io.donna.simulator.protocol.ClientEvent.AudioCommit;
import io.donna.simulator.protocol.ClientEvent.ItemCreate;
import io.donna.simulator.protocol.ClientEvent.ItemDelete;
import io.donna.simulator.protocol.ClientEvent.ItemRetrieve;
import io.donna.simulator.protocol.ClientEvent.ItemTruncate;
import io.donna.simulator.protocol.ClientEvent.ResponseCancel;
import io.donna.simulator.protocol.ClientEvent.ResponseCreate;
import io.donna.simulator.protocol.ClientEvent.SessionUpdate;
import io.donna.simulator.protocol.EventReader.Reading;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A session, starting with `session.created`. Confined to its event loop. */
public final class Session {
  private final Events events;
  private final Pace pace;
  private final SessionSettings settings;
  private final Conversation conversation = new Conversation();
  private final ItemEvents items;
  private final InputAudio input;
  private final Transcription transcription;
  private final Responses responses;
  private final Consumer<String> journal;

  /** The parameters of a session. Without a model it only transcribes. */
  public record Terms(Optional<String> model, Instant expiresAt, double speed) {}

  /**
   * @param outlet receives each event as the text of one message
   * @param loop the event loop for everything in the session, including its timers
   * @param journal receives a line for each user turn and each response
   */
  public Session(
      Terms terms,
      Consumer<String> outlet,
      ScheduledExecutorService loop,
      Consumer<String> journal) {
    this.journal = journal;
    events = new Events(outlet);
    pace = new Pace(loop, terms.speed());
    settings =
        terms
            .model()
            .map(model -> SessionSettings.realtime(model, terms.expiresAt()))
            .orElseGet(() -> SessionSettings.transcription(terms.expiresAt()));
    items = new ItemEvents(conversation, settings, events);
    transcription = new Transcription(events, pace);
    responses = new Responses(settings, conversation, events, pace, journal, this::timeOut);
    input = new InputAudio(settings, events, conversation::lastId, new Turns());
  }

  public void start() {
    events.send("session.created", event -> event.set("session", settings.json()));
  }

  /** Handles a text message in any state. */
  public void receive(String message) {
    Reading reading = EventReader.read(message);
    Optional<ProtocolError> error =
        switch (reading) {
          case Reading.Understood(ClientEvent event, _) -> handle(event);
          case Reading.Rejected(ProtocolError rejection, _) -> Optional.of(rejection);
        };
    error.ifPresent(it -> events.sendError(it, reading.eventId()));
  }

  public void receiveBinary() {
    events.sendError(
        ProtocolError.invalidRequest(
            "invalid_event", "Expected a text WebSocket message; binary frames are not supported."),
        null);
  }

  /** Cancels all timers. No event is sent afterwards. */
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
    public void committed(Item item, boolean foundByServer) {
      journal.accept("heard " + item.audioMillis() + " ms");
      items.add(item);
      if (foundByServer) {
        responses.answerTurn();
      }
      if (settings.transcribesInput()) {
        transcription.start(item);
      }
    }
  }
}
