/**
 * Security events: a sealed hierarchy that cannot contain a secret or a full address, and the log
 * that records them.
 */
@NullMarked
package io.donna.gateway.audit;

import org.jspecify.annotations.NullMarked;
