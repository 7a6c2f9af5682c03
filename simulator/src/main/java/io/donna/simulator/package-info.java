/**
 * A simulated upstream that behaves as OpenAI's voice APIs, for development, tests and benchmarks.
 * It shares no code with the gateway, so each serves as a check on the other.
 */
@NullMarked
package io.donna.simulator;

import org.jspecify.annotations.NullMarked;
