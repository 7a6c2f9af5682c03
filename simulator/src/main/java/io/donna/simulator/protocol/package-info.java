/** One session of the Realtime protocol, from its events in to its events out; knows no sockets. */
@NullMarked
package io.donna.simulator.protocol;

import org.jspecify.annotations.NullMarked;
