package io.donna.gateway.admin;

import io.donna.gateway.admission.AddressBlocks;
import io.donna.gateway.admission.Controls;
import io.donna.gateway.auth.UserBlocks;
import io.donna.gateway.cluster.Cluster;
import io.donna.gateway.config.AddressRange;
import io.donna.gateway.edge.Gateway;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The blocks, revocations and the switch: puts each change into force, then keeps it in {@code
 * STATE_DIR}. A change that cannot be kept is in force all the same if it keeps somebody out, and
 * not made if it lets somebody in. Other replicas are told of each change before it is made. Safe
 * from any thread; changes block for a file and for them.
 */
public final class OperatorControls implements AutoCloseable {
  /** What came of a change. */
  enum Outcome {
    DONE,
    /** There is nothing of that id. */
    UNKNOWN,
    /** No more can be kept. */
    FULL,
    /** The change could not be written. */
    NOT_KEPT,
    /** The change could not be told to other replicas. */
    NOT_SHARED
  }

  /** The name by which replicas share the state. */
  private static final String DOCUMENT = "operators";

  /** So often others may be faster than this replica with a change of their own. */
  private static final int MOST_ATTEMPTS = 20;

  private static final long PATIENCE_SECONDS = 3;

  private static final Logger LOG = LoggerFactory.getLogger(OperatorControls.class);

  private static final int MOST_BLOCKS = AddressBlocks.MOST;
  static final int MOST_REVOCATIONS = 10_000;

  private final Controls controls;
  private final Optional<StateDirectory> directory;
  private final Clock clock;
  private final Lock lock = new ReentrantLock();
  private volatile KeptState state;

  /** The gateway of which there are several replicas; empty until then; guarded by the lock. */
  private Optional<Gateway> shared = Optional.empty();

  /** Null until there is a gateway; guarded by the lock. */
  private @Nullable SharedEnding ending;

  /** The version of the state that the replicas share, as far as it is known. */
  private long version;

  /** What was changed while the others could not be told, in order. */
  private final List<UnaryOperator<KeptState>> untold = new ArrayList<>();

  private OperatorControls(
      KeptState state, Optional<StateDirectory> directory, Controls controls, Clock clock) {
    this.state = state;
    this.directory = directory;
    this.controls = controls;
    this.clock = clock;
    apply(state);
  }

  /**
   * Reads what was kept and puts it into force, to be handed to a gateway that starts.
   *
   * @param folder {@code STATE_DIR}; empty: nothing outlives a restart
   * @throws IOException when what was kept cannot be read, or another gateway uses the folder
   */
  public static OperatorControls open(Optional<Path> folder, Clock clock) throws IOException {
    if (folder.isEmpty()) {
      return new OperatorControls(KeptState.EMPTY, Optional.empty(), new Controls(clock), clock);
    }
    StateDirectory directory = StateDirectory.open(folder.get());
    try {
      return new OperatorControls(
          directory.read(), Optional.of(directory), new Controls(clock), clock);
    } catch (IOException | RuntimeException damaged) {
      directory.close();
      throw damaged;
    }
  }

  /** What the gateway reads. */
  public Controls controls() {
    return controls;
  }

  /** Whether changes outlive a restart. */
  boolean areKept() {
    return directory.isPresent();
  }

  /** Whether changes are those of all replicas. */
  boolean areShared() {
    lock.lock();
    try {
      return shared.isPresent();
    } finally {
      lock.unlock();
    }
  }

  boolean isSwitchedOff() {
    return state.switchedOff();
  }

  /** The blocks in force, the oldest first. */
  List<Block> blocks() {
    return state.at(clock.instant()).blocks();
  }

  List<Revocation> revocations() {
    return state.revocations();
  }

  Outcome switchOff(boolean off) {
    return change(kept -> kept.withSwitchedOff(off), off);
  }

