package io.donna.gateway.config;

import io.donna.gateway.config.policy.Policy;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The policy that applies to clients.
 *
 * @param file the policy file, reloaded on change
 * @param webhookSecret signs the requests to guard webhooks; empty if they are unsigned
 */
public record PolicySettings(Path file, Policy policy, Optional<Secret> webhookSecret) {}
