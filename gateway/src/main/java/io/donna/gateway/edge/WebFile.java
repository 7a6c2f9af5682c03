package io.donna.gateway.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A file of a page, in memory, with the headers that protect the page. Immutable; safe from any
 * thread.
 */
public final class WebFile {
  /**
   * Code and style come from the gateway's own files only, never from the document or another site.
   * The page may connect to its own server, WebSockets included; no other site may frame it, no
   * form may leave it, and no text may become markup (Trusted Types).
   */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
          + " require-trusted-types-for 'script'; trusted-types 'none'";

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "json", "application/json; charset=utf-8",
          "svg", "image/svg+xml");

  private final String name;
  private final String contentType;
  private final ByteBuf content;
  private final String etag;

  private WebFile(String name, byte[] bytes) {
    this.name = name;
    this.contentType = typeOf(name);
    this.content = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(bytes).asReadOnly());
    this.etag = '"' + HexFormat.of().formatHex(sha256(bytes), 0, 16) + '"';
  }

  private static String typeOf(String name) {
    String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    if (type == null) {
      throw new IllegalArgumentException("no content type for " + name);
    }
    return type;
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every JDK has it
    }
  }

  /**
   * A file of {@code src/main/web}, read from the jar.
   *
   * @param folder the folder there
   */
  public static WebFile ofJar(String folder, String name) {
    return ofResource(name, "/io/donna/gateway/web/" + folder + "/" + name);
  }

  /**
   * A file of a library, read from its jar.
   *
   * @param resource where it is on the class path
   */
  public static WebFile ofResource(String name, String resource) {
    try (InputStream in = WebFile.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException("the class path has no " + resource);
      }
      return new WebFile(name, in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file made at the start, such as settings for a page. */
  public static WebFile of(String name, String text) {
    return new WebFile(name, text.getBytes(StandardCharsets.UTF_8));
  }

  public String name() {
    return name;
  }

  public String contentType() {
    return contentType;
  }

  /** The bytes, to be written as they are; releasing them is allowed and has no effect. */
  public ByteBuf content() {
    return content.duplicate();
  }

  /**
   * The headers of a 200 and of a 304. A browser asks again each time, as the next version of the
   * gateway has other files by the same names; the answer is then 304, without a body.
   */
  public Map<String, String> headers() {
    return Map.of(
        "ETag", etag,
        "Cache-Control", "no-cache",
        "Content-Security-Policy", POLICY,
        "Permissions-Policy", "microphone=(self), camera=(), geolocation=(), display-capture=()",
        "Cross-Origin-Opener-Policy", "same-origin",
        "X-Content-Type-Options", "nosniff",
        "Cross-Origin-Resource-Policy", "same-origin",
        "Referrer-Policy", "no-referrer");
  }

  /** Whether {@code If-None-Match} names this version (RFC 9110, 13.1.2: the weak comparison). */
  public boolean isHeldBy(List<String> ifNoneMatch) {
    return ifNoneMatch.stream()
        .flatMap(value -> Arrays.stream(value.split(",")))
        .map(String::strip)
        .anyMatch(tag -> tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag));
  }
}
