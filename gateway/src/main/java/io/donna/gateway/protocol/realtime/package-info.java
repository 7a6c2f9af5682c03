/**
 * The Realtime protocol: the inspectors that read its events for calls, traces and aliases of
 * models.
 */
@NullMarked
package io.donna.gateway.protocol.realtime;

import org.jspecify.annotations.NullMarked;
