package io.donna.gateway.policy;

import io.donna.gateway.auth.Grants;
import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.config.policy.LimitKind;
import io.donna.gateway.config.policy.ModelRules;
import io.donna.gateway.config.policy.Tier;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Narrows a tier by a token's grants, which can only take from it. */
final class TierNarrowing {
  private TierNarrowing() {}

  static Tier of(Tier tier, Grants grants) {
    if (grants.models().isEmpty() && grants.limits().isEmpty()) {
      return tier;
    }
    return new Tier(
        tier.name(),
        tier.open(),
        tier.apis(),
        models(tier.models(), grants.models()),
        tier.transcriptionModels(),
        tier.events(),
        tier.session(),
        tier.tools(),
        tier.toolDefinitions(),
        tier.mcpTools(),
        tier.imageUrls(),
        tier.hostedTools(),
        tier.delegationModels(),
        tier.store(),
        tier.prompts(),
        tier.hideInstructions(),
        limits(tier.limits(), grants.limits()),
        budgets(tier.budgets(), grants.limits()),
        tier.guards());
  }

  private static ModelRules models(ModelRules rules, Optional<Set<String>> granted) {
    if (granted.isEmpty()) {
      return rules;
    }
    Set<String> both = new HashSet<>(granted.get());
    rules.allowed().ifPresent(both::retainAll);
    // A fallback model that the token does not grant is dropped.
    return new ModelRules(
        Optional.of(Set.copyOf(both)),
        rules.fallback().filter(both::contains),
        rules.rewrites() && rules.fallback().filter(both::contains).isPresent());
  }

  private static Map<LimitKind, Long> limits(
      Map<LimitKind, Long> ofTier, Map<io.donna.gateway.auth.TokenLimit, BigDecimal> granted) {
    Map<LimitKind, Long> narrowed = new EnumMap<>(LimitKind.class);
    narrowed.putAll(ofTier);
    granted.forEach((limit, value) ->
        counterpart(limit)
            .ifPresent(own ->
                narrowed.merge(own, value.setScale(0, RoundingMode.FLOOR).longValue(), Math::min)));
    return narrowed;
  }

  /**
   * The tier limit that a token's limit lowers; empty for a budget. A token's session limit counts
   * per user.
   */
  private static Optional<LimitKind> counterpart(io.donna.gateway.auth.TokenLimit limit) {
    return switch (limit) {
      case SESSIONS -> Optional.of(LimitKind.SESSIONS_PER_USER);
      case SESSION_SECONDS -> Optional.of(LimitKind.SESSION_SECONDS);
      case IDLE_SECONDS -> Optional.of(LimitKind.IDLE_SECONDS);
      case MESSAGES_PER_SECOND -> Optional.of(LimitKind.MESSAGES_PER_SECOND);
      case BYTES_PER_SECOND -> Optional.of(LimitKind.BYTES_PER_SECOND);
      case AUDIO_SECONDS_PER_MINUTE -> Optional.of(LimitKind.AUDIO_SECONDS_PER_MINUTE);
      case RESPONSES_PER_MINUTE -> Optional.of(LimitKind.RESPONSES_PER_MINUTE);
      case TOKENS_PER_SESSION,
          TOKENS_PER_HOUR,
          TOKENS_PER_DAY,
          TOKENS_PER_MONTH,
          USD_PER_SESSION,
          USD_PER_HOUR,
          USD_PER_DAY,
          USD_PER_MONTH ->
          Optional.empty();
    };
  }

  /**
   * Adds a budget for each limit on spending. All budgets apply at once, so another can only
   * narrow.
   */
  private static List<Budget> budgets(
      List<Budget> ofTier, Map<io.donna.gateway.auth.TokenLimit, BigDecimal> granted) {
    List<Budget> narrowed = new ArrayList<>(ofTier);
    granted.forEach((limit, value) -> {
      switch (limit) {
        case TOKENS_PER_SESSION ->
            narrowed.add(tokens(Budget.Per.SESSION, Budget.Window.SESSION, value));
        case TOKENS_PER_HOUR -> narrowed.add(tokens(Budget.Per.USER, Budget.Window.HOUR, value));
        case TOKENS_PER_DAY -> narrowed.add(tokens(Budget.Per.USER, Budget.Window.DAY, value));
        case TOKENS_PER_MONTH -> narrowed.add(tokens(Budget.Per.USER, Budget.Window.MONTH, value));
        case USD_PER_SESSION -> narrowed.add(usd(Budget.Per.SESSION, Budget.Window.SESSION, value));
        case USD_PER_HOUR -> narrowed.add(usd(Budget.Per.USER, Budget.Window.HOUR, value));
        case USD_PER_DAY -> narrowed.add(usd(Budget.Per.USER, Budget.Window.DAY, value));
        case USD_PER_MONTH -> narrowed.add(usd(Budget.Per.USER, Budget.Window.MONTH, value));
        case SESSIONS,
            SESSION_SECONDS,
            IDLE_SECONDS,
            MESSAGES_PER_SECOND,
            BYTES_PER_SECOND,
            AUDIO_SECONDS_PER_MINUTE,
            RESPONSES_PER_MINUTE -> {}
      }
    });
    return List.copyOf(narrowed);
  }

  private static Budget tokens(Budget.Per per, Budget.Window window, BigDecimal most) {
    return new Budget(
        per,
        window,
        Optional.of(most.setScale(0, RoundingMode.FLOOR).longValue()),
        Optional.empty());
  }

  private static Budget usd(Budget.Per per, Budget.Window window, BigDecimal most) {
    return new Budget(per, window, Optional.empty(), Optional.of(most));
  }
}
