/** Audio samples: codecs to and from PCM, the uncommitted buffer, and voice activity detection. */
@NullMarked
package io.donna.simulator.audio;

import org.jspecify.annotations.NullMarked;
