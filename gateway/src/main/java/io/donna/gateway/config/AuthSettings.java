package io.donna.gateway.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How clients prove who they are.
 *
 * @param secrets HMAC secrets, any of which verifies and the first of which signs
 * @param publicKeys keys of those who sign otherwise; where these and the secrets are empty, no
 *     authentication is configured
 * @param rules what a token must say
 * @param credentials where a token may be
 * @param revocations a file of tokens and users that count no more
 * @param clientSecretKeys what client secrets are encrypted with (the first) and decrypted; where
 *     empty, the secrets are, and where there are none, a key that each process makes
 * @param timeout how long a client may take
 * @param optional whether a client without a token gets in; one that shows a token has it verified
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
  /** Tokens signed with these secrets, and nothing more asked of them. */
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

  /** Secrets of the gateway's own that all its processes share; empty where there is none. */
  public List<Secret> ownSecrets() {
    return clientSecretKeys.isEmpty() ? secrets : clientSecretKeys;
  }

  /** The same with what is on this machine: keys that would have to be fetched are left out. */
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

  /** Whether nobody gets in without a token. */
  public boolean isRequired() {
    return isConfigured() && !optional;
  }
}
