package io.donna.gateway.cli;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code donna secret}: generates a value for {@code JWT_SECRET}. */
@Command(
    name = "secret",
    description = "Generate a 64-byte secret for JWT_SECRET and print it.",
    mixinStandardHelpOptions = true)
final class SecretCommand implements Callable<Integer> {
  /** In base64, 64 characters, each a byte of the secret: enough for HS512. */
  private static final int RANDOM_BYTES = 48;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Terminal.out(spec).line(generate());
    return ExitCode.OK;
  }

  static String generate() {
    byte[] random = new byte[RANDOM_BYTES];
    new SecureRandom().nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }
}
