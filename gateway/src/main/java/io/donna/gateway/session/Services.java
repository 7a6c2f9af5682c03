package io.donna.gateway.session;

import io.donna.gateway.admission.OpeningRates;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.auth.ClientSecrets;
import io.donna.gateway.auth.Revocations;
import io.donna.gateway.auth.SafetyIdentifier;
import io.donna.gateway.auth.TokenVerifier;
import io.donna.gateway.config.ModelAliases;
import io.donna.gateway.config.Patience;
import io.donna.gateway.config.SessionDefaults;
import io.donna.gateway.metering.Metering;
import io.donna.gateway.upstream.Upstreams;
import io.donna.gateway.websocket.HeldBytes;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What every session of a gateway uses. All of it is safe from any thread.
 *
 * @param verifier empty where no authentication is configured
 * @param tokenRequired whether a session without a token ends; where it is not, one that brings a
 *     token has it verified all the same
 * @param held what messages that wait may take of memory, all sessions together
 * @param shortOfMemory whether now is no time for what would need more of it
 */
public record Services(
    Optional<TokenVerifier> verifier,
    boolean tokenRequired,
    Revocations revocations,
    ClientSecrets clientSecrets,
    Optional<SafetyIdentifier> safetyIdentifier,
    Upstreams upstreams,
    OpeningRates openings,
    KeptUpstreams kept,
    Redaction redaction,
    SecurityLog log,
    Clock clock,
    Duration authTimeout,
    int maxMessageBytes,
    Patience patience,
    HeldBytes held,
    BooleanSupplier shortOfMemory,
    SessionDefaults defaults,
    Inspectors inspectors,
    Dialects dialects,
    ModelAliases modelAliases,
    Metering metering) {}
