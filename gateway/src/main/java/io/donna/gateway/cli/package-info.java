/** The {@code donna} command: wires everything, and is the only place that knows all of it. */
@NullMarked
package io.donna.gateway.cli;

import org.jspecify.annotations.NullMarked;
