/** The translation protocol: a stream of speech in, a stream of speech in another language out. */
@NullMarked
package io.donna.gateway.protocol.translation;

import org.jspecify.annotations.NullMarked;
