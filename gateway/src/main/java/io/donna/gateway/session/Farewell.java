package io.donna.gateway.session;

import io.donna.gateway.websocket.CloseReason;

/** What is said to a client whose session ends, in a message and in the close frame behind it. */
record Farewell(String message, CloseReason close) {}
