/** The Realtime protocol of one session, from client events to server events, without any I/O. */
@NullMarked
package io.donna.simulator.realtime;

import org.jspecify.annotations.NullMarked;
