package io.donna.gateway.calls;

import io.donna.gateway.telemetry.GenAiAttributes;
import io.donna.gateway.telemetry.InferenceMetrics;
import io.donna.gateway.telemetry.Trigger;
import io.donna.gateway.telemetry.TurnStatus;
import io.donna.gateway.telemetry.VoiceMetrics;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The turns of one session, over all its upstreams, and what their waits were. Confined to the
 * session's event loop.
 */
public final class Call {
  /** The turns that are kept; earlier ones are counted only. */
  static final int MOST_TURNS = 50;

  /** Tokens and cost of a session so far. */
  public record Usage(long inputTokens, long outputTokens, BigDecimal usd) {
    public static final Usage NONE = new Usage(0, 0, BigDecimal.ZERO);
  }

  /** What has not been answered for so long never will be, in nanoseconds. */
  private static final long UNANSWERED = 5_000_000_000L;

  private final LongSupplier nanoTime;
  private final VoiceMetrics metrics;
  private final InferenceMetrics inference;
  private final long begin;
  private final Deque<Turn> turns = new ArrayDeque<>(1);
  private int count;
  private int interruptions;
  private long lastWait = Turn.NEVER;
  private Usage charged = Usage.NONE;

  /** The model that answers, as metrics name it. */
  private GenAiAttributes source = GenAiAttributes.UNKNOWN;

  /** The turn whose user is speaking, or that has no answer yet. */
  private @Nullable Turn open;

  /** When the client last asked for an answer, which the upstream begins later. */
  private long asked = Turn.NEVER;

  /** When the client last committed speech, which the upstream confirms later. */
  private long committed = Turn.NEVER;

  /** What the client last sent, until an answer begins. */
  private Trigger trigger = Trigger.REQUEST;

  /**
   * The turns of a session that begins now.
   *
   * @param nanoTime the event loop's clock
   */
  public Call(LongSupplier nanoTime, VoiceMetrics metrics, InferenceMetrics inference) {
    this.nanoTime = nanoTime;
    this.metrics = metrics;
    this.inference = inference;
    this.begin = nanoTime.getAsLong();
  }

  /** An upstream is open, and answers by a model that metrics name so. */
  public void opened(GenAiAttributes from) {
    source = from;
  }

  /** The number of turns so far. */
  public int count() {
    return count;
  }

  public int interruptions() {
    return interruptions;
  }

  /** The last wait for audio, in milliseconds. */
  public Optional<Long> lastWaitMs() {
    return lastWait == Turn.NEVER ? Optional.empty() : Optional.of(lastWait / 1_000_000);
  }

  /** The latest turns, as they stand. */
  public List<TurnView> turns() {
    return turns.stream().map(turn -> turn.view(begin)).toList();
  }

  private long now() {
    return nanoTime.getAsLong();
  }

  private Turn begin(Trigger why) {
    Turn turn = new Turn(++count, why);
    if (turns.size() == MOST_TURNS) {
      turns.removeFirst();
    }
    turns.addLast(turn);
    return turn;
  }

  private Turn open(Trigger why) {
    Turn turn = open;
    if (turn == null) {
      turn = begin(why);
      open = turn;
    }
    return turn;
  }

  /**
   * Whether nobody speaks and no answer is awaited, made or heard, as far as is known: the session
   * may be interrupted without cutting into a turn.
   */
  public boolean isBetweenTurns() {
    long now = now();
    boolean isAwaited =
        (open != null && (open.speechEnd == Turn.NEVER || now - open.speechEnd < UNANSWERED))
            || (asked != Turn.NEVER && now - asked < UNANSWERED)
            || (committed != Turn.NEVER && now - committed < UNANSWERED);
    return !isAwaited
        && turns.stream().noneMatch(turn -> turn.isAnswering() || turn.isPlaying(now));
  }

  /** The client asked for an answer. */
  public void onRequest() {
    asked = now();
  }

  /** The client committed speech. */
  public void onCommit() {
    committed = now();
  }

  /** The client cancels or truncates an answer, as it does when its user begins to speak. */
  public void onStop() {
    interrupt(now());
  }

  /** The upstream detected that the user speaks. */
  public void onSpeechStarted() {
    long now = now();
    interrupt(now);
    open = null; // a turn that was never answered stays as it is
    Turn turn = open(Trigger.SERVER_VAD);
    turn.speechStart = now;
  }

  /** The upstream detected that the user has spoken. */
  public void onSpeechStopped() {
    Turn turn = open(Trigger.SERVER_VAD);
    turn.trigger = Trigger.SERVER_VAD;
    turn.speechEnd = now();
    turn.request = turn.speechEnd;
  }

