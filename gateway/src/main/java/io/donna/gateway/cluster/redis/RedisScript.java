package io.donna.gateway.cluster.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/**
 * A Lua script that Redis runs as one step: a resource beside this class.
 *
 * @param digest by which Redis knows a script that it has run before: SHA-1 in hexadecimal
 */
record RedisScript(String source, String digest) {
  static final RedisScript BEAT = read("beat");
  static final RedisScript CLAIM = read("claim");
  static final RedisScript DOCUMENT = read("document");
  static final RedisScript EXCHANGE = read("exchange");
  static final RedisScript LEAVE = read("leave");
  static final RedisScript STATE = read("state");

  private static RedisScript read(String name) {
    try (InputStream file =
        Objects.requireNonNull(RedisScript.class.getResourceAsStream(name + ".lua"))) {
      byte[] source = file.readAllBytes();
      byte[] digest = MessageDigest.getInstance("SHA-1").digest(source);
      return new RedisScript(new String(source, UTF_8), HexFormat.of().formatHex(digest));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }
}
