package io.donna.gateway.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Fault;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.JsonKey;
import io.donna.gateway.event.Replies;
import io.donna.gateway.websocket.CloseReason;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Replaces upstream errors about the gateway's own key, quota or organisation by the gateway's own
 * message, as their details are for the operator, and redacts secrets in other errors. Stands next
 * to the upstream in the chain, so that no other inspector sees or logs the original. Examines
 * errors only, wherever an event has one, and messages that a client's parser might read
 * differently from the gateway's. Confined to the session's event loop.
 */
final class UpstreamErrors implements Inspector {
  private static final Logger LOG = LoggerFactory.getLogger(UpstreamErrors.class);

  private static final int LONGEST = ErrorSearch.LONGEST;

  private static final String CODE = "upstream_refused";
  private static final String REFUSED =
      "The upstream rejected the gateway's credentials or quota. Contact the gateway's operator.";
  private static final String UNREADABLE_CODE = "upstream_error";
  private static final String UNREADABLE = "The upstream reported an error that cannot be shown.";

  private static final String ERROR = "error";
  private static final String DETAILS = "status_details";
  private static final String RESPONSE = "response";
  private static final JsonKey ERROR_KEY = JsonKey.of(ERROR);

  /** The fields in which an event or a response describes a failure. */
  private static final List<String> PLACES = List.of(ERROR, DETAILS, "code", "message");

  /** The fields that identify what failed; kept when the rest cannot be shown. */
  private static final List<String> REFERENCES =
      List.of(
          "type", "event_id", "item_id", "content_index", "output_index", "response_id", "status");

  /** The longest id or type. */
  private static final int LONGEST_REFERENCE = 256;

  private final Redaction redaction;
  private final String session;
  private boolean logged;

  /**
   * For one upstream.
   *
   * @param session the session's id, for the log
   */
  UpstreamErrors(Redaction redaction, String session) {
    this.redaction = redaction;
    this.session = session;
  }

  @Override
  public void fromUpstream(Event event, InspectorContext context) {
    if (!event.isText()) {
      context.toClient(event);
      return;
    }
    switch (event.type()) {
      case ERROR,
          CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED,
          RESPONSE_MCP_CALL_FAILED,
          MCP_LIST_TOOLS_FAILED ->
          judgeError(event, context);
      case RESPONSE_DONE -> judgeParts(event, context);
      case UNKNOWN -> {
        if (event.fault() != Fault.NONE && event.length() <= LONGEST) {
          judgeText(event, context);
        } else if (event.fault() != Fault.NONE && event.has(JsonKey.TYPE)) {
          judgeParts(event, context);
        } else {
          judgeErrorInside(event, context);
        }
      }
      default -> judgeErrorInside(event, context);
    }
  }

  /** The whole event is the error. */
  private void judgeError(Event event, InspectorContext context) {
    Optional<ObjectNode> read = event.length() > LONGEST ? Optional.empty() : event.tree();
    if (read.isEmpty()) {
      judgeText(event, context);
      return;
    }
    ObjectNode tree = read.get();
    ErrorSearch search = new ErrorSearch(redaction);
    search.searchAll(tree);
    if (search.isOfAccount() || search.isUnreadable()) {
      noteIfOfAccount(search, tree);
      JsonNode error = replacement(search, tree.path(ERROR));
      keepReferences(tree);
      tree.set(ERROR, error);
    }
    context.toClient(isRewritten(search) ? event.rewrite(tree) : event);
  }

  private void judgeErrorInside(Event event, InspectorContext context) {
    if (event.has(ERROR_KEY)) {
      judgeParts(event, context);
    } else if (isSmallAndUnreadable(event)) {
      judgeText(event, context);
    } else {
      context.toClient(event);
    }
  }

  private static boolean isSmallAndUnreadable(Event event) {
    return event.fault() != Fault.NONE
        && event.fault() != Fault.LONE_SURROGATE
        && event.length() <= LONGEST
        && event.tree().isEmpty();
  }

  /** Examines the failure fields only: the rest of a response is the conversation's content. */
  private void judgeParts(Event event, InspectorContext context) {
    Optional<ObjectNode> read = event.tree();
    if (read.isEmpty()) {
      judgeText(event, context);
      return;
    }
    ObjectNode tree = read.get();
    boolean changed = mendPlaces(tree);
    JsonNode response = tree.path(RESPONSE);
    if (response instanceof ObjectNode object) {
      changed |= mendPlaces(object);
    } else if (!response.isMissingNode()) {
      changed |= mend(tree, RESPONSE);
    }
    context.toClient(changed ? event.rewrite(tree) : event);
  }

  private boolean mendPlaces(ObjectNode holder) {
    boolean changed = false;
    for (String place : PLACES) {
      changed |= mend(holder, place);
    }
    return changed;
  }

