/**
 * Two generations of event shapes: the beta's, retired by OpenAI and still spoken by old clients
 * and by other vendors, and today's (GA). Translates between them, event by event.
 */
@NullMarked
package io.donna.gateway.dialect;

import org.jspecify.annotations.NullMarked;
