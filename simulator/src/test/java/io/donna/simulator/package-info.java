/** Promises of the simulator, kept through real sockets. */
@NullMarked
package io.donna.simulator;

import org.jspecify.annotations.NullMarked;
