/**
 * Live calls as an operator sees them: who speaks when, how long the user waits, what each turn
 * costs. Never what is said.
 */
@NullMarked
package io.donna.gateway.calls;

import org.jspecify.annotations.NullMarked;
