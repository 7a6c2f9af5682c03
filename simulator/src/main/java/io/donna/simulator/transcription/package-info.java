/** Transcription sessions: `?intent=transcription` of the Realtime API. */
@NullMarked
package io.donna.simulator.transcription;

import org.jspecify.annotations.NullMarked;
