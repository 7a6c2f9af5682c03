/** The gateway. Its packages are the rooms of docs/architecture.md. */
@NullMarked
package io.donna.gateway;

import org.jspecify.annotations.NullMarked;
