package io.donna.gateway.policy;

import io.donna.gateway.config.policy.Tier;
import java.util.Optional;

/** Who a session's rules are for, and which they are. */
record Client(String user, Optional<String> tenant, Tier tier) {}
