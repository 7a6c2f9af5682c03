/**
 * An upstream that behaves as the OpenAI Realtime API does, for development, tests and benchmarks.
 * It shares no code with the gateway, so the two check each other.
 */
@NullMarked
package io.donna.simulator;

import org.jspecify.annotations.NullMarked;
