package io.donna.gateway.session;

import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.auth.ClientSecrets;
import io.donna.gateway.auth.Revocations;
import io.donna.gateway.auth.SafetyIdentifier;
import io.donna.gateway.auth.TokenVerifier;
import io.donna.gateway.config.SessionDefaults;
import io.donna.gateway.metering.Metering;
import io.donna.gateway.upstream.Upstreams;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/**
 * What every session of a gateway uses. All of it is safe from any thread.
 *
 * @param verifier empty where no authentication is configured
 */
public record Services(
    Optional<TokenVerifier> verifier,
    Revocations revocations,
    ClientSecrets clientSecrets,
    Optional<SafetyIdentifier> safetyIdentifier,
    Upstreams upstreams,
    SecurityLog log,
    Clock clock,
    Duration authTimeout,
    int maxMessageBytes,
    Duration keepAlive,
    SessionDefaults defaults,
    Inspectors inspectors,
    Dialects dialects,
    Metering metering) {}
