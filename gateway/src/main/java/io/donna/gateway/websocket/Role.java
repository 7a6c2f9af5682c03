package io.donna.gateway.websocket;

/** This end's role in a WebSocket: a client's frames are masked, a server's are not. */
public enum Role {
  SERVER,
  CLIENT
}
