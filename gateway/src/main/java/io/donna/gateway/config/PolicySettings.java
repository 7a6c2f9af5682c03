package io.donna.gateway.config;

import io.donna.gateway.config.policy.Policy;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The policy that clients are held to.
 *
 * @param file that it is read from again when it changes
 * @param webhookSecret what guards' webhooks are signed with; empty where they are not
 */
public record PolicySettings(Path file, Policy policy, Optional<Secret> webhookSecret) {}
