/**
 * GPT-Live: full duplex on the clock of the input audio. Without input, time stands still: nothing
 * is said, acknowledged or billed.
 */
@NullMarked
package io.donna.simulator.live;

import org.jspecify.annotations.NullMarked;
