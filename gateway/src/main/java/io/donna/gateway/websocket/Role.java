package io.donna.gateway.websocket;

/** Which end of a WebSocket we are: a server's peer masks its frames, a client's does not. */
public enum Role {
  SERVER,
  CLIENT
}
