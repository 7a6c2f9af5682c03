package io.donna.gateway.config;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Tells configurations apart by one number, which a metric shows to anybody who reads metrics.
 * Secrets are left out: otherwise, whoever knows the rest of a configuration could try guesses of
 * them against the number. Not for several threads.
 */
final class ConfigurationHash {
  /** As {@link Secret#toString} shows one, in a list or alone. */
  private static final Pattern SECRET = Pattern.compile("set \\(\\d+ bytes\\)");

  private static final Pattern PRIVATE_KEY =
      Pattern.compile("-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END|\\z)", Pattern.DOTALL);

  private final MessageDigest digest = sha256();

  /** Adds a setting by its effective value, of a secret only that it is set. */
  ConfigurationHash add(ResolvedSetting setting) {
    return add(setting.name()).add(SECRET.matcher(setting.value()).replaceAll("set"));
  }

  /** Adds contents of files, without the private keys in them. */
  ConfigurationHash addFiles(List<byte[]> contents) {
    for (byte[] content : contents) {
      String text = new String(content, StandardCharsets.ISO_8859_1);
      add(PRIVATE_KEY.matcher(text).replaceAll(""));
    }
    return this;
  }

  /** Adds text with its length, so that texts cannot run together. */
  ConfigurationHash add(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
    digest.update(bytes);
    return this;
  }

  ConfigurationHash add(byte[] hash) {
    digest.update(hash);
    return this;
  }

  /** The hash, after which nothing can be added. */
  byte[] bytes() {
    return digest.digest();
  }

  /** The first 48 bits of the hash, which a {@code double} holds exactly. */
  long number() {
    return ByteBuffer.wrap(bytes()).getLong() >>> 16;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
