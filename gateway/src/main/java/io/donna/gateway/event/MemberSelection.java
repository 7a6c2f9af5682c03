package io.donna.gateway.event;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.filter.FilteringParserDelegate;
import tools.jackson.core.filter.TokenFilter;
import tools.jackson.core.filter.TokenFilter.Inclusion;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * Parses selected members of a JSON object into a tree and skips the rest. A session may come with
 * megabytes of instructions, and a response with all its words. Immutable.
 */
public final class MemberSelection extends TokenFilter {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final Map<String, TokenFilter> members;

  /** Selects these members, and of each what its filter selects. */
  public MemberSelection(Map<String, TokenFilter> members) {
    this.members = members;
  }

  /** Selects these members, whatever they hold. */
  public static MemberSelection of(String... names) {
    Map<String, TokenFilter> members = new HashMap<>();
    for (String name : names) {
      members.put(name, INCLUDE_ALL);
    }
    return new MemberSelection(members);
  }

  /** What is selected of an event that is not parsed. */
  public JsonNode nothing() {
    return MissingNode.getInstance();
  }

  /** The selected members of {@code event}; all members if it is parsed already. */
  public JsonNode from(Event event) {
    return event.isOpened()
        ? event.tree().<JsonNode>map(tree -> tree).orElseGet(MissingNode::getInstance)
        : from(event.payload());
  }

  /** The selected members of {@code json}; a missing node if it is not JSON. */
  private JsonNode from(byte[] json) {
    try (JsonParser parser = MAPPER.createParser(json);
        JsonParser selecting =
            new FilteringParserDelegate(parser, this, Inclusion.INCLUDE_ALL_AND_PATH, true)) {
      @Nullable JsonNode tree = MAPPER.readTree(selecting);
      return tree == null ? MissingNode.getInstance() : tree;
    } catch (JacksonException malformed) {
      return MissingNode.getInstance();
    }
  }

  @Override
  public @Nullable TokenFilter includeProperty(String name) {
    return members.get(name);
  }

  @Override
  protected boolean _includeScalar() {
    return false;
  }
}
