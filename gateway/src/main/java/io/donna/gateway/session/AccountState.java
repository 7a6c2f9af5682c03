package io.donna.gateway.session;

import java.util.Locale;
import java.util.Set;

/** How upstreams say that the gateway's key, quota or organisation is not accepted. */
final class AccountState {
  private static final Set<String> CODES =
      Set.of(
          "invalid_api_key",
          "account_deactivated",
          "insufficient_quota",
          "access_terminated",
          "authentication_error",
          "permission_error");

  private AccountState() {}

  /** Whether a code, or a close reason made of one, is about the account. */
  static boolean isIn(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return isCodeIn(lower) || lower.contains("billing") || lower.contains("organization");
  }

  /** As above, in so many words: what a sentence about something else does not hold. */
  static boolean isNamedIn(String text) {
    return isCodeIn(text.toLowerCase(Locale.ROOT));
  }

  private static boolean isCodeIn(String lower) {
    return lower.contains("api key") || CODES.stream().anyMatch(lower::contains);
  }
}
