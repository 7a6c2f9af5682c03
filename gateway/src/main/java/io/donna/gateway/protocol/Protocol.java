package io.donna.gateway.protocol;

import io.donna.gateway.config.Api;
import io.donna.gateway.event.EventType;
import io.donna.gateway.protocol.live.LiveInspectors;
import io.donna.gateway.protocol.realtime.RealtimeInspectors;
import io.donna.gateway.protocol.transcription.TranscriptionInspectors;
import io.donna.gateway.protocol.translation.TranslationInspectors;
import java.time.Duration;
import java.util.Optional;

/**
 * A protocol of a voice API: a row of this table, with a package of its own for what reads its
 * events. The rest of the gateway knows only what a row says.
 */
@SuppressWarnings("ImmutableEnumChecker") // the makers of inspectors have no state
public enum Protocol {
  REALTIME(Api.REALTIME, "", Opening.AT_ONCE, Optional.empty(), new RealtimeInspectors()),
  TRANSCRIPTION(
      Api.TRANSCRIPTION,
      "",
      new Opening.ByIntent("transcription", EventType.SESSION_UPDATE),
      Optional.empty(),
      new TranscriptionInspectors()),
  TRANSLATION(
      Api.TRANSLATION,
      "/translations",
      new Opening.ByModel(Optional.of("gpt-realtime-translate")),
      Optional.empty(),
      new TranslationInspectors()),
  LIVE(
      Api.LIVE,
      "/../live/sessions",
      new Opening.ByFirstMessage(EventType.SESSION_START, 512 * 1024, Duration.ofSeconds(10)),
      Optional.of(Ending.SESSION_CLOSE),
      new LiveInspectors());

  private final Api api;
  private final String path;
  private final Opening opening;
  private final Optional<Ending> ending;
  private final ProtocolInspectors inspectors;

  Protocol(
      Api api,
      String path,
      Opening opening,
      Optional<Ending> ending,
      ProtocolInspectors inspectors) {
    this.api = api;
    this.path = path;
    this.opening = opening;
    this.ending = ending;
    this.inspectors = inspectors;
  }

  /** The API that speaks it. */
  public Api api() {
    return api;
  }

  /**
   * Appended to the path of the configured upstream; one that begins with {@code /..} replaces that
   * path's last part.
   */
  public String path() {
    return path;
  }

  /** The model of a session for which a client names none; empty for the upstream's. */
  public Optional<String> defaultModel() {
    return opening instanceof Opening.ByModel(var model) ? model : Optional.empty();
  }

  /** How its sessions are opened. */
  public Opening opening() {
    return opening;
  }

  /** How its sessions end, if not by closing the connection alone. */
  public Optional<Ending> ending() {
    return ending;
  }

  /** The event that names the model, where the request does not. */
  public Optional<EventType> modelEvent() {
    return switch (opening) {
      case Opening.ByModel _ -> Optional.empty();
      case Opening.ByIntent(var intent, EventType event) -> Optional.of(event);
      case Opening.ByFirstMessage(EventType event, var bytes, var time) -> Optional.of(event);
    };
  }

  /**
   * Whether a client's messages are always parsed strictly and judged: only Realtime's may be
   * relayed as they are.
   */
  public boolean isStrict() {
    return this != REALTIME;
  }

  /** Whether user and model take turns, which {@code Call} follows. */
  public boolean hasTurns() {
    return this == REALTIME;
  }

  /** Whether it has the beta's dialect. */
  public boolean hasDialects() {
    return this == REALTIME || this == TRANSCRIPTION;
  }

  /**
   * What a request asks for in place of a model, where the model is named in an event; empty if it
   * is named in the request.
   */
  public Optional<String> intent() {
    return opening instanceof Opening.ByIntent(String intent, var event)
        ? Optional.of(intent)
        : Optional.empty();
  }

  public ProtocolInspectors inspectors() {
    return inspectors;
  }

  /** The protocol of an API. */
  public static Protocol of(Api api) {
    return switch (api) {
      case REALTIME -> REALTIME;
      case TRANSCRIPTION -> TRANSCRIPTION;
      case TRANSLATION -> TRANSLATION;
      case LIVE -> LIVE;
    };
  }
}
