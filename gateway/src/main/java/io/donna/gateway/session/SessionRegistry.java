package io.donna.gateway.session;

import io.donna.gateway.calls.Call;
import io.netty.channel.EventLoop;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The live sessions of a gateway, and the latest that have ended. Safe from any thread. What blocks
 * waits for event loops, and must not be called on one.
 */
public final class SessionRegistry {
  /** Ended sessions that are remembered. */
  static final int MOST_ENDED = 1_000;

  /** Those of them that were nobody's. */
  static final int MOST_STRANGERS = 200;

  /** A loop that has not answered by then is left out: the operator wants to see the others. */
  private static final long TIMEOUT_MS = 1_000;

  /** Sessions that an event loop is asked about in one task, so that calls are not held up. */
  private static final int AT_ONCE = 128;

  private final Map<String, Session> live = new ConcurrentHashMap<>();
  private final Deque<EndedSession> ended = new ArrayDeque<>();

  /** Those of clients who neither authenticated nor were connected: anybody can make thousands. */
  private final Deque<EndedSession> endedStrangers = new ArrayDeque<>();

  /** Its turns are kept as the session counted them, which takes a fifth of their views' memory. */
  private record EndedSession(SessionSnapshot session, Call call) {
    SessionDetail detail() {
      return new SessionDetail(session, call.turns());
    }
  }

  /** Adds a session that begins. */
  public void add(Session session) {
    live.put(session.id(), session);
  }

  /** Removes a session that has ended, and remembers it as it stands; for its event loop. */
  public void remove(Session session) {
    live.remove(session.id());
    EndedSession last = new EndedSession(session.view(), session.call());
    synchronized (ended) {
      if (isStranger(last.session)) {
        add(last, endedStrangers, MOST_STRANGERS);
      } else {
        add(last, ended, MOST_ENDED - MOST_STRANGERS);
      }
    }
  }

  private static boolean isStranger(SessionSnapshot session) {
    return session.payer().isAnonymous() && session.model().isEmpty();
  }

  private static void add(EndedSession last, Deque<EndedSession> to, int most) {
    if (to.size() == most) {
      to.removeLast();
    }
    to.addFirst(last);
  }

  /** The live sessions. */
  public Collection<Session> live() {
    return live.values();
  }

  /** The number of live sessions. */
  public int size() {
    return live.size();
  }

  public boolean isEmpty() {
    return live.isEmpty();
  }

  /** The live sessions as they stand. Blocks. */
  public List<SessionSnapshot> views() {
    return ask(live.values(), Session::view);
  }

  /** The latest sessions that have ended, the last one first. */
  public List<SessionSnapshot> ended() {
    synchronized (ended) {
      return Stream.concat(ended.stream(), endedStrangers.stream())
          .map(EndedSession::session)
          .sorted(Comparator.comparing(SessionRegistry::endTime).reversed())
          .toList();
    }
  }

  private static Instant endTime(SessionSnapshot session) {
    return session.end().map(SessionSnapshot.End::time).orElse(Instant.MAX);
  }

  /** A live session, or one of the latest, with its turns. Blocks. */
  public Optional<SessionDetail> find(String id) {
    return Optional.ofNullable(live.get(id))
        .flatMap(session -> ask(List.of(session), Session::detail).stream().findFirst())
        .or(() -> findEnded(id));
  }

  private Optional<SessionDetail> findEnded(String id) {
    synchronized (ended) {
      return Stream.concat(ended.stream(), endedStrangers.stream())
          .filter(session -> session.session().id().equals(id))
          .findFirst()
          .map(EndedSession::detail);
    }
  }

  /** What {@code question} says of each session, asked on its event loop. */
  private static <T> List<T> ask(Collection<Session> sessions, Function<Session, T> question) {
    Map<EventLoop, List<Session>> byLoop = new HashMap<>();
    sessions.forEach(session ->
        byLoop.computeIfAbsent(session.eventLoop(), any -> new ArrayList<>()).add(session));
    List<Future<List<T>>> answers = new ArrayList<>();
    byLoop.forEach((loop, own) -> {
      for (int from = 0; from < own.size(); from += AT_ONCE) {
        List<Session> some = own.subList(from, Math.min(own.size(), from + AT_ONCE));
        try {
          answers.add(loop.submit(() -> some.stream().map(question).toList()));
        } catch (RejectedExecutionException stopped) {
          // The gateway has stopped, and its sessions with it.
        }
      }
    });
    return answers.stream().map(SessionRegistry::await).flatMap(List::stream).toList();
  }

  private static <T> List<T> await(Future<List<T>> answer) {
    try {
      return answer.get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return List.of();
    } catch (TimeoutException busy) {
      return List.of();
    } catch (ExecutionException defect) {
      throw new IllegalStateException(defect.getCause());
    }
  }
}
