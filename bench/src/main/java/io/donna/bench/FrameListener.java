package io.donna.bench;

/** Hears what arrives on one WebSocket, on its event loop. */
interface FrameListener {
  void onText(byte[] text);

  void onPing(byte[] payload);

  /** The other side closes; {@code reason} is its code and words. */
  void onClose(String reason);

  /** The connection is gone, after a close or without one. */
  void onEnd();

  /** The connection or the bytes on it are broken. */
  void onError(Throwable cause);
}
