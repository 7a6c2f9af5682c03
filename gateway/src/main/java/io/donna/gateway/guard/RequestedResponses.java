package io.donna.gateway.guard;

import io.donna.gateway.realtime.EventId;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Responses that the upstream was asked for and that have not begun. One of them may read whatever
 * the user says before it begins: what is refused meanwhile is refused for it, too. Each is asked
 * for by an id of the gateway's, as a client may use one of its own twice. Confined to the
 * session's event loop.
 */
final class RequestedResponses {
  /** One of them. */
  static final class Ask {
    private final Optional<String> clientsId;
    private final @Nullable FixedAnswer fixed;
    private final long askedAt;
    private @Nullable Finding refusal;
    private boolean isTold;

    private Ask(Optional<String> clientsId, @Nullable FixedAnswer fixed, long askedAt) {
      this.clientsId = clientsId;
      this.fixed = fixed;
      this.askedAt = askedAt;
    }

    /** What whoever asked called it. */
    Optional<String> clientsId() {
      return clientsId;
    }

    /** What it is to say; null where that is the model's to find. */
    @Nullable FixedAnswer fixed() {
      return fixed;
    }

    private @Nullable String mark() {
      return fixed == null ? null : fixed.mark();
    }

    /** Why nobody is to hear it; null where nothing that it may have read was refused. */
    @Nullable Finding refusal() {
      return refusal;
    }

    /** Whether the client knows of that, by another refusal for the same reason. */
    boolean isTold() {
      return isTold;
    }
  }

  private static final int MOST = 64;

  /** An upstream that has neither begun nor refused a response for so long will do neither. */
  private static final long FORGOTTEN_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final LongSupplier nanos;
  private final Map<String, Ask> byId = new LinkedHashMap<>();

  RequestedResponses(LongSupplier nanos) {
    this.nanos = nanos;
  }

  boolean isEmpty() {
    forgetOld();
    return byId.isEmpty();
  }

  boolean isFull() {
    forgetOld();
    return byId.size() >= MOST;
  }

  /**
   * A response is about to be asked for.
   *
   * @param fixed what it is to say; null where that is the model's to find
   * @return the id to ask for it by
   */
  String add(Optional<String> clientsId, @Nullable FixedAnswer fixed) {
    String id = EventId.next();
    byId.put(id, new Ask(clientsId, fixed, nanos.getAsLong()));
    return id;
  }

  /**
   * A response begins: the one of this mark, or else the first that was asked for, as the upstream
   * does one after the other.
   *
   * @return what it was asked for by; null where nobody asked
   */
  @Nullable Ask begin(@Nullable String mark) {
    forgetOld();
    Ask begun = null;
    for (Iterator<Ask> each = byId.values().iterator(); begun == null && each.hasNext(); ) {
      Ask ask = each.next();
      if (Objects.equals(ask.mark(), mark)) {
        begun = ask;
        each.remove();
      }
    }
    return begun == null && mark != null ? begin(null) : begun;
  }

  /** The upstream would not begin the one that it was asked for by {@code id}, if there is one. */
  @Nullable Ask refused(String id) {
    return byId.remove(id);
  }

  /**
   * What the user said is not to be answered.
   *
   * @param isTold whether the client is told so in any case
   * @return whether anything was asked for that may answer it
   */
  boolean refuse(Finding why, boolean isTold) {
    forgetOld();
    boolean any = false;
    for (Ask ask : byId.values()) {
      if (ask.fixed == null) {
        any = true;
        ask.isTold |= isTold;
        ask.refusal = ask.refusal == null ? why : Finding.graver(ask.refusal, why);
      }
    }
    return any;
  }

  private void forgetOld() {
    long oldest = nanos.getAsLong() - FORGOTTEN_NANOS;
    Iterator<Ask> each = byId.values().iterator();
    while (each.hasNext() && each.next().askedAt - oldest < 0) {
      each.remove();
    }
  }
}
