/** The simulator's speech: recorded clips, their transcripts, and the answer to each topic. */
@NullMarked
package io.donna.simulator.speech;

import org.jspecify.annotations.NullMarked;
