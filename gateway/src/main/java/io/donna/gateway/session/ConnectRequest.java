package io.donna.gateway.session;

import io.donna.gateway.audit.MaskedAddress;
import io.donna.gateway.auth.User;
import io.donna.gateway.metering.Bill;
import io.donna.gateway.upstream.Target;
import java.util.Optional;

/**
 * A client that is about to be connected to an upstream.
 *
 * @param account whom what its session takes of anything that is shared is put down to
 * @param ip where it comes from, as the log may say it
 * @param user empty where no authentication is configured
 * @param target what it asks the upstream for
 * @param bill what its session comes to
 */
public record ConnectRequest(
    String account, MaskedAddress ip, Optional<User> user, Target target, Bill bill) {}
