package io.donna.gateway.protocol;

import io.donna.gateway.config.Api;
import io.donna.gateway.protocol.realtime.RealtimeInspectors;
import io.donna.gateway.protocol.transcription.TranscriptionInspectors;
import io.donna.gateway.protocol.translation.TranslationInspectors;
import java.util.Optional;

/**
 * A protocol of a voice API: a row of this table, with a package of its own for what reads its
 * events. The rest of the gateway knows only what a row says.
 */
@SuppressWarnings("ImmutableEnumChecker") // the makers of inspectors have no state
public enum Protocol {
  REALTIME(Api.REALTIME, "", Optional.empty(), Optional.empty(), new RealtimeInspectors()),
  TRANSCRIPTION(
      Api.TRANSCRIPTION,
      "",
      Optional.of("transcription"),
      Optional.empty(),
      new TranscriptionInspectors()),
  TRANSLATION(
      Api.TRANSLATION,
      "/translations",
      Optional.empty(),
      Optional.of("gpt-realtime-translate"),
      new TranslationInspectors());

  private final Api api;
  private final String path;
  private final Optional<String> intent;
  private final Optional<String> defaultModel;
  private final ProtocolInspectors inspectors;

  Protocol(
      Api api,
      String path,
      Optional<String> intent,
      Optional<String> defaultModel,
      ProtocolInspectors inspectors) {
    this.api = api;
    this.path = path;
    this.intent = intent;
    this.defaultModel = defaultModel;
    this.inspectors = inspectors;
  }

  /** The API that speaks it. */
  public Api api() {
    return api;
  }

  /** Appended to the path of the configured upstream. */
  public String path() {
    return path;
  }

  /** The model of a session for which a client names none; empty for the upstream's. */
  public Optional<String> defaultModel() {
    return defaultModel;
  }

  /**
   * Whether a client's messages are always parsed strictly and judged: only Realtime's may be
   * relayed as they are.
   */
  public boolean isStrict() {
    return this != REALTIME;
  }

  /** Whether it has the beta's dialect. */
  public boolean hasDialects() {
    return this != TRANSLATION;
  }

  /**
   * What a request asks for in place of a model, where the model is named in an event; empty if it
   * is named in the request.
   */
  public Optional<String> intent() {
    return intent;
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
    };
  }
}
