// The official SDK for Java, openai-java, on /v1. The token takes the place of the API key.
//
// Start the gateway with `./donna dev`. In a second terminal, in the repository:
//
//   export TOKEN=$(./donna token --sub me)
//   mvn -q -f examples/openai-java compile exec:java -Dexec.args="'Who are you?'"
//
// GATEWAY is the gateway's URL, http://127.0.0.1:3001 by default.

import com.openai.client.okhttp.OkHttpClient;
import com.openai.core.ClientOptions;
import com.openai.helpers.RealtimeConnection;
import com.openai.helpers.RealtimeWebSocketOptions;
import com.openai.models.realtime.ConversationItemCreateEvent;
import com.openai.models.realtime.RealtimeClientEvent;
import com.openai.models.realtime.RealtimeConversationItemUserMessage.Content;
import com.openai.models.realtime.RealtimeError;
import com.openai.models.realtime.RealtimeResponse;
import com.openai.models.realtime.RealtimeServerEvent;
import com.openai.models.realtime.ResponseCreateEvent;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

public final class Hello {
  public static void main(String[] arguments) {
    String gateway = System.getenv().getOrDefault("GATEWAY", "http://127.0.0.1:3001");
    String token = System.getenv().getOrDefault("TOKEN", "");
    String line = arguments.length > 0 ? arguments[0] : "Hello, who are you?";
    if (token.isEmpty()) {
      fail("TOKEN is not set. Run: export TOKEN=$(./donna token --sub me)");
    }
    ClientOptions options =
        ClientOptions.builder()
            .httpClient(OkHttpClient.builder().build())
            .baseUrl(gateway + "/v1")
            .apiKey(token)
            .build();
    RealtimeWebSocketOptions model =
        RealtimeWebSocketOptions.builder().model("gpt-realtime-2.1").build();
    try (RealtimeConnection connection = RealtimeConnection.connect(options, model)) {
      talk(connection, line);
    } catch (TimeoutException e) {
      fail("No answer within 30 seconds.");
    } catch (ExecutionException e) {
      fail("The connection closed before the answer: " + rootCause(e).getMessage());
    } catch (InterruptedException | RuntimeException e) {
      fail("No connection to " + gateway + ": " + rootCause(e).getMessage());
    }
    System.exit(0); // threads of the SDK would keep the process for a while
  }

  private static void talk(RealtimeConnection connection, String line)
      throws ExecutionException, InterruptedException, TimeoutException {
    while (true) {
      RealtimeServerEvent event = connection.receiveAsync().get(30, TimeUnit.SECONDS);
      if (event.isSessionCreated()) {
        connection.send(RealtimeClientEvent.ofConversationItemCreate(message(line)));
      } else if (event.isConversationItemDone()
          && event.asConversationItemDone().item().isRealtimeConversationItemUserMessage()) {
        // The SDK refuses a second message while it sends the first: wait for the answer to that.
        connection.send(
            RealtimeClientEvent.ofResponseCreate(ResponseCreateEvent.builder().build()));
      } else if (event.isResponseOutputAudioTranscriptDelta()) {
        System.out.print(event.asResponseOutputAudioTranscriptDelta().delta());
      } else if (event.isError()) {
        RealtimeError error = event.asError().error();
        fail(error.code().orElse("error") + ": " + error.message());
      } else if (event.isResponseDone()) {
        System.out.println();
        RealtimeResponse.Status status = event.asResponseDone().response().status().orElseThrow();
        if (!status.equals(RealtimeResponse.Status.COMPLETED)) {
          fail("The answer is " + status + ".");
        }
        return;
      }
    }
  }

  private static ConversationItemCreateEvent message(String text) {
    Content content = Content.builder().type(Content.Type.INPUT_TEXT).text(text).build();
    return ConversationItemCreateEvent.builder()
        .realtimeConversationItemUserMessageItem(List.of(content))
        .build();
  }

  private static Throwable rootCause(Throwable fault) {
    return fault.getCause() == null ? fault : rootCause(fault.getCause());
  }

  private static void fail(String reason) {
    System.err.println(reason);
    System.exit(1);
  }
}
