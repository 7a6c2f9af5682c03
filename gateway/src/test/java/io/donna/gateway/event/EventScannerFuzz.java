package io.donna.gateway.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Choices;
import io.donna.gateway.kit.Cutting;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Fuzz target: the scanner, under any mask and in any pieces, refuses what the JDK says is no
 * UTF-8, sees every command that Jackson sees, and in whole JSON no other.
 */
public final class EventScannerFuzz {
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder().disable(TokenStreamFactory.Feature.CHARSET_DETECTION).build())
          .build();

  /** What Jackson makes of a message: its top-level types, as far as it is JSON. */
  private record Read(List<String> types, boolean whole) {}

  private EventScannerFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    Choices choices = new Choices(input);
    int mask = choices.yes() ? choices.number() : 0;
    int piece = 1 + choices.upTo(40);
    byte[] message = choices.rest();

    EventScanner scanner = new EventScanner();
    boolean accepted = Cutting.into(piece, mask).hand(message, scanner);
    GatewayCommand command = scanner.command();

    EventScanner again = new EventScanner();
    assertThat(Cutting.whole().hand(message, again)).isEqualTo(accepted);
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(message));
    } catch (CharacterCodingException notUtf8) {
      assertThat(accepted).isFalse();
      return;
    }
    assertThat(accepted).isTrue();
    assertThat(again.command()).isEqualTo(command);
    expectSame(ClientMessage.read(message), command);
    Read read = read(message);
    List<GatewayCommand> named =
        read.types.stream()
            .map(GatewayCommand::named)
            .filter(found -> found != GatewayCommand.NONE)
            .toList();
    if (!named.isEmpty()) {
      assertThat(command).isNotEqualTo(GatewayCommand.NONE);
    }
    if (read.whole) {
      assertThat(command).isEqualTo(named.isEmpty() ? GatewayCommand.NONE : named.getLast());
    }
  }

  /** What the gateway reads as its own, the scanner keeps from the upstream; nothing else. */
  private static void expectSame(ClientMessage read, GatewayCommand command) {
    switch (read) {
      case ClientMessage.Authenticate _ ->
          assertThat(command).isEqualTo(GatewayCommand.AUTHENTICATE);
      case ClientMessage.ConnectRealtime _ ->
          assertThat(command).isEqualTo(GatewayCommand.CONNECT_REALTIME);
      case ClientMessage.Event _ -> assertThat(command).isEqualTo(GatewayCommand.NONE);
      case ClientMessage.Unreadable _ -> {} // the scanner may see a command in it
    }
  }

  private static Read read(byte[] message) {
    List<String> types = new ArrayList<>();
    try (JsonParser json = MAPPER.createParser(message)) {
      if (json.nextToken() == JsonToken.START_OBJECT) {
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
          boolean isType = json.currentName().equals("type");
          if (json.nextToken() == JsonToken.VALUE_STRING) {
            String value = json.getString();
            if (isType) {
              types.add(value);
            }
          } else {
            json.skipChildren();
          }
        }
      } else {
        json.skipChildren();
      }
      return new Read(types, json.nextToken() == null);
    } catch (JacksonException notJson) {
      return new Read(types, false);
    }
  }
}
