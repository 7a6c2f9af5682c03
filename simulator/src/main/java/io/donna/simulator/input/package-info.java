/**
 * What Realtime and transcription sessions share: the input audio buffer, the user's turns and
 * their transcripts, and the part of the session object about them.
 */
@NullMarked
package io.donna.simulator.input;

import org.jspecify.annotations.NullMarked;
