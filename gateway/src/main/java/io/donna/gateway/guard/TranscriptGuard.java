package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule.Action;
import io.donna.gateway.config.policy.GuardRule.Subject;
import io.donna.gateway.config.policy.GuardRules;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventId;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.JsonKey;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Judges the transcripts of a transcription session as the user's words. If a guard may act, the
 * client gets a transcript once it has passed, and a failed transcription in place of one that has
 * not; events that the gateway does not know are withheld, as they may carry words. Placed after
 * the policy in the chain. Confined to the session's event loop.
 */
final class TranscriptGuard implements Inspector, PendingMessages.Sender {
  /** What exists while the client is connected. */
  private record Parts(
      InspectorContext context,
      GuardRunner judge,
      Interventions interventions,
      PendingMessages messages,
      SessionMemory memory) {}

  /** Items whose transcripts are held back; beyond that, the oldest loses its partial ones. */
  private static final int MAX_ITEMS = 16;

  /** In bytes, of one item's events; beyond that, only its complete transcript is kept. */
  private static final int MAX_BYTES = 1 << 19;

  private static final int MAX_EVENTS = 4_096;

  /** One item's events that wait, and the words in them. */
  private static final class HeldTranscript {
    private final HeldMessages<Boolean> events;
    private final StringBuilder words = new StringBuilder();
    private final StringBuilder segments = new StringBuilder();
    private boolean isTooLong;

    HeldTranscript(SessionMemory memory) {
      this.events = new HeldMessages<>(memory, MAX_BYTES, MAX_EVENTS);
    }

    void hold(Event event, StringBuilder of, String text) {
      if (!isTooLong && events.add(true, event)) {
        of.append(text);
      } else {
        drop();
      }
    }

    void drop() {
      isTooLong = true;
      events.clear();
      words.setLength(0);
      segments.setLength(0);
    }
  }

  private final GuardRules rules;
  private final GuardContext session;
  private final Guards guards;
  private final Set<String> ownWords;
  private final boolean judges;
  private final boolean gates;
  private final Map<String, HeldTranscript> held = new LinkedHashMap<>(1);
  private @Nullable Parts parts;

  TranscriptGuard(Tier tier, GuardContext session, Guards guards, Set<String> ownWords) {
    this.rules = tier.guards();
    this.session = session;
    this.guards = guards;
    this.ownWords = ownWords;
    this.judges = rules.judge(Subject.USER);
    this.gates = rules.gate(Subject.USER);
  }

  @Override
  public void begin(InspectorContext context) {
    GuardRunner judge = new GuardRunner(rules, guards, session, context.eventLoop());
    SessionMemory memory = new SessionMemory(guards.held(), session.account(), context);
    PendingMessages messages = new PendingMessages(rules, ownWords, context, judge, memory, this);
    parts = new Parts(context, judge, new Interventions(context), messages, memory);
  }

  @Override
  public void fromClient(Event event, InspectorContext context) {
    Parts now = parts;
    if (now != null && rules.judge(Subject.INSTRUCTIONS)) {
      now.messages.accept(event);
    } else {
      context.toUpstream(event);
    }
  }

  @Override
  public boolean mustWait(EventType type) {
    return false;
  }

  @Override
  public void forward(Event event) {
    if (parts != null) {
      parts.context.toUpstream(event);
    }
  }

  @Override
  public void stop(Event event, Finding why) {
    Parts now = parts;
    if (now == null) {
      return;
    }
    if (why.action() == Action.END) {
      now.interventions.end(why);
    } else {
      now.context.refuse(event, why.code(), why.message());
    }
  }

  @Override
  public void fromUpstream(Event event, InspectorContext context) {
    Parts now = parts;
    if (now == null || !judges) {
      context.toClient(event);
    } else if (!gates) {
      context.toClient(event);
      if (event.type() == EventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED) {
        transcript(event.tree())
            .filter(words -> !words.isBlank())
            .ifPresent(words -> now.judge.begin(Subject.USER, List.of(words), findings -> {}));
      }
    } else if (UpstreamEvent.isFaulty(event)) {
      now.interventions.abort();
    } else {
      gate(event, now);
    }
  }

  private void gate(Event event, Parts now) {
    switch (event.type()) {
      case SESSION_CREATED,
          SESSION_UPDATED,
          ERROR,
          RATE_LIMITS_UPDATED,
          INPUT_AUDIO_BUFFER_COMMITTED,
          INPUT_AUDIO_BUFFER_CLEARED,
          INPUT_AUDIO_BUFFER_SPEECH_STARTED,
          INPUT_AUDIO_BUFFER_SPEECH_STOPPED,
          INPUT_AUDIO_BUFFER_TIMEOUT_TRIGGERED ->
          now.context.toClient(event);
      case CONVERSATION_ITEM_ADDED, CONVERSATION_ITEM_CREATED, CONVERSATION_ITEM_DONE ->
          showItem(event, now);
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_DELTA -> hold(event, "delta", now);
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_SEGMENT -> hold(event, "text", now);
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED -> judge(event, now);
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED -> {
        HeldTranscript unfinished = held.remove(item(event));
        if (unfinished != null) {
          unfinished.drop(); // words that no complete transcript confirms
        }
        now.context.toClient(event);
      }
      default -> {} // cumulative partial transcripts, and whatever else may carry words
    }
  }

