/**
 * Events of the Realtime protocol: the scanner that finds a message's type in place, the inspector
 * interface, gateway commands, and errors in the upstream's format.
 */
@NullMarked
package io.donna.gateway.realtime;

import org.jspecify.annotations.NullMarked;
