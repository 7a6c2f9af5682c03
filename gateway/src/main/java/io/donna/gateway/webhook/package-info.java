/** What webhooks of guards and of alerts share: signed requests. */
@NullMarked
package io.donna.gateway.webhook;

import org.jspecify.annotations.NullMarked;