  /** Redacts or replaces the error in a field; returns whether anything changed. */
  private boolean mend(ObjectNode holder, String place) {
    if (!holder.has(place)) {
      return false;
    }
    ErrorSearch search = new ErrorSearch(redaction);
    search.search(holder, place);
    if (search.isOfAccount() || search.isUnreadable()) {
      JsonNode told = holder.path(place);
      noteIfOfAccount(search, told.has(ERROR) ? told : holder);
      ObjectNode error = replacement(search, place.equals(ERROR) ? told : told.path(ERROR));
      ObjectNode ended = JsonNodeFactory.instance.objectNode().put("type", "failed");
      ended.set(ERROR, error);
      switch (place) {
        case DETAILS -> holder.set(place, ended);
        case RESPONSE -> {
          ObjectNode response = JsonNodeFactory.instance.objectNode().put("status", "failed");
          response.set(DETAILS, ended);
          holder.set(place, response);
        }
        default -> holder.set(place, error);
      }
    }
    return isRewritten(search);
  }

  /** Examines as text what cannot be parsed or is too long for an error; passes it on or not. */
  private void judgeText(Event event, InspectorContext context) {
    boolean shown = false;
    if (event.length() <= LONGEST) {
      String text = new String(event.payload(), UTF_8);
      String plain = JsonEscapes.resolve(text);
      boolean isError = event.type() != EventType.UNKNOWN || plain.contains('"' + ERROR + '"');
      boolean ofAccount = isError && AccountState.isIn(plain);
      shown = !ofAccount && !isCut(text) && !isCut(plain);
      if (ofAccount) {
        note(plain);
      }
    }
    if (shown) {
      context.toClient(event);
    } else if (event.type() == EventType.RESPONSE_DONE) {
      context.toClient(event.rewrite(unreadableResponse()));
    } else {
      context.toClient(Replies.gatewayError(UNREADABLE_CODE, UNREADABLE));
    }
  }

  /** A response's end is still reported, as inspectors and clients wait for it. */
  private static ObjectNode unreadableResponse() {
    ObjectNode done = JsonNodeFactory.instance.objectNode();
    done.put("type", EventType.RESPONSE_DONE.wireName());
    done.putObject(RESPONSE)
        .put("object", "realtime.response")
        .put("status", "failed")
        .putObject(DETAILS)
        .put("type", "failed")
        .set(ERROR, gatewayError(UNREADABLE_CODE, UNREADABLE));
    return done;
  }

  private static boolean isRewritten(ErrorSearch search) {
    return search.isChanged() || search.isOfAccount() || search.isUnreadable();
  }

  /** Keeps the id of the message that caused the error, as inspectors wait for it. */
  private ObjectNode replacement(ErrorSearch search, JsonNode error) {
    ObjectNode replaced =
        search.isOfAccount()
            ? gatewayError(CODE, REFUSED)
            : gatewayError(UNREADABLE_CODE, UNREADABLE);
    JsonNode offender = error.path("event_id");
    if (isReference(offender)) {
      replaced.set("event_id", offender);
    }
    return replaced;
  }

  private static ObjectNode gatewayError(String code, String message) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("type", "gateway_error")
        .put("code", code)
        .put("message", message)
        .putNull("param");
  }

  private void keepReferences(ObjectNode event) {
    event.retain(REFERENCES);
    for (String name : REFERENCES) {
      if (event.has(name) && !isReference(event.path(name))) {
        event.remove(name);
      }
    }
  }

  private boolean isReference(JsonNode value) {
    return value.isIntegralNumber()
        || (value.isString()
            && value.asString().length() <= LONGEST_REFERENCE
            && !isCut(value.asString()));
  }

  private boolean isCut(String text) {
    return !redaction.cutForeign(text).equals(text);
  }

  private void noteIfOfAccount(ErrorSearch search, JsonNode holder) {
    if (search.isOfAccount()) {
      JsonNode error = holder.has(ERROR) ? holder.path(ERROR) : holder;
      note(
          error.isString()
              ? error.asString()
              : error.path("code").asString("") + ": " + error.path("message").asString(""));
    }
  }

  /** Logs the error for the operator, once per connection. */
  private void note(String error) {
    if (!logged) {
      logged = true;
      log(error.length() > LONGEST ? UNREADABLE : error, redaction, session);
    }
  }

  private static void log(String error, Redaction redaction, String session) {
    LOG.error(
        "the upstream rejected the gateway's credentials or quota: {}; run ./donna check to test"
            + " each key (session {})",
        ForeignText.of(redaction.cutForeign(error)),
        session);
  }

  /**
   * The upstream's close reason in a form that the client may see. Keeps the code, as SDKs act on
   * it, unless the reason is about the gateway's own account, which does not concern the client's
   * token; that is logged for the operator.
   */
  static CloseReason toClient(CloseReason reason, Redaction redaction, String session) {
    if (AccountState.isIn(reason.text())) {
      log(reason.text(), redaction, session);
      return new CloseReason(CloseReason.INTERNAL_ERROR, CODE);
    }
    return new CloseReason(reason.code(), redaction.cutForeign(reason.text()));
  }
}
