package io.donna.gateway.session;

import java.util.Locale;
import java.util.Set;

/** Recognises upstream errors about the gateway's own key, quota or organisation. */
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

  /** Whether a code, or a close reason that contains one, is about the account. */
  static boolean isIn(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return isCodeIn(lower) || lower.contains("billing") || lower.contains("organization");
  }

  /**
   * A stricter test for prose: only terms that a sentence about something else does not contain.
   */
  static boolean isNamedIn(String text) {
    return isCodeIn(text.toLowerCase(Locale.ROOT));
  }

  private static boolean isCodeIn(String lower) {
    return lower.contains("api key") || CODES.stream().anyMatch(lower::contains);
  }
}
