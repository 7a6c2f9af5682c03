/**
 * GPT-Live: speech both ways on the clock of the input, with a backend that work is delegated to.
 */
@NullMarked
package io.donna.gateway.protocol.live;

import org.jspecify.annotations.NullMarked;
