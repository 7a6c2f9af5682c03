/** A client's session as a sealed set of phases: its messages to the client, and its end. */
@NullMarked
package io.donna.gateway.session;

import org.jspecify.annotations.NullMarked;
