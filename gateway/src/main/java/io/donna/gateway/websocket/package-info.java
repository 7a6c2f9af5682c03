/**
 * WebSocket frames (RFC 6455): reading, writing, masks, UTF-8, close codes and the closing
 * handshake, in both roles and in every phase. Knows nothing of Realtime.
 */
@NullMarked
package io.donna.gateway.websocket;

import org.jspecify.annotations.NullMarked;
