package io.donna.gateway.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Netty's decoder, and stricter: of a head that a proxy in front might read differently nothing is
 * guessed (RFC 9112, 3 and 5.2). Netty refuses bare LF, lengths that disagree and the like; here
 * are the rest: spaces where one belongs, folded lines, headers without number. Confined to the
 * event loop.
 */
final class RequestDecoder extends HttpRequestDecoder {
  /** Tokens travel in headers, and one of 6 kB in a subprotocol is not unusual. */
  static final int MAX_HEAD_BYTES = 32 * 1024;

  private static final int MAX_REQUEST_LINE_BYTES = 8 * 1024;

  /** A browser behind two proxies sends forty. */
  private static final int MAX_HEADERS = 100;

  private static final Pattern REQUEST_LINE =
      Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+ [!-~]+ HTTP/1\\.[01]\r\n");

  /**
   * What is thrown away of a connection that nobody listens to, before it is no longer read: a
   * client in the middle of an upload is to see why it was refused, and to throw away is cheap.
   */
  private static final int MAX_UNHEARD_BYTES = 8 << 20;

  private boolean inHead = true;

  /** Nothing more is decoded: behind a refused head, or behind the last answer. */
  private boolean refused;

  private int unheardBytes;

  /** What has arrived waits: others have their turn first, or answers their reader. */
  private boolean paused;

  /** Lines of this head that have been looked at, the request line among them. */
  private int lines;

  /** Where the first line begins that has not been looked at, from the reader index. */
  private int unread;

  RequestDecoder() {
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
      // Netty's would read on, where there is no message yet and nobody reads by itself.
      context.fireChannelReadComplete();
    } else {
      super.channelReadComplete(context);
    }
  }

  /** Decodes nothing more; what still comes is thrown away, and after a while not even read. */
  void stop() {
    refused = true;
  }

  /** Leaves what has arrived where it is, until {@link #resume}. */
  void pause() {
    paused = true;
  }

  /** Goes on with what has arrived. */
  void resume(ChannelHandlerContext context) {
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

  /** The memory that is taken by what has arrived and waits. */
  int heldBytes() {
    return actualReadableBytes() == 0 ? 0 : internalBuffer().capacity();
  }

  /**
   * Answers for the line that was looked at last, unless Netty has something against those before
   * it: in whatever pieces a head arrives, the first thing that is wrong with it counts.
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

  /** Whether a request line is there, if only its beginning: empty lines before it do not count. */
  private boolean begins(ByteBuf in) {
    while (lines == 0 && in.readableBytes() >= 2 && in.getShort(in.readerIndex()) == 0x0D0A) {
      in.skipBytes(2);
    }
    boolean halfAnEmptyLine =
        lines == 0 && in.readableBytes() == 1 && in.getByte(in.readerIndex()) == '\r';
    return in.isReadable() && !halfAnEmptyLine;
  }

  /** Looks at the lines of a head that have come since the last time. */
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
        return DecoderResult.SUCCESS; // the empty line: behind it is the body, or the next request
      }
      if (first == '\r') {
        return malformed("a header begins with a CR"); // or the lines behind it would not be seen
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

  /** The index behind the next LF; negative while there is none. */
  private int lineEnd(ByteBuf in) {
    int lf = in.indexOf(in.readerIndex() + unread, in.writerIndex(), (byte) '\n');
    return lf < 0 ? lf : lf + 1;
  }

  private static String line(ByteBuf in, int start, int end) {
    return in.toString(start, end - start, StandardCharsets.ISO_8859_1);
  }

  private static DecoderResult malformed(String why) {
    return DecoderResult.failure(new IllegalArgumentException(why));
  }
}
