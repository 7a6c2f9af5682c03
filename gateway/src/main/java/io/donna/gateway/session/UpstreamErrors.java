package io.donna.gateway.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventType;
import io.donna.gateway.realtime.Fault;
import io.donna.gateway.realtime.Inspector;
import io.donna.gateway.realtime.Passage;
import io.donna.gateway.realtime.Replies;
import io.donna.gateway.websocket.CloseReason;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * What an upstream says of the gateway's own key, quota and organisation is for the operator, and
 * reaches the client in words of the gateway's; what it quotes of a secret is cut out. Stands
 * nearest to the upstream, so that nobody sees or logs the original. Looks at errors only. Confined
 * to the session's event loop.
 */
final class UpstreamErrors implements Inspector {
  private static final Logger LOG = LoggerFactory.getLogger(UpstreamErrors.class);

  /** An error is a sentence. What is longer is not worth the time to read. */
  private static final int LONGEST = 16 * 1024;

  private static final String CODE = "upstream_refused";
  private static final String REFUSED =
      "The upstream does not accept the gateway's credentials or quota. Its operator has to see to"
          + " it.";
  private static final String UNREADABLE = "The upstream reported an error that cannot be shown.";

  private static final Set<String> ACCOUNT_CODES =
      Set.of(
          "invalid_api_key",
          "account_deactivated",
          "insufficient_quota",
          "access_terminated",
          "authentication_error",
          "permission_error");

  private final Redaction redaction;
  private boolean logged;

  UpstreamErrors(Redaction redaction) {
    this.redaction = redaction;
  }

  @Override
  public void fromUpstream(Event event, Passage passage) {
    switch (event.type()) {
      case ERROR,
          CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED,
          RESPONSE_MCP_CALL_FAILED,
          MCP_LIST_TOOLS_FAILED ->
          judge(event, passage);
      case RESPONSE_DONE -> {
        event.tree().ifPresent(tree -> mendResponse(event, tree));
        passage.toClient(event);
      }
      case UNKNOWN -> {
        if (event.isText() && event.fault() != Fault.NONE && event.length() <= LONGEST) {
          judge(event, passage);
        } else {
          passage.toClient(event);
        }
      }
      default -> passage.toClient(event);
    }
  }

  private void judge(Event event, Passage passage) {
    if (event.length() > LONGEST) {
      passage.toClient(Replies.gatewayError("upstream_error", UNREADABLE));
      return;
    }
    Optional<ObjectNode> tree = event.fault() == Fault.NONE ? event.tree() : Optional.empty();
    if (tree.isEmpty()) {
      String text = new String(event.payload(), UTF_8);
      if (isCut(text) || (event.type() == EventType.ERROR && isOfAccount(text))) {
        note(text);
        passage.toClient(Replies.gatewayError("upstream_error", UNREADABLE));
      } else {
        passage.toClient(event);
      }
      return;
    }
    mend(event, tree.get(), tree.get());
    passage.toClient(event);
  }

  /** What was said in a response is the conversation's, how it ended is the upstream's. */
  private void mendResponse(Event event, ObjectNode tree) {
    if (tree.path("response").path("status_details") instanceof ObjectNode details) {
      mend(event, tree, details);
    }
  }

  /** Takes out of {@code tree} what {@code holder}, which is it or in it, says of an error. */
  private void mend(Event event, ObjectNode tree, ObjectNode holder) {
    JsonNode error = holder.path("error");
    boolean changed = true;
    if (error instanceof ObjectNode object && isOfAccount(object)) {
      note(error.path("code").asString("") + ": " + error.path("message").asString(""));
      replace(object);
    } else if (error.isString() && isOfAccount(error.asString())) {
      note(error.asString());
      holder.put("error", REFUSED);
    } else {
      changed = false;
    }
    if (cut(holder) || changed) {
      event.rewrite(tree);
    }
  }

  private static boolean isOfAccount(ObjectNode error) {
    return isOfAccount(error.path("code").asString(""))
        || isOfAccount(error.path("type").asString(""))
        || lowerCase(error.path("message").asString("")).contains("api key");
  }

  /** Whether a code, or a close reason made of one, is about the gateway's account. */
  private static boolean isOfAccount(String text) {
    String lower = lowerCase(text);
    return ACCOUNT_CODES.stream().anyMatch(lower::contains)
        || lower.contains("billing")
        || lower.contains("organization")
        || lower.contains("api key");
  }

  /** Nothing of what is too long, which is taken out in any case. */
  private static String lowerCase(String text) {
    return text.length() > LONGEST ? "" : text.toLowerCase(Locale.ROOT);
  }

  /** Whose message it answers stays, as there are inspectors that wait for it. */
  private static void replace(ObjectNode error) {
    JsonNode offender = error.get("event_id");
    error.removeAll();
    error.put("type", "gateway_error").put("code", CODE).put("message", REFUSED).putNull("param");
    if (offender != null) {
      error.set("event_id", offender);
    }
  }

  /** Cuts secrets out of every string below; whether there were any. */
  private boolean cut(JsonNode node) {
    boolean changed = false;
    if (node instanceof ObjectNode object) {
      for (String name : Set.copyOf(object.propertyNames())) {
        JsonNode value = object.get(name);
        if (value.isString() && isCut(value.asString())) {
          object.put(name, withoutSecrets(value.asString()));
          changed = true;
        } else {
          changed |= cut(value);
        }
      }
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        JsonNode value = array.get(i);
        if (value.isString() && isCut(value.asString())) {
          array.set(i, StringNode.valueOf(withoutSecrets(value.asString())));
          changed = true;
        } else {
          changed |= cut(value);
        }
      }
    }
    return changed;
  }

  private boolean isCut(String text) {
    return text.length() > LONGEST || !redaction.cutForeign(text).equals(text);
  }

  private String withoutSecrets(String text) {
    return text.length() > LONGEST ? UNREADABLE : redaction.cutForeign(text);
  }

  /** For the operator, once a connection. */
  private void note(String error) {
    if (!logged) {
      logged = true;
      LOG.warn(
          "the upstream does not accept the gateway's credentials or quota: {}",
          ForeignText.of(withoutSecrets(error)));
    }
  }

  /** What an upstream closed with, fit for a client: the code stays, as SDKs go by it. */
  static CloseReason fit(CloseReason reason, Redaction redaction) {
    return isOfAccount(reason.text())
        ? new CloseReason(reason.code(), CODE)
        : new CloseReason(reason.code(), redaction.cutForeign(reason.text()));
  }
}
