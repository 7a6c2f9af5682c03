package io.donna.gateway.admin;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a list is asked for: {@code ?limit=50&offset=100&sort=-age&tier=gold}.
 *
 * @param limit the most items of one answer
 * @param offset the items left out before them
 * @param sort the field that orders the list; empty: the list's own order
 * @param descending whether the largest comes first
 * @param filters the wanted value of each field that is filtered by
 */
public record ListQuery(
    int limit, int offset, Optional<String> sort, boolean descending, Map<String, String> filters) {
  private static final int USUAL = 100;
  private static final int MOST = 1_000;
  private static final int LAST = 1_000_000;

  /**
   * Reads a query; what is wrong with it is in {@link Fields#refusal}.
   *
   * @param filterable the fields that may be filtered by
   * @param sortable the fields that may order the list
   */
  public static ListQuery read(Fields query, Set<String> filterable, Set<String> sortable) {
    Optional<String> sort =
        query.optional(
            "sort",
            text -> Optional.of(text).filter(name -> sortable.contains(withoutSign(name))),
            "one of "
                + String.join(", ", sortable.stream().sorted().toList())
                + ", with - in front to begin with the largest");
    Map<String, String> filters = new LinkedHashMap<>();
    filterable.forEach(
        name -> query.optionalName(name).ifPresent(value -> filters.put(name, value)));
    return new ListQuery(
        query.optionalInteger("limit", 1, MOST).orElse(USUAL),
        query.optionalInteger("offset", 0, LAST).orElse(0),
        sort.map(ListQuery::withoutSign),
        sort.filter(name -> name.startsWith("-")).isPresent(),
        filters);
  }

  private static String withoutSign(String name) {
    return name.startsWith("-") ? name.substring(1) : name;
  }

  /** Whether an item with this value of a field is wanted. */
  public boolean allows(String field, String value) {
    String wanted = filters.get(field);
    return wanted == null || wanted.equals(value);
  }

  /**
   * A page of a list: {@code items}, their number in {@code total}, and in {@code next} the offset
   * of the next page, if there is one.
   *
   * @param all filtered and sorted
   */
  public <T> ObjectNode page(List<T> all, Function<T, JsonNode> write) {
    ObjectNode body = AdminResponse.object();
    ArrayNode items = body.putArray("items");
    Stream<T> page = all.stream().skip(offset).limit(limit);
    page.forEach(item -> items.add(write.apply(item)));
    body.put("total", all.size());
    if (offset + items.size() < all.size()) {
      body.put("next", offset + items.size());
    }
    return body;
  }
}
