package io.donna.gateway.session;

import io.donna.gateway.websocket.CloseReason;

/** The last message to a client and the close frame that follows it. */
record Farewell(String message, CloseReason close) {}