  /** The upstream took speech out of its buffer. */
  public void onCommitted() {
    if (open == null || open.speechEnd == Turn.NEVER) {
      Turn turn = open(Trigger.COMMIT);
      turn.trigger = Trigger.COMMIT;
      turn.speechEnd = committed == Turn.NEVER ? now() : committed;
      turn.request = turn.speechEnd;
    }
    committed = Turn.NEVER;
  }

  /** The conversation has a new item that the client created. */
  public void onItem(Trigger kind) {
    trigger = kind;
  }

  /** The upstream begins an answer. */
  public void onStarted(String id) {
    long now = now();
    Turn turn = open != null && open.request != Turn.NEVER ? open : begin(trigger);
    if (turn == open) {
      open = null;
    } else {
      turn.request = asked == Turn.NEVER ? now : asked;
    }
    asked = Turn.NEVER;
    trigger = Trigger.REQUEST;
    turn.started = now;
    turn.responseId = id;
  }

  /** Words of an answer go to the client. */
  public void onWords() {
    Turn turn = answering();
    if (turn != null && turn.firstOutput == Turn.NEVER) {
      firstOutput(turn, now());
    }
  }

  private void firstOutput(Turn turn, long now) {
    turn.firstOutput = now;
    inference.firstChunk(source, now - turn.request);
  }

  /** Audio of an answer goes to the client. */
  public void onAudio(long micros) {
    Turn turn = answering();
    if (turn == null) {
      return;
    }
    turn.audioMicros += micros;
    if (turn.firstAudio == Turn.NEVER) {
      long now = now();
      turn.firstAudio = now;
      if (turn.firstOutput == Turn.NEVER) {
        firstOutput(turn, now);
      }
      lastWait = now - turn.request;
      metrics.heard(turn.trigger, lastWait);
    }
  }

  /** An answer calls a tool. */
  public void onTool(String name) {
    Turn turn = answering();
    if (turn != null) {
      turn.called(name);
    }
  }

  /** The latest turn whose answer is being generated. */
  private @Nullable Turn answering() {
    Turn last = turns.peekLast();
    if (last != null && last.isAnswering()) {
      return last; // nearly always
    }
    Turn found = null;
    for (Turn turn : turns) {
      found = turn.isAnswering() ? turn : found;
    }
    return found;
  }

  /**
   * The upstream has generated an answer.
   *
   * @param usage of the session so far, this answer included
   */
  public void onDone(String id, TurnStatus status, Usage usage) {
    Turn done = null;
    for (Turn turn : turns) {
      if (turn.isAnswering() && (turn.responseId.equals(id) || id.isEmpty())) {
        done = turn;
      }
    }
    if (done == null) {
      return;
    }
    done.inputTokens = usage.inputTokens - charged.inputTokens;
    done.outputTokens = usage.outputTokens - charged.outputTokens;
    done.usd = usage.usd.subtract(charged.usd);
    charged = usage;
    end(done, status);
  }

  private void end(Turn turn, TurnStatus status) {
    turn.end = now();
    turn.status = status;
    metrics.ended(status, turn.trigger);
    inference.ended(source, status, turn.end - turn.started);
    if (turn.interrupted != Turn.NEVER && status != TurnStatus.COMPLETED) {
      silence(turn, turn.end);
    }
  }

  /** The upstream has cut an answer to what the user heard of it. */
  public void onTruncated() {
    long now = now();
    for (Turn turn : turns) {
      if (turn.isPlaying(now)) {
        interrupt(turn, now);
        silence(turn, now);
      }
    }
  }

  private void interrupt(long now) {
    for (Turn turn : turns) {
      if (turn.isAnswering() || turn.isPlaying(now)) {
        interrupt(turn, now);
      }
    }
  }

  private void interrupt(Turn turn, long now) {
    if (turn.interrupted == Turn.NEVER && turn.firstAudio != Turn.NEVER) {
      turn.interrupted = now;
      interruptions++;
      metrics.interrupted();
    }
  }

  private void silence(Turn turn, long now) {
    if (turn.silent == Turn.NEVER) {
      turn.silent = now;
      metrics.silent(now - turn.interrupted);
    }
  }

  /** The upstream is gone: its answers end. */
  public void onUpstreamGone() {
    for (Turn turn : turns) {
      if (turn.isAnswering()) {
        end(turn, TurnStatus.CUT_OFF);
      }
    }
    open = null;
    asked = Turn.NEVER;
    committed = Turn.NEVER;
    trigger = Trigger.REQUEST;
  }
}
