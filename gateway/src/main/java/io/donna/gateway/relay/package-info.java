/**
 * Relays bytes between a client and its upstream, with back-pressure between them and an optional
 * chain of inspectors.
 *
 * <p>To inspect sessions, implement {@link io.donna.gateway.event.Inspector} in a package of its
 * own, and add it to {@code InspectorFactory} in {@code session}. If no inspector sees a side's
 * messages, they are relayed without cost: no scan beyond UTF-8, no view, no call.
 */
@NullMarked
package io.donna.gateway.relay;

import org.jspecify.annotations.NullMarked;
