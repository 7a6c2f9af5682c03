package io.donna.gateway.admin;

import io.donna.gateway.admission.ClientAddress;
import io.donna.gateway.edge.Request;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request that has passed every check, for its handler.
 *
 * @param request without a body
 * @param address who asks, as far as trusted proxies say
 * @param operator who asks, at least of the route's role
 * @param stillAllowed whether the operator's sign-in is still valid, for answers that go on
 * @param secure whether the browser reached the port over TLS
 * @param parameters of the path, decoded
 * @param body an empty object if there is none
 */
public record AdminRequest(
    Request request,
    ClientAddress address,
    Operator operator,
    BooleanSupplier stillAllowed,
    boolean secure,
    Map<String, String> parameters,
    ObjectNode body) {

  /** A parameter of the path's pattern. */
  String parameter(String name) {
    return Objects.requireNonNull(parameters.get(name), name);
  }

  /** The members of the body. */
  Fields fields() {
    return Fields.of(body);
  }

  /** The parameters of the query. */
  Fields query() {
    return Fields.of(request);
  }
}
