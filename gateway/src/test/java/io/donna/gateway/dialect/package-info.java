@NullMarked
package io.donna.gateway.dialect;

import org.jspecify.annotations.NullMarked;
