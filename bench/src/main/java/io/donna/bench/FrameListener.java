package io.donna.bench;

/** Receives the events of one WebSocket, on its event loop. */
interface FrameListener {
  void onText(byte[] text);

  void onPing(byte[] payload);

  /** The peer sent a close frame; {@code reason} is its code and text. */
  void onClose(String reason);

  /** The connection has ended, with or without a close frame. */
  void onEnd();

  /** The connection failed, or its bytes are not valid frames. */
  void onError(Throwable cause);
}
