/**
 * Judges finished text (what the user said, what the assistant says, what tools are called with) by
 * a tier's guards, off the event loops and within a time, and sees to what follows from a match.
 */
@NullMarked
package io.donna.gateway.guard;

import org.jspecify.annotations.NullMarked;
