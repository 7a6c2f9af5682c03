/** Samples: what a wire format means in PCM, what is waiting to be committed, where speech is. */
@NullMarked
package io.donna.simulator.audio;

import org.jspecify.annotations.NullMarked;
