/**
 * What all users of a gateway share and one alone could take: threads, places. Who takes is an
 * account, a user or, where nobody has to say who they are, an address.
 */
@NullMarked
package io.donna.gateway.sharing;

import org.jspecify.annotations.NullMarked;
