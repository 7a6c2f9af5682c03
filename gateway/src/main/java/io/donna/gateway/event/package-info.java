/**
 * Events as every protocol has them: the names, the scanner that finds a message's type in place,
 * the inspector interface, gateway commands, and errors in the upstream's format.
 */
@NullMarked
package io.donna.gateway.event;

import org.jspecify.annotations.NullMarked;
