/**
 * WebSocket framing (RFC 6455): parsing, writing, masks, UTF-8, close codes and the closing
 * handshake, in both roles. Independent of the Realtime protocol.
 */
@NullMarked
package io.donna.gateway.websocket;

import org.jspecify.annotations.NullMarked;
