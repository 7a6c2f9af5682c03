/**
 * Fair sharing of resources that one user alone could exhaust: threads and places. The unit is an
 * account: a user or, without authentication, an address.
 */
@NullMarked
package io.donna.gateway.sharing;

import org.jspecify.annotations.NullMarked;