  /** A block that is not in force yet. */
  Block newBlock(Block.Target target, long seconds, String reason, String by) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    return new Block(newId(), target, now, now.plusSeconds(seconds), reason, by);
  }

  Outcome add(Block block) {
    return blocks().size() >= MOST_BLOCKS ? Outcome.FULL : change(kept -> kept.with(block), true);
  }

  Optional<Block> findBlock(String id) {
    return blocks().stream().filter(block -> block.id().equals(id)).findFirst();
  }

  Outcome removeBlock(String id) {
    return findBlock(id).isEmpty() ? Outcome.UNKNOWN : change(kept -> kept.withoutBlock(id), false);
  }

  /** A revocation that is not in force yet. */
  Revocation newRevocation(Revocation.Target target, String reason, String by) {
    return new Revocation(
        newId(), target, clock.instant().truncatedTo(ChronoUnit.SECONDS), reason, by);
  }

  Outcome add(Revocation revocation) {
    return revocations().size() >= MOST_REVOCATIONS
        ? Outcome.FULL
        : change(kept -> kept.with(revocation), true);
  }

  Optional<Revocation> findRevocation(String id) {
    return revocations().stream().filter(one -> one.id().equals(id)).findFirst();
  }

  Outcome removeRevocation(String id) {
    return findRevocation(id).isEmpty()
        ? Outcome.UNKNOWN
        : change(kept -> kept.withoutRevocation(id), false);
  }

  private static String newId() {
    return UUID.randomUUID().toString();
  }

  /**
   * Shares state and commands with other replicas from now on. What they have is put into force,
   * here too; if they have nothing, they get what is kept here.
   */
  public void share(Gateway gateway) {
    sharedEnding(gateway); // follows what is asked elsewhere, whether or not anybody asks here
    Cluster replicas = gateway.cluster();
    if (!replicas.isShared()) {
      return;
    }
    lock.lock();
    try {
      shared = Optional.of(gateway);
    } finally {
      lock.unlock();
    }
    replicas.follow(
        DOCUMENT, document -> Thread.startVirtualThread(() -> learn(document, gateway)));
  }

  /** What ends sessions of {@code gateway} and of other replicas. */
  SharedEnding sharedEnding(Gateway gateway) {
    lock.lock();
    try {
      SharedEnding known = ending;
      if (known == null) {
        known = new SharedEnding(gateway, clock);
        ending = known;
      }
      return known;
    } finally {
      lock.unlock();
    }
  }

  /** Another replica's operator has changed the state, or it has been lost. */
  private void learn(Cluster.Document document, Gateway gateway) {
    List<Block> added = List.of();
    lock.lock();
    try {
      Optional<KeptState> theirs = read(document);
      if (theirs.isEmpty()) {
        return;
      }
      KeptState before = state;
      boolean isOld = document.version() != 0 && document.version() <= version;
      boolean isLost = document.version() == 0 && (version != 0 || !before.equals(KeptState.EMPTY));
      if (!isOld) {
        version = document.version();
        adopt(isLost ? before : withUntold(theirs.get()));
      }
      if (isLost || !untold.isEmpty()) {
        publish(kept -> isLost ? kept.or(before) : kept);
      }
      added = state.blocks().stream().filter(block -> !before.blocks().contains(block)).toList();
    } finally {
      lock.unlock();
    }
    added.forEach(block -> gateway.endSessions(block.target().selector(), block.reason()));
  }

  private static Optional<KeptState> read(Cluster.Document document) {
    if (document.version() == 0) {
      return Optional.of(KeptState.EMPTY);
    }
    Optional<KeptState> read = KeptState.read(document.text().getBytes(StandardCharsets.UTF_8));
    if (read.isEmpty()) {
      LOG.error("what other replicas say of blocks and revocations cannot be read: ignored");
    }
    return read;
  }

  private KeptState withUntold(KeptState told) {
    KeptState all = told;
    for (UnaryOperator<KeptState> change : untold) {
      all = all.or(change.apply(all));
    }
    return all;
  }

  private void adopt(KeptState next) {
    if (!next.equals(state)) {
      state = next;
      apply(next);
      write(next);
    }
  }

  /**
   * Makes a change on top of what the replicas have and of what they could not be told, and puts
   * the result into force. Nothing of theirs is taken over unless the change is made.
   *
   * @return the result; empty if the others could not be told
   */
  private Optional<KeptState> publish(UnaryOperator<KeptState> change) {
    KeptState told = state;
    long known = version;
    boolean isLost = false;
    for (int i = 0; i < MOST_ATTEMPTS; i++) {
      KeptState next = change.apply(withUntold(told).at(clock.instant()));
      String text = new String(next.write(), StandardCharsets.UTF_8);
      Optional<Cluster.Document> now = replace(known, text);
      if (now.isEmpty()) {
        return Optional.empty();
      }
      known = now.get().version();
      if (now.get().text().equals(text)) {
        version = known;
        untold.clear();
        endSessionsOf(told.blocks());
        adopt(next);
        return Optional.of(next);
      }
      Optional<KeptState> theirs = read(now.get()); // another was faster, or Redis has lost it
      if (theirs.isEmpty()) {
        return Optional.empty();
      }
      isLost |= known < version;
      told = isLost ? theirs.get().or(state) : theirs.get();
    }
    return Optional.empty();
  }

  /** Ends the sessions that others have blocked and this replica has not heard of. */
  private void endSessionsOf(List<Block> blocks) {
    List<Block> added = blocks.stream().filter(block -> !state.blocks().contains(block)).toList();
    if (!added.isEmpty()) {
      Gateway gateway = shared.orElseThrow();
      Thread.startVirtualThread(() ->
          added.forEach(block -> gateway.endSessions(block.target().selector(), block.reason())));
    }
  }

  private Optional<Cluster.Document> replace(long known, String text) {
    try {
      return shared
          .orElseThrow()
          .cluster()
          .replace(DOCUMENT, known, text)
          .toCompletableFuture()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } catch (ExecutionException | TimeoutException unanswered) {
      return Optional.empty();
    }
  }

  /**
   * @param restricts whether the change keeps somebody out, so that it must be in force even if it
   *     cannot be kept
   */
  private Outcome change(UnaryOperator<KeptState> change, boolean restricts) {
    lock.lock();
    try {
      if (shared.isPresent()) {
        if (publish(change).isPresent()) {
          return Outcome.DONE;
        }
        if (restricts) {
          untold.add(change);
          adopt(change.apply(state.at(clock.instant())));
        }
        return Outcome.NOT_SHARED;
      }
      KeptState next = change.apply(state.at(clock.instant()));
      boolean written = write(next);
      if (written || restricts) {
        state = next;
        apply(next);
      }
      return written ? Outcome.DONE : Outcome.NOT_KEPT;
    } finally {
      lock.unlock();
    }
  }

  private boolean write(KeptState next) {
    if (directory.isEmpty()) {
      return true;
    }
    try {
      directory.get().write(next);
      return true;
    } catch (IOException unwritable) {
      LOG.error("STATE_DIR cannot be written: {}", unwritable.getMessage());
      return false;
    }
  }

  private void apply(KeptState now) {
    List<AddressBlocks.Block> ranges = new ArrayList<>();
    Map<String, Instant> users = new HashMap<>();
    for (Block block : now.blocks()) {
      switch (block.target()) {
        case Block.Target.OfRange(AddressRange range) ->
            ranges.add(new AddressBlocks.Block(range, block.until()));
        case Block.Target.OfUser(String user) ->
            users.merge(user, block.until(), OperatorControls::later);
      }
    }
    Set<String> tokens = new HashSet<>();
    Map<String, Instant> revoked = new HashMap<>();
    for (Revocation revocation : now.revocations()) {
      switch (revocation.target()) {
        case Revocation.Target.OfToken(String jti) -> tokens.add(jti);
        case Revocation.Target.OfUser(String user, Optional<Instant> before) ->
            revoked.merge(user, before.orElse(Instant.MAX), OperatorControls::later);
      }
    }
    controls.switchOff(now.switchedOff());
    controls.addressBlocks().replace(ranges);
    controls.revocations().replaceOfOperators(tokens, revoked);
    controls.revocations().block(new UserBlocks(users, clock));
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  @Override
  public void close() {
    try {
      if (directory.isPresent()) {
        directory.get().close();
      }
    } catch (IOException unimportant) {
      LOG.debug("the lock of STATE_DIR was not released", unimportant);
    }
  }
}
