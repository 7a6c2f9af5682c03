/**
 * Judges finished text (the user's words, the assistant's words, tool calls) by a tier's guards,
 * off the event loops and within a timeout, and enforces the consequences of a match.
 */
@NullMarked
package io.donna.gateway.guard;

import org.jspecify.annotations.NullMarked;
