package io.donna.gateway.admin;

import io.donna.gateway.config.SignInSettings;
import java.io.IOException;

/** Tests whether operators could sign in at their identity provider, as far as one can without. */
public final class ProviderProbe {
  private ProviderProbe() {}

  /**
   * Fetches the provider's metadata. Blocks for seconds.
   *
   * @throws IOException when it cannot be fetched or used; the message says why
   */
  public static void run(SignInSettings settings) throws IOException {
    var _ = new OpenIdProvider(settings).discover();
  }
}
