/**
 * Translates between two versions of the Realtime protocol, event by event: the beta's, retired by
 * OpenAI and still used by old clients and other vendors, and the current one (GA).
 */
@NullMarked
package io.donna.gateway.dialect;

import org.jspecify.annotations.NullMarked;
