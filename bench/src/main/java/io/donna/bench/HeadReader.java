package io.donna.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads one HTTP head, then replaces itself with the frame reader, which receives the remaining
 * bytes.
 */
final class HeadReader extends ByteToMessageDecoder {
  private static final int MAX_HEAD = 16_384;
  private static final ByteBuf END =
      Unpooled.unreleasableBuffer(Unpooled.copiedBuffer("\r\n\r\n", US_ASCII));

  private final Consumer<HttpHead> onHead;
  private final FrameListener listener;

  HeadReader(Consumer<HttpHead> onHead, FrameListener listener) {
    this.onHead = onHead;
    this.listener = listener;
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    int end = ByteBufUtil.indexOf(END, in);
    if (end < 0) {
      if (in.readableBytes() > MAX_HEAD) {
        throw new IllegalStateException("no end of the HTTP head in " + MAX_HEAD + " bytes");
      }
      return;
    }
    String head = in.readString(end - in.readerIndex(), US_ASCII);
    in.skipBytes(END.readableBytes());
    onHead.accept(HttpHead.parse(head));
    context.pipeline().replace(this, "frames", new FrameReader(listener));
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    super.channelInactive(context);
    listener.onEnd();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    listener.onError(cause);
  }
}
