/** One client's life, as a sealed set of phases: what it is told, and when it ends. */
@NullMarked
package io.donna.gateway.session;

import org.jspecify.annotations.NullMarked;
