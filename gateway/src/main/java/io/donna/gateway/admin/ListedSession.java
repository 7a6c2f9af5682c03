package io.donna.gateway.admin;

import io.donna.gateway.session.SessionSnapshot;
import java.util.Optional;

/**
 * A session in a list of an operator's.
 *
 * @param replica the name of the replica that has it; empty if the gateway is alone
 */
record ListedSession(Optional<String> replica, SessionSnapshot session) {}
