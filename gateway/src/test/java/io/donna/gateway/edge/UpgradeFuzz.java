package io.donna.gateway.edge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.donna.gateway.audit.LineSecurityLog;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.LogFormat;
import io.donna.gateway.config.Settings;
import io.donna.gateway.kit.Choices;
import io.donna.gateway.websocket.Role;
import io.donna.gateway.websocket.SlowReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.LoggerFactory;

/**
 * Fuzz target: a gateway's whole pipeline, without sockets. Whatever a client sends, it is answered
 * the same however its bytes are cut, by well-formed HTTP of the contract's statuses and then by
 * well-formed frames; nothing is logged as a fault, no secret is said, nothing is left over.
 */
public final class UpgradeFuzz {
  private static final String SECRET = "a secret of the fuzzer that is long enough";
  private static final String API_KEY = "sk-of-the-fuzzer";
  private static final List<Integer> STATUSES =
      List.of(101, 200, 204, 400, 401, 403, 404, 405, 413, 414, 426, 429, 431, 503);

  private static final Pattern HEAD =
      Pattern.compile(
          "HTTP/1\\.1 (?<status>\\d{3}) [ -~]*\r\n(?<headers>(?:[!-9;-~]+: [ -~]*\r\n)*)\r\n");
  private static final Pattern LENGTH = Pattern.compile("(?i)\ncontent-length: (\\d+)\r");
  private static final Pattern ACCEPT = Pattern.compile("(?i)sec-websocket-accept: (.*)\r");
  private static final Pattern KEY = Pattern.compile("(?i)sec-websocket-key:\\s*(\\S+)");
  private static final Pattern QUOTA = Pattern.compile("(?i)(ratelimit-[a-z]+): \\d+");
  private static final Pattern EVENT_ID = Pattern.compile("\"event_[A-Za-z0-9]+\"");

  private static final ListAppender<ILoggingEvent> FAULTS = listen();
  private static final Gateway GATEWAY = start();

  private UpgradeFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    Choices choices = new Choices(input);
    int piece = 1 + choices.upTo(100);
    byte[] request = choices.rest();
    FAULTS.list.clear();

    byte[] answer = answer(request, Math.max(1, request.length));
    byte[] toPieces = answer(request, piece);

    String text = new String(answer, ISO_8859_1);
    check(
        Arrays.equals(answer, toPieces),
        "answers %s but in pieces %s".formatted(text, new String(toPieces, ISO_8859_1)));
    String asked = new String(request, ISO_8859_1);
    for (String secret : List.of(SECRET, API_KEY)) {
      // The fuzzer comes by it in the end, and asks for a host of that name.
      check(asked.contains(secret) || !text.contains(secret), "says a secret");
    }
    checkAnswers(text, asked);
    check(FAULTS.list.isEmpty(), "logged " + FAULTS.list);
    check(GATEWAY.connections() == 0, "counts a connection that is gone");
  }

  /** Everything that {@code request}, so many bytes at a time, is answered with. */
  private static byte[] answer(byte[] request, int piece) {
    UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    DuplexEmbeddedChannel channel = new DuplexEmbeddedChannel(allocator);
    GATEWAY.speakHttp(channel);
    channel.pipeline().fireChannelActive();
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    for (int at = 0; at < request.length && channel.isOpen(); at += piece) {
      int length = Math.min(piece, request.length - at);
      channel.writeInbound(allocator.buffer(length).writeBytes(request, at, length));
      for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
        said.writeBytes(ByteBufUtil.getBytes(part));
        part.release();
      }
    }
    channel.finishAndReleaseAll();
    check(allocator.metric().usedHeapMemory() == 0, "keeps a buffer");
    check(allocator.metric().usedDirectMemory() == 0, "keeps a buffer");
    // How much of the rate is left, and what an event is called, differs from one to the next.
    String text = QUOTA.matcher(new String(said.toByteArray(), ISO_8859_1)).replaceAll("$1: n");
    return EVENT_ID
        .matcher(text)
        .replaceAll(id -> "x".repeat(id.group().length()))
        .getBytes(ISO_8859_1);
  }

  private static void checkAnswers(String answers, String request) {
    int at = 0;
    while (at < answers.length()) {
      Matcher head = HEAD.matcher(answers).region(at, answers.length());
      check(head.lookingAt(), "no HTTP: " + answers.substring(at));
      int status = Integer.parseInt(head.group("status"));
      check(STATUSES.contains(status), "answers " + status);
      at = head.end();
      if (status == 101) {
        checkHandshake(head.group("headers"), request);
        checkFrames(answers.substring(at).getBytes(ISO_8859_1));
        return;
      }
      Matcher length = LENGTH.matcher("\n" + head.group("headers"));
      check(status == 204 || length.find(), "a body without a length");
      // What HEAD asked for has the length and not the body; every body of ours is an object.
      if (status != 204 && answers.startsWith("{", at)) {
        at += Integer.parseInt(length.group(1));
        check(at <= answers.length() && answers.charAt(at - 1) == '}', "a body of another length");
      }
    }
  }

  /** A 101 proves that a key of the request was read (RFC 6455, 4.2.2). */
  private static void checkHandshake(String headers, String request) {
    Matcher accept = ACCEPT.matcher(headers);
    check(accept.find(), "a handshake without its proof");
    boolean proven =
        KEY.matcher(request).results().anyMatch(key -> accept.group(1).equals(proof(key.group(1))));
    check(proven, "a proof of no key in the request");
    check(!headers.toLowerCase(Locale.ROOT).contains("extensions"), "an extension");
  }

  /** What follows are a server's frames: messages of text, pongs, and at most one close frame. */
  private static void checkFrames(byte[] frames) {
    SlowReader.Outcome heard = SlowReader.read(Role.CLIENT, 1 << 20, frames);
    check(!heard.ending().startsWith("failed"), "sends a broken frame: " + heard.ending());
    check(heard.messages().stream().allMatch(said -> said.startsWith("text ")), "says binary");
  }

  private static String proof(String key) {
    try {
      byte[] guided = (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(ISO_8859_1);
      byte[] sha1 = MessageDigest.getInstance("SHA-1").digest(guided);
      return Base64.getEncoder().encodeToString(sha1);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static void check(boolean right, String wrong) {
    if (!right) {
      throw new AssertionError(wrong);
    }
  }

  /** Whatever is logged as a warning or worse is a finding. */
  private static ListAppender<ILoggingEvent> listen() {
    ListAppender<ILoggingEvent> faults =
        new ListAppender<>() {
          @Override
          protected void append(ILoggingEvent event) {
            if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
              super.append(event);
            }
          }
        };
    faults.start();
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).addAppender(faults);
    return faults;
  }

  private static Gateway start() {
    Clock clock = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);
    Map<String, String> variables =
        Map.of(
            "ENABLE_WS_PROXY", "true",
            "PORT", "0",
            "JWT_SECRET", SECRET,
            "OPENAI_API_KEY", API_KEY,
            "ALLOWED_ORIGINS", "https://app.example.com,https://*.example.org",
            "TRUSTED_PROXIES", "127.0.0.0/8",
            "RATE_LIMIT_MAX_REQUESTS", "1000000000",
            "MAX_CONNECTIONS_PER_IP", "1000");
    try {
      Settings settings = Settings.read(Environment.of(variables));
      return Gateway.start(
          settings, new LineSecurityLog(LogFormat.TEXT, clock, (kind, events, line) -> {}), clock);
    } catch (IOException | InvalidSettings e) {
      throw new AssertionError(e);
    }
  }
}
