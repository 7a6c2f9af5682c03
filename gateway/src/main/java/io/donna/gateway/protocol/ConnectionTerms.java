package io.donna.gateway.protocol;

import io.donna.gateway.config.ModelAliases;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.guard.GuardContext;
import io.donna.gateway.guard.Guards;
import io.donna.gateway.metering.Bill;
import io.donna.gateway.metering.BudgetTerms;
import io.donna.gateway.policy.PolicySession;
import java.util.Optional;

/**
 * On what terms a session is connected to an upstream.
 *
 * @param aliases what the names of models mean
 * @param session the policy's state of the session
 * @param policy the policy's inspector; empty if the tier has no rules
 * @param guards empty if there is no policy
 * @param bill records the session's usage
 * @param safetyIdentifier identifies the user to the upstream; empty where there is none
 * @param model the model that is asked for; empty where an event names it
 */
public record ConnectionTerms(
    ModelAliases aliases,
    PolicySession session,
    Optional<Inspector> policy,
    Optional<Guards> guards,
    Tier tier,
    GuardContext judgedSession,
    Bill bill,
    Optional<String> safetyIdentifier,
    String model,
    BudgetTerms budgets) {}
