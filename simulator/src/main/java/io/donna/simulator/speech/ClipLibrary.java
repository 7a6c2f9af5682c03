package io.donna.simulator.speech;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.donna.simulator.audio.AudioFormat;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** All clips of `clips.tsv`, loaded once per process. Thread-safe. */
public final class ClipLibrary {
  private static final int RIFF_HEADER = 12;

  private final Map<String, Clip> clips = new LinkedHashMap<>();

  private ClipLibrary() {
    for (String line : new String(resource("clips.tsv"), UTF_8).lines().toList()) {
      if (line.startsWith("#")) {
        continue;
      }
      String[] columns = line.split("\t", -1);
      clips.put(columns[0], new Clip(columns[0], columns[2], samples(resource(columns[1]))));
    }
  }

  /** The library. The first caller waits about 50 ms for it to load. */
  public static ClipLibrary shared() {
    return Shared.LIBRARY;
  }

  /** The clip of that name. An unknown name is a programming error. */
  public Clip clip(String name) {
    Clip clip = clips.get(name);
    if (clip == null) {
      throw new IllegalArgumentException(
          "No clip is called " + name + "; there are " + clips.keySet());
    }
    return clip;
  }

  public List<Clip> clips(String... names) {
    return Stream.of(names).map(this::clip).toList();
  }

  /** All clips named `topic` or `topic-1`, `topic-2` and so on, in the order of the table. */
  public List<Clip> about(String topic) {
    return clips.values().stream()
        .filter(clip -> clip.name().equals(topic) || clip.name().matches(topic + "-\\d+"))
        .toList();
  }

  /** The samples of a µ-law WAV file at 24 kHz, from its `data` chunk. */
  private static short[] samples(byte[] wav) {
    ByteBuffer chunks = ByteBuffer.wrap(wav).order(ByteOrder.LITTLE_ENDIAN).position(RIFF_HEADER);
    while (true) {
      byte[] name = new byte[4];
      chunks.get(name);
      byte[] content = new byte[chunks.getInt()];
      chunks.get(content);
      if ("data".equals(new String(name, UTF_8))) {
        return AudioFormat.ULAW.decode(content);
      }
      chunks.position(chunks.position() + content.length % 2);
    }
  }

  private static byte[] resource(String name) {
    try (InputStream in = ClipLibrary.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("The resource " + name + " is not beside its class");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Shared {
    static final ClipLibrary LIBRARY = new ClipLibrary();
  }
}
