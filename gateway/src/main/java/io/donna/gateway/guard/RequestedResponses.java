package io.donna.gateway.guard;

import io.donna.gateway.event.EventId;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The responses that were requested from the upstream and have not begun. Each may read whatever
 * the user says before it begins, so a refusal meanwhile applies to it, too. Each request has an
 * event ID of the gateway's, because a client may use one of its own twice. Confined to the
 * session's event loop.
 */
final class RequestedResponses {
  /** A requested response. */
  static final class Request {
    private final Optional<String> clientsId;
    private final @Nullable FixedAnswer fixed;
    private final long requestedAt;
    private @Nullable Finding refusal;
    private boolean isTold;

    private Request(Optional<String> clientsId, @Nullable FixedAnswer fixed, long requestedAt) {
      this.clientsId = clientsId;
      this.fixed = fixed;
      this.requestedAt = requestedAt;
    }

    /** The event ID that the client gave its request. */
    Optional<String> clientsId() {
      return clientsId;
    }

    /** The fixed answer to give; null if the model is free. */
    @Nullable FixedAnswer fixed() {
      return fixed;
    }

    private @Nullable String mark() {
      return fixed == null ? null : fixed.mark();
    }

    /** Why it must not be delivered; null if nothing that it may have read was refused. */
    @Nullable Finding refusal() {
      return refusal;
    }

    /** Whether the client was told of the refusal elsewhere. */
    boolean isTold() {
      return isTold;
    }
  }

  private static final int MAX = 64;

  /**
   * How long a requested response is awaited; an upstream that has neither begun nor refused it by
   * then will do neither.
   */
  private static final long FORGOTTEN_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final LongSupplier nanos;
  private final Map<String, Request> byId = new LinkedHashMap<>();

  RequestedResponses(LongSupplier nanos) {
    this.nanos = nanos;
  }

  boolean isEmpty() {
    forgetOld();
    return byId.isEmpty();
  }

  boolean isFull() {
    forgetOld();
    return byId.size() >= MAX;
  }

  /**
   * Adds a request that is about to be sent.
   *
   * @param fixed the fixed answer to give; null if the model is free
   * @return the event ID to send it with
   */
  String add(Optional<String> clientsId, @Nullable FixedAnswer fixed) {
    String id = EventId.next();
    byId.put(id, new Request(clientsId, fixed, nanos.getAsLong()));
    return id;
  }

  /**
   * Removes the request of a response that begins: the one with this mark, or else the oldest,
   * because the upstream serves them in order.
   *
   * @return the request; null if there is none
   */
  @Nullable Request begin(@Nullable String mark) {
    forgetOld();
    Request begun = null;
    for (Iterator<Request> each = byId.values().iterator(); begun == null && each.hasNext(); ) {
      Request request = each.next();
      if (Objects.equals(request.mark(), mark)) {
        begun = request;
        each.remove();
      }
    }
    return begun == null && mark != null ? begin(null) : begun;
  }

  /** Removes the request with this event ID, which the upstream refused; null if there is none. */
  @Nullable Request refused(String id) {
    return byId.remove(id);
  }

  /**
   * Applies the refusal of the user's speech to every request but fixed answers.
   *
   * @param isTold whether the client is told in any case
   * @return whether there was a request that may have answered it
   */
  boolean refuse(Finding why, boolean isTold) {
    forgetOld();
    boolean any = false;
    for (Request request : byId.values()) {
      if (request.fixed == null) {
        any = true;
        request.isTold |= isTold;
        request.refusal = request.refusal == null ? why : Finding.graver(request.refusal, why);
      }
    }
    return any;
  }

  private void forgetOld() {
    long oldest = nanos.getAsLong() - FORGOTTEN_NANOS;
    Iterator<Request> each = byId.values().iterator();
    while (each.hasNext() && each.next().requestedAt - oldest < 0) {
      each.remove();
    }
  }
}
