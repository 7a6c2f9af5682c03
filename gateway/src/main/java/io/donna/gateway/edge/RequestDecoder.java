package io.donna.gateway.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Netty's decoder, made stricter: refuses heads that a proxy in front might parse differently (RFC
 * 9112, 3 and 5.2). Netty refuses bare LF, conflicting lengths and so on; this class refuses the
 * rest: extra spaces, folded lines, too many headers. Confined to the event loop.
 */
public final class RequestDecoder extends HttpRequestDecoder {
  /** Headers carry tokens; one of 6 kB in a subprotocol is not unusual. */
  public static final int MAX_HEAD_BYTES = 32 * 1024;

  private static final int MAX_REQUEST_LINE_BYTES = 8 * 1024;

  /** A browser behind two proxies sends about forty. */
  private static final int MAX_HEADERS = 100;

  private static final Pattern REQUEST_LINE =
      Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+ [!-~]+ HTTP/1\\.[01]\r\n");

  /**
   * How many bytes are discarded after the last answer before reading stops: a client in the middle
   * of an upload should receive the refusal, and discarding is cheap.
   */
  private static final int MAX_UNHEARD_BYTES = 8 << 20;

  private boolean inHead = true;

  /** Decoding has ended, after a refused head or the last answer. */
  private boolean refused;

  private int unheardBytes;

  /** Received bytes wait, for other connections or for the client to read answers. */
  private boolean paused;

  /** The checked lines of this head, including the request line. */
  private int lines;

  /** The offset of the first unchecked line from the reader index. */
  private int unread;

  public RequestDecoder() {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
            .setMaxHeaderSize(MAX_HEAD_BYTES)
            .setStrictLineParsing(true)
            .setUseRfc9112TransferEncoding(true));
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws Exception {
    if (refused) {
      ignore(context, in);
      return;
    }
    if (paused) {
      return;
    }
    if (inHead && !begins(in)) {
      return;
    }
    if (inHead) {
      DecoderResult head = look(in);
      if (head.isFailure()) {
        refuse(head, context, in, out);
        return;
      }
    }
    int before = in.readableBytes();
    int had = out.size();
    super.decode(context, in, out);
    unread = Math.max(0, unread - (before - in.readableBytes()));
    if (out.size() > had && out.getLast() instanceof HttpObject part) {
      inHead = part instanceof LastHttpContent;
      lines = 0;
      unread = 0;
    }
  }

  private void ignore(ChannelHandlerContext context, ByteBuf in) {
    unheardBytes += in.readableBytes();
    in.skipBytes(in.readableBytes());
    if (unheardBytes > MAX_UNHEARD_BYTES) {
      context.channel().config().setAutoRead(false);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) throws Exception {
    if (refused || paused) {
      // Netty's method would request more input while no message is complete.
      context.fireChannelReadComplete();
    } else {
      super.channelReadComplete(context);
    }
  }

  /** Ends decoding; further input is discarded, and after a limit no longer read. */
  public void stop() {
    refused = true;
  }

  /** Keeps received bytes undecoded until {@link #resume}. */
  public void pause() {
    paused = true;
  }

  /** Continues with the received bytes. */
  public void resume(ChannelHandlerContext context) {
    paused = false;
    if (actualReadableBytes() == 0) {
      return;
    }
    try {
      channelRead(context, Unpooled.EMPTY_BUFFER);
      channelReadComplete(context);
    } catch (Exception fault) {
      context.fireExceptionCaught(fault);
    }
  }

  /** The memory taken by received bytes that wait. */
  public int heldBytes() {
    return actualReadableBytes() == 0 ? 0 : internalBuffer().capacity();
  }

  /**
   * Refuses the head for the line checked last, unless Netty refuses an earlier one: the first
   * error counts, in whatever pieces the head arrives.
   */
  private void refuse(
      DecoderResult why, ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws Exception {
    refused = true;
    int had = out.size();
    super.decode(context, in.readSlice(unread), out);
    if (out.size() == had) {
      HttpMessage invalid = createInvalidMessage();
      invalid.setDecoderResult(why);
      out.add(invalid);
    }
    in.skipBytes(in.readableBytes());
  }

  /** Whether a request line has begun; skips empty lines before it. */
  private boolean begins(ByteBuf in) {
    while (lines == 0 && in.readableBytes() >= 2 && in.getShort(in.readerIndex()) == 0x0D0A) {
      in.skipBytes(2);
    }
    boolean halfAnEmptyLine =
        lines == 0 && in.readableBytes() == 1 && in.getByte(in.readerIndex()) == '\r';
    return in.isReadable() && !halfAnEmptyLine;
  }

  /** Checks the lines of a head that have arrived since the last call. */
  private DecoderResult look(ByteBuf in) {
    if (lines == 0 && in.getByte(in.readerIndex()) <= ' ') {
      return malformed("a request begins with its method"); // or Netty would skip spaces
    }
    for (int end = lineEnd(in); end >= 0; end = lineEnd(in)) {
      int start = in.readerIndex() + unread;
      int first = in.getByte(start);
      if (lines == 0 && !REQUEST_LINE.matcher(line(in, start, end)).matches()) {
        return malformed("the request line is not METHOD SP TARGET SP HTTP/1.1");
      }
      if (first == '\r' && end - start == 2) {
        return DecoderResult.SUCCESS; // the empty line: the body or the next request follows
      }
      if (first == '\r') {
        return malformed("a header begins with a CR"); // or the following lines would go unchecked
      }
      if (first == ' ' || first == '\t') {
        return malformed("a header goes on in the next line");
      }
      if (lines > MAX_HEADERS) {
        return DecoderResult.failure(
            new TooLongHttpHeaderException("more than " + MAX_HEADERS + " headers"));
      }
      lines++;
      unread = end - in.readerIndex();
    }
    return DecoderResult.SUCCESS;
  }

  /** The index after the next LF; negative if there is none. */
  private int lineEnd(ByteBuf in) {
    int lf = in.indexOf(in.readerIndex() + unread, in.writerIndex(), (byte) '\n');
    return lf < 0 ? lf : lf + 1;
  }

  private static String line(ByteBuf in, int start, int end) {
    return in.toString(start, end - start, StandardCharsets.ISO_8859_1);
  }

  /** How a request that could not be decoded is answered. */
  public record Refusal(HttpResponseStatus status, String words) {}

  /** The answer to a request that failed with {@code fault}. */
  public static Refusal refusal(Throwable fault) {
    if (fault instanceof TooLongHttpLineException) {
      return new Refusal(HttpResponseStatus.REQUEST_URI_TOO_LONG, "Request line too long");
    }
    return fault instanceof TooLongHttpHeaderException
        ? new Refusal(
            HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "Request headers too large")
        : new Refusal(HttpResponseStatus.BAD_REQUEST, "Malformed HTTP request");
  }

  private static DecoderResult malformed(String why) {
    return DecoderResult.failure(new IllegalArgumentException(why));
  }
}
