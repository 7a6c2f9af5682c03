/**
 * Bytes both ways between a client and its upstream, the back-pressure between them, and the row of
 * inspectors that messages pass where anybody is to look at them.
 *
 * <p>To look into sessions, write a {@link io.donna.gateway.realtime.Inspector}, in a room below
 * this one, and name it in {@code edge}, which hands every session its {@code Inspectors}. Where no
 * inspector sees what a side says, its messages are relayed as if there were none: no scan beyond
 * UTF-8, no view, no call.
 */
@NullMarked
package io.donna.gateway.relay;

import org.jspecify.annotations.NullMarked;
