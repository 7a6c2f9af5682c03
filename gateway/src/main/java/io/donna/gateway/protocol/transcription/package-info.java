/** The transcription protocol: sessions of speech in and words out, without responses. */
@NullMarked
package io.donna.gateway.protocol.transcription;

import org.jspecify.annotations.NullMarked;
