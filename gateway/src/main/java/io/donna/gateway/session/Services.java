package io.donna.gateway.session;

import io.donna.gateway.admission.OpeningRates;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.auth.ClientSecrets;
import io.donna.gateway.auth.ResumeTokens;
import io.donna.gateway.auth.Revocations;
import io.donna.gateway.auth.SafetyIdentifier;
import io.donna.gateway.auth.TokenVerifier;
import io.donna.gateway.config.Api;
import io.donna.gateway.config.ModelAliases;
import io.donna.gateway.config.PeerTimeouts;
import io.donna.gateway.config.SessionDefaults;
import io.donna.gateway.metering.Metering;
import io.donna.gateway.telemetry.Telemetry;
import io.donna.gateway.telemetry.Tracing;
import io.donna.gateway.upstream.Upstreams;
import io.donna.gateway.websocket.HeldBytes;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * The services that all sessions of a gateway share. All are safe from any thread.
 *
 * @param verifier empty if no authentication is configured
 * @param tokenRequired whether a token is required; if not, a token that is sent is still verified
 * @param held the memory limit for waiting messages of all sessions
 * @param shortOfMemory whether memory is short, so that nothing should start that needs more
 * @param apis the APIs that are served
 * @param tracing empty if nothing is traced
 */
public record Services(
    Optional<TokenVerifier> verifier,
    boolean tokenRequired,
    Revocations revocations,
    ClientSecrets clientSecrets,
    ResumeTokens resumeTokens,
    Optional<SafetyIdentifier> safetyIdentifier,
    Upstreams upstreams,
    OpeningRates openings,
    KeptUpstreams kept,
    Redaction redaction,
    SecurityLog log,
    Clock clock,
    Duration authTimeout,
    int maxMessageBytes,
    PeerTimeouts peerTimeouts,
    HeldBytes held,
    BooleanSupplier shortOfMemory,
    SessionDefaults defaults,
    Inspectors inspectors,
    Dialects dialects,
    ModelAliases modelAliases,
    Set<Api> apis,
    Metering metering,
    Telemetry telemetry,
    Optional<Tracing> tracing) {}
