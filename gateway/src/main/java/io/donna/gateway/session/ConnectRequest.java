package io.donna.gateway.session;

import io.donna.gateway.audit.MaskedAddress;
import io.donna.gateway.auth.User;
import io.donna.gateway.metering.Bill;
import io.donna.gateway.protocol.Protocol;
import io.donna.gateway.upstream.Target;
import java.util.Optional;

/**
 * A client's request to be connected to an upstream.
 *
 * @param account the account that is charged for the session's use of shared resources
 * @param ip the client's address, masked for the log
 * @param user empty where no authentication is configured
 * @param safetyIdentifier identifies the user to the upstream
 * @param protocol the protocol of the session that is asked for
 * @param target the requested path and model
 * @param bill records the session's usage
 */
public record ConnectRequest(
    String account,
    MaskedAddress ip,
    Optional<User> user,
    Optional<String> safetyIdentifier,
    Protocol protocol,
    Target target,
    Bill bill) {}
