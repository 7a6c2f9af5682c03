/** Translation sessions: `/v1/realtime/translations`, on the clock of the input audio. */
@NullMarked
package io.donna.simulator.translation;

import org.jspecify.annotations.NullMarked;
