package io.donna.gateway.session;

import io.donna.gateway.auth.User;
import io.donna.gateway.upstream.Target;
import java.util.Optional;

/**
 * A client that is about to be connected to an upstream.
 *
 * @param user empty where no authentication is configured
 * @param target what it asks the upstream for
 */
public record Participant(Optional<User> user, Target target) {}
