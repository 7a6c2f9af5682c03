/** Load generator and peers: measures the cost of a relayed message side by side in one run. */
@NullMarked
package io.donna.bench;

import org.jspecify.annotations.NullMarked;
