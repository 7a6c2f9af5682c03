package io.donna.gateway.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class TreeSizeTest {
  private static final String[] PIECES = {
    "a",
    "\u007f",
    "\u00e9",
    "\u6f22",
    "\u2028",
    "\ud83d\ude00",
    "\ud83d",
    "\ude00",
    "\"",
    "\n",
    "\0"
  };

  private final Random random = new Random(1);

  private String word() {
    return IntStream.range(0, random.nextInt(5))
        .mapToObj(i -> PIECES[random.nextInt(PIECES.length)])
        .collect(Collectors.joining());
  }

  /** What is counted too low is written on an event loop however long it is. */
  @Test
  void isNeverLessThanWhatIsWritten() {
    // Names must differ, and none may have half of a pair.
    int[] names = {0};
    RandomJson generator =
        new RandomJson(random, () -> names[0]++ + word().replaceAll("\\p{Cs}", ""), this::word);
    for (int round = 0; round < 20_000; round++) {
      String json = generator.object(4, 4);
      Event event = Event.of(Objects.requireNonNull(Event.read(json.getBytes(UTF_8)), json));
      int length = event.length();

      assertThat(length).as(json).isGreaterThanOrEqualTo(event.payload().length);
    }
  }

  @Test
  void writesALargeTextOfLoneSurrogatesOffTheEventLoop() {
    Event event =
        Event.of(JsonMapper.shared().createObjectNode().put("x", "\ud800".repeat(20_000)));

    assertThat(event.isHeavyToWrite()).isTrue();
    assertThat(event.length()).isCloseTo(event.payload().length, within(30));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "\u00e9", "\u6f22", "\ud83d\ude00", "\"", "\\", "\n", "\u0001"})
  void measuresStringsAsTheyAreWritten(String text) {
    ObjectNode tree = JsonMapper.shared().createObjectNode();
    tree.putArray("list").add(text.repeat(1_000));
    tree.put(text.repeat(1_000), 1);

    assertThat(TreeSize.of(tree)).isCloseTo(tree.toString().getBytes(UTF_8).length, within(30));
  }
}
