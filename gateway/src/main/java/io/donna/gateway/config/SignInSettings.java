package io.donna.gateway.config;

import java.net.URI;
import java.util.Optional;

/**
 * Sign-in to the admin port by OpenID Connect.
 *
 * @param issuer the provider, whose endpoints are discovered
 * @param clientId the gateway's name there
 * @param clientSecret empty for a public client
 * @param rolesClaim the claim of the ID token that lists {@code viewer} or {@code operator}; dots
 *     lead into objects
 */
public record SignInSettings(
    URI issuer, String clientId, Optional<Secret> clientSecret, String rolesClaim) {}
