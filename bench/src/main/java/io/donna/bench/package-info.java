/** Load generator and peers: what a relayed message costs, measured side by side in one run. */
@NullMarked
package io.donna.bench;

import org.jspecify.annotations.NullMarked;
