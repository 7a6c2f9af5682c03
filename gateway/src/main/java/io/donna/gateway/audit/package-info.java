/**
 * Security events: one sealed hierarchy that cannot hold a secret or a whole address, and the log
 * they go to.
 */
@NullMarked
package io.donna.gateway.audit;

import org.jspecify.annotations.NullMarked;
