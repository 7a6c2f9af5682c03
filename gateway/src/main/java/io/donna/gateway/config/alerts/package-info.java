/** The rules of alerts: which there are, their defaults, and the file that changes them. */
@NullMarked
package io.donna.gateway.config.alerts;

import org.jspecify.annotations.NullMarked;
