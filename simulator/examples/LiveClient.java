import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A client of GPT-Live in one file, without a library: speaks a recording, then listens for ten
 * seconds, and prints every event. Run it with {@code java LiveClient.java URI WAV [SPEED]}, where
 * the recording is mono, 16 bit, 24 kHz, and SPEED is a multiple of real time.
 */
final class LiveClient implements WebSocket.Listener {
  private static final int CHUNK_MILLIS = 100;
  private static final int CHUNK_BYTES = CHUNK_MILLIS * 24 * 2;
  private static final int LISTENING_CHUNKS = 100;

  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);
  private final StringBuilder message = new StringBuilder();
  private int spokenMillis;

  public static void main(String[] args) throws Exception {
    double speed = args.length > 2 ? Double.parseDouble(args[2]) : 1;
    new LiveClient().talk(URI.create(args[0]), recording(Path.of(args[1])), speed);
  }

  private void talk(URI uri, byte[] speech, double speed) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      String key = System.getenv().getOrDefault("OPENAI_API_KEY", "any");
      WebSocket socket =
          http.newWebSocketBuilder()
              .header("Authorization", "Bearer " + key)
              .buildAsync(uri, this)
              .join();
      send(socket, "{\"type\":\"session.start\",\"session\":{\"model\":\"gpt-live-1\"}}");
      if (!started.await(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("The session has not started within ten seconds.");
      }
      int end = speech.length + LISTENING_CHUNKS * CHUNK_BYTES;
      for (int from = 0; from < end; from += CHUNK_BYTES) {
        // Beyond the recording the copy is silence. The session's time is the audio it receives.
        byte[] chunk = new byte[CHUNK_BYTES];
        int count = Math.clamp(speech.length - from, 0, CHUNK_BYTES);
        System.arraycopy(speech, Math.min(from, speech.length), chunk, 0, count);
        String audio = Base64.getEncoder().encodeToString(chunk);
        send(socket, "{\"type\":\"session.input_audio.append\",\"audio\":\"" + audio + "\"}");
        Thread.sleep(Math.round(CHUNK_MILLIS / speed));
      }
      send(socket, "{\"type\":\"session.close\"}");
      closed.await(15, TimeUnit.SECONDS);
      socket.abort();
    }
  }

  private static void send(WebSocket socket, String event) {
    socket.sendText(event, true).join();
  }

  @Override
  public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
    message.append(text);
    if (last) {
      print(message.toString());
      message.setLength(0);
    }
    socket.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
    System.out.println("closed: " + code + " " + reason);
    closed.countDown();
    return null;
  }

  /** Prints an event; of audio only how much of it is not silence. */
  private void print(String event) {
    if (event.contains("\"session.output_audio.delta\"")) {
      boolean silent = event.matches("(?s).*\"delta\":\"A*=*\".*");
      spokenMillis += silent ? 0 : CHUNK_MILLIS;
      return;
    }
    System.out.println(event + "  (" + spokenMillis + " ms spoken)");
    if (event.contains("\"session.started\"")) {
      started.countDown();
    }
  }

  /** The samples of a WAV file, without its header. */
  private static byte[] recording(Path wav) throws Exception {
    byte[] file = Files.readAllBytes(wav);
    int data = new String(file, StandardCharsets.ISO_8859_1).indexOf("data") + 8;
    return Arrays.copyOfRange(file, data, file.length);
  }
}
