package io.donna.gateway.realtime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class TreeSizeTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "\u00e9", "\u6f22", "\ud83d\ude00", "\"", "\\", "\n", "\u0001"})
  void measuresStringsAsTheyAreWritten(String text) {
    ObjectNode tree = JsonMapper.shared().createObjectNode();
    tree.putArray("list").add(text.repeat(1_000));
    tree.put(text.repeat(1_000), 1);

    assertThat(TreeSize.of(tree)).isCloseTo(tree.toString().getBytes(UTF_8).length, within(30));
  }
}
