package io.donna.gateway.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How clients authenticate.
 *
 * @param secrets HMAC secrets, any of which verifies and the first of which signs
 * @param publicKeys public keys that verify tokens; if these and the secrets are empty, no
 *     authentication is configured
 * @param rules requirements on a token's claims
 * @param credentials additional places of a token in a request
 * @param revocations the file of revoked tokens and users
 * @param clientSecretKeys encrypt (the first) and decrypt client secrets; if empty, {@code secrets}
 *     are used, and if there are none, a key that each process generates
 * @param timeout of the authentication
 * @param optional whether a client without a token is admitted; a token that is sent is verified
 */
public record AuthSettings(
    List<Secret> secrets,
    PublicKeySettings publicKeys,
    TokenRules rules,
    CredentialSettings credentials,
    Optional<Path> revocations,
    List<Secret> clientSecretKeys,
    Duration timeout,
    boolean optional) {
  /** Tokens signed with these secrets, without further requirements. */
  public static AuthSettings of(List<Secret> secrets) {
    return new AuthSettings(
        secrets,
        PublicKeySettings.NONE,
        TokenRules.USUAL,
        CredentialSettings.NONE,
        Optional.empty(),
        List.of(),
        Duration.ofSeconds(10),
        false);
  }

  /** Secrets that all gateway processes share; empty if there is none. */
  public List<Secret> ownSecrets() {
    return clientSecretKeys.isEmpty() ? secrets : clientSecretKeys;
  }

  /** The same without the keys that would have to be fetched over the network. */
  public AuthSettings offline() {
    return new AuthSettings(
        secrets,
        new PublicKeySettings(Optional.empty(), Optional.empty(), publicKeys.file()),
        rules,
        credentials,
        revocations,
        clientSecretKeys,
        timeout,
        optional);
  }

  /** Whether tokens can be verified. */
  public boolean isConfigured() {
    return !secrets.isEmpty() || publicKeys.arePresent();
  }

  /** Whether a token is required. */
  public boolean isRequired() {
    return isConfigured() && !optional;
  }
}
