/** The {@code donna} command: wires all packages together, and alone depends on all of them. */
@NullMarked
package io.donna.gateway.cli;

import org.jspecify.annotations.NullMarked;
