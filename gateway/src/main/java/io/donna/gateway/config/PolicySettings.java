package io.donna.gateway.config;

import io.donna.gateway.config.policy.Policy;
import java.nio.file.Path;

/** The policy that clients are held to, and the file that it is read from again when it changes. */
public record PolicySettings(Path file, Policy policy) {}