  private static String item(Event event) {
    return event.string(JsonKey.ITEM_ID).orElse("");
  }

  private static Optional<String> transcript(Optional<ObjectNode> completed) {
    return completed
        .map(tree -> tree.path("transcript"))
        .filter(JsonNode::isString)
        .map(JsonNode::asString);
  }

  /** An item goes to the client without its words, which a later event brings. */
  private static void showItem(Event event, Parts now) {
    Optional<ObjectNode> tree = event.tree();
    if (tree.isEmpty()) {
      now.interventions.abort();
      return;
    }
    boolean changed = false;
    for (JsonNode part : tree.get().path("item").path("content")) {
      if (part instanceof ObjectNode object) {
        for (String name : List.of("transcript", "text")) {
          if (object.path(name).isString()) {
            object.putNull(name);
            changed = true;
          }
        }
      }
    }
    now.context.toClient(changed ? event.rewrite(tree.get()) : event);
  }

  private void hold(Event event, String field, Parts now) {
    Optional<ObjectNode> tree = event.tree();
    if (tree.isEmpty()) {
      now.interventions.abort();
      return;
    }
    HeldTranscript transcript =
        held.computeIfAbsent(item(event), none -> new HeldTranscript(now.memory));
    boolean isSegment = field.equals("text");
    String text = tree.get().path(field).asString("");
    transcript.hold(
        event, isSegment ? transcript.segments : transcript.words, isSegment ? text + "\n" : text);
    if (held.size() > MAX_ITEMS) {
      Iterator<HeldTranscript> all = held.values().iterator();
      all.next().drop();
      all.remove();
    }
  }

  private void judge(Event completed, Parts now) {
    Optional<ObjectNode> tree = completed.tree();
    if (tree.isEmpty()) {
      now.interventions.abort();
      return;
    }
    String item = item(completed);
    HeldTranscript before = held.remove(item);
    HeldTranscript transcript = before == null ? new HeldTranscript(now.memory) : before;
    Optional<String> words = transcript(tree);
    String partial = transcript.words.toString();
    String segments = transcript.segments.toString();
    HeldMessages<Boolean> events = transcript.events;
    if (!events.add(true, completed)) {
      events.clear();
      if (!events.add(true, completed)) {
        now.memory.endSession();
        return;
      }
    }
    if (words.isEmpty()) {
      settle(
          item,
          events,
          now.judge.unjudgeable(Subject.USER, Judgement.Failed.ofWords("no transcript")));
      return;
    }
    List<String> texts =
        Stream.of(words.get(), partial.equals(words.get()) ? "" : partial, segments)
            .filter(text -> !text.isBlank())
            .toList();
    if (texts.isEmpty()) {
      settle(item, events, List.of()); // silence
    } else {
      now.judge.begin(Subject.USER, texts, findings -> settle(item, events, findings));
    }
  }

  private void settle(String item, HeldMessages<Boolean> events, List<Finding> findings) {
    Parts now = parts;
    Optional<Finding> gravest = Finding.gravest(findings);
    if (now == null) {
      events.clear();
    } else if (gravest.isEmpty()) {
      for (HeldMessages.Held<Boolean> first = events.first();
          first != null;
          first = events.first()) {
        events.removeFirst();
        now.context.toClient(first.event());
      }
    } else {
      events.clear();
      if (gravest.get().action() == Action.END) {
        now.interventions.end(gravest.get());
      } else {
        now.context.toClient(failed(item, gravest.get()));
      }
    }
  }

  private static String failed(String item, Finding why) {
    ObjectNode failed =
        JsonNodeFactory.instance
            .objectNode()
            .put("type", EventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED.wireName())
            .put("event_id", EventId.next())
            .put("item_id", item)
            .put("content_index", 0);
    failed
        .putObject("error")
        .put("type", "invalid_request_error")
        .put("code", why.code())
        .put("message", why.message())
        .putNull("param");
    return failed.toString();
  }

  @Override
  public boolean keepsUpstream(InspectorContext context) {
    end();
    return false;
  }

  @Override
  public void end() {
    Parts ended = parts;
    if (ended != null) {
      parts = null;
      ended.judge.end();
      ended.messages.end();
      held.values().forEach(HeldTranscript::drop);
      held.clear();
    }
  }
}
