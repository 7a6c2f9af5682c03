/**
 * Events of the Realtime protocol: the scanner that reads a message's type where it lies, the
 * gateway's own messages, and errors in the upstream's shape.
 */
@NullMarked
package io.donna.gateway.realtime;

import org.jspecify.annotations.NullMarked;
