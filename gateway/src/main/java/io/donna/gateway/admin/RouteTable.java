package io.donna.gateway.admin;

import io.donna.gateway.admin.Authenticator.Authentication;
import io.donna.gateway.admission.ClientAddress;
import io.donna.gateway.admission.Gate;
import io.donna.gateway.edge.Request;
import io.donna.gateway.event.Json;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers the admin port's requests: checks host, path, origin, operator, role and body in this
 * order, then calls the route's handler. Safe from any thread; runs on virtual threads.
 */
final class RouteTable {
  private static final Logger LOG = LoggerFactory.getLogger(RouteTable.class);

  private static final Json BODIES = Json.ofDocuments(8);

  private final List<Route> routes;
  private final RequestChecks checks;
  private final Authenticator authenticator;
  private final Gate gate;

  /**
   * @param gate knows the trusted proxies
   */
  RouteTable(List<Route> routes, RequestChecks checks, Authenticator authenticator, Gate gate) {
    this.routes = List.copyOf(routes);
    this.checks = checks;
    this.authenticator = authenticator;
    this.gate = gate;
  }

  List<Route> routes() {
    return routes;
  }

  AdminResponse answer(Request request) {
    try {
      Optional<AdminResponse> refusal =
          request
              .fault()
              .<AdminResponse>map(
                  fault -> AdminResponse.problem(HttpResponseStatus.BAD_REQUEST, fault))
              .or(() -> checks.hostRefusal(request));
      return refusal.isPresent() ? refusal.get() : route(request);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return AdminResponse.problem(
          HttpResponseStatus.SERVICE_UNAVAILABLE, "The gateway is stopping");
    } catch (RuntimeException fault) {
      LOG.error("a request to the admin port failed: {}", request.path(), fault);
      return AdminResponse.problem(
          HttpResponseStatus.INTERNAL_SERVER_ERROR, "Internal error; the log says which");
    }
  }

  private AdminResponse route(Request request) throws InterruptedException {
    List<Route> ofPath =
        routes.stream().filter(route -> route.match(request.path()).isPresent()).toList();
    if (ofPath.isEmpty()) {
      return AdminResponse.problem(HttpResponseStatus.NOT_FOUND, "There is nothing at this path");
    }
    HttpMethod method =
        request.method().equals(HttpMethod.HEAD) ? HttpMethod.GET : request.method();
    Optional<Route> route = ofPath.stream().filter(one -> one.method().equals(method)).findFirst();
    if (route.isEmpty()) {
      return AdminResponse.problem(
              HttpResponseStatus.METHOD_NOT_ALLOWED, "This path takes other methods; see Allow")
          .with(
              "Allow",
              ofPath.stream()
                  .map(one -> one.method().name())
                  .map(name -> name.equals("GET") ? "GET, HEAD" : name)
                  .collect(Collectors.joining(", ")));
    }
    return check(request, route.get());
  }

  private AdminResponse check(Request request, Route route) throws InterruptedException {
    ClientAddress address = gate.client(request.question());
    boolean secure = isSecure(request);
    Optional<AdminResponse> foreign = checks.originRefusal(request, secure, route.isOfApi());
    if (foreign.isPresent()) {
      return foreign.get();
    }
    if (route.role() == OperatorRole.OPEN) {
      return handle(request, route, address, secure, Operator.ANYBODY, () -> true);
    }
    return switch (authenticator.authenticate(request, address, secure)) {
      case Authentication.Unknown(AdminResponse answer) -> answer;
      case Authentication.Known(Operator operator, boolean byCookie, BooleanSupplier valid) -> {
        if (!operator.role().includes(route.role())) {
          yield AdminResponse.problem(
              HttpResponseStatus.FORBIDDEN,
              "This requires the role " + route.role() + "; you have " + operator.role());
        }
        Optional<AdminResponse> silent =
            byCookie ? RequestChecks.silentBrowserRefusal(request) : Optional.empty();
        yield silent.isPresent()
            ? silent.get()
            : handle(request, route, address, secure, operator, valid);
      }
    };
  }

  private boolean isSecure(Request request) {
    return request.overTls()
        || (gate.trusts(request.peer())
            && "https".equalsIgnoreCase(request.headers().get("X-Forwarded-Proto")));
  }

  private static AdminResponse handle(
      Request request,
      Route route,
      ClientAddress address,
      boolean secure,
      Operator operator,
      BooleanSupplier stillAllowed)
      throws InterruptedException {
    boolean takesBody =
        route.method().equals(HttpMethod.POST) || route.method().equals(HttpMethod.PUT);
    Optional<AdminResponse> typed =
        takesBody ? RequestChecks.typeRefusal(request) : bodyRefusal(request);
    if (typed.isPresent()) {
      return typed.get();
    }
    Optional<ObjectNode> body =
        takesBody ? body(request.body()) : Optional.of(AdminResponse.object());
    if (body.isEmpty()) {
      return AdminResponse.problem(
          HttpResponseStatus.BAD_REQUEST, "The body must be one JSON object without duplicates");
    }
    Map<String, String> parameters = route.match(request.path()).orElseThrow();
    return route
        .handler()
        .answer(
            new AdminRequest(
                request, address, operator, stillAllowed, secure, parameters, body.get()));
  }

  private static Optional<AdminResponse> bodyRefusal(Request request) {
    boolean announced =
        request.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)
            || !"0".equals(request.headers().get(HttpHeaderNames.CONTENT_LENGTH, "0"));
    return announced
        ? Optional.of(
            AdminResponse.problem(
                HttpResponseStatus.BAD_REQUEST, "This request must not have a body"))
        : Optional.empty();
  }

  private static Optional<ObjectNode> body(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    return BODIES.read(copy) instanceof ObjectNode object ? Optional.of(object) : Optional.empty();
  }
}
