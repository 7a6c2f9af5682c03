/** Promises about samples. */
@NullMarked
package io.donna.simulator.audio;

import org.jspecify.annotations.NullMarked;
