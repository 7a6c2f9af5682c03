package io.donna.gateway.protocol;

import io.donna.gateway.config.Api;
import io.donna.gateway.protocol.realtime.RealtimeInspectors;
import io.donna.gateway.protocol.transcription.TranscriptionInspectors;
import java.util.Optional;

/**
 * A protocol of a voice API: a row of this table, with a package of its own for what reads its
 * events. The rest of the gateway knows only what a row says.
 */
public enum Protocol {
  REALTIME(Api.REALTIME, Optional.empty(), new RealtimeInspectors()),
  TRANSCRIPTION(Api.TRANSCRIPTION, Optional.of("transcription"), new TranscriptionInspectors());

  private final Api api;
  private final Optional<String> intent;
  private final ProtocolInspectors inspectors;

  Protocol(Api api, Optional<String> intent, ProtocolInspectors inspectors) {
    this.api = api;
    this.intent = intent;
    this.inspectors = inspectors;
  }

  /** The API that speaks it. */
  public Api api() {
    return api;
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
    };
  }
}
