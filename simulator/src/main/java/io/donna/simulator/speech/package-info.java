/** What the simulator can say: recorded clips with their words, and which of them answers what. */
@NullMarked
package io.donna.simulator.speech;

import org.jspecify.annotations.NullMarked;
