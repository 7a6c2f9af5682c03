package io.donna.gateway.admission;

import io.donna.gateway.admission.AdmissionDecision.Awaited;
import io.donna.gateway.admission.AdmissionDecision.Decided;
import io.donna.gateway.admission.AdmissionDecision.Granted;
import io.donna.gateway.admission.AdmissionDecision.Refused;
import io.donna.gateway.audit.MaskedAddress;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.cluster.Claim;
import io.donna.gateway.cluster.ClaimAnswer;
import io.donna.gateway.cluster.Cluster;
import io.donna.gateway.config.ConnectionLimits;
import io.donna.gateway.config.RateLimit;
import io.donna.gateway.config.Settings;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Decides admission, in the order of the contract: flag, blocks, host and origin, rate,
 * connections. Logs every refusal. Safe from any thread.
 */
public final class Gate {
  /**
   * The facts about a request that admission depends on.
   *
   * @param peer the other end of the TCP connection
   * @param host the requested host
   * @param path without the query, which may contain a credential
   */
  public record Question(
      InetAddress peer,
      List<String> xForwardedFor,
      List<String> forwarded,
      Optional<String> origin,
      Optional<String> host,
      String path) {
    /** The same of a file that any page may ask for. */
    public Question withoutOrigin() {
      return new Question(peer, xForwardedFor, forwarded, Optional.empty(), host, path);
    }
  }

  private final Settings settings;
  private final Controls controls;
  private final ForwardedFor forwardedFor;
  private final Hosts hosts;
  private final Origins origins;
  private final AddressRates requests;
  private final AddressRates upgrades;
  private final Connections connections;
  private final boolean mustAuthenticate;
  private final Headroom headroom;
  private final SecurityLog log;
  private final Cluster cluster;
  private volatile boolean closing;

  /**
   * @param controls what operators change meanwhile
   */
  public Gate(
      Settings settings, Headroom headroom, SecurityLog log, Controls controls, Cluster cluster) {
    this.cluster = cluster;
    this.settings = settings;
    this.controls = controls;
    this.forwardedFor = new ForwardedFor(settings.trustedProxies());
    this.hosts = new Hosts(settings);
    this.origins = new Origins(settings.origins());
    this.requests = new AddressRates(this::rateLimitHere);
    this.upgrades = new AddressRates(this::rateLimitHere);
    this.headroom = headroom;
    this.connections = new Connections(this::connectionLimits, cluster);
    this.mustAuthenticate = settings.auth().isRequired();
    this.log = log;
  }

  public Connections connections() {
    return connections;
  }

  /** Whether memory is short, so that nothing should start that needs more. */
  public boolean isShortOfMemory() {
    return headroom.isShortOfMemory(connections.total());
  }

  /** Whether there is no room for another connection beside the open ones and {@code more}. */
  public boolean isShort(int more) {
    int sessions = connections.total() + more;
    return sessions >= headroom.sessions() || headroom.isShortOfMemory(sessions);
  }

  /** Whether the settings and operators have the proxy on. */
  public boolean isEnabled() {
    return settings.enabled() && !controls.isSwitchedOff();
  }

  /** The effective rate limit. */
  public RateLimit rateLimit() {
    return controls.of(settings.rateLimit());
  }

  /** What this replica may grant of it by itself. */
  private RateLimit rateLimitHere() {
    RateLimit limit = rateLimit();
    return cluster.isAnswering()
        ? limit
        : limit.withRequests((int) cluster.share(limit.requests()));
  }

  /** The name of an address in the cluster. */
  static String owner(InetAddress limitKey) {
    return "address " + limitKey.getHostAddress();
  }

  /** The effective connection limits. */
  public ConnectionLimits connectionLimits() {
    return controls.of(settings.connections()).within(headroom.sessions());
  }

  /** Refuses all connections from now on. */
  public void close() {
    closing = true;
  }

  /** Whether new connections are refused: for good, or while an operator drains the gateway. */
  public boolean isClosing() {
    return closing || controls.isDraining();
  }

  /** Whether {@code peer} is a trusted proxy, so that its {@code X-Forwarded-Proto} counts. */
  public boolean trusts(InetAddress peer) {
    return forwardedFor.trusts(peer);
  }

  /**
   * Decides about a plain HTTP request.
   *
   * @param behindFlag whether the route is unavailable while the proxy is disabled
   * @param limited whether it counts against the rate limit
   */
  public AdmissionDecision admitRequest(Question question, boolean behindFlag, boolean limited) {
    ClientAddress client = client(question);
    if (behindFlag && !isEnabled()) {
      return new Refused(client, new AdmissionRefusal.Disabled());
    }
    if (limited && controls.addressBlocks().cover(client.address())) {
      log.record(new SecurityEvent.BlockedAddress(client.masked(), question.path()));
      return new Refused(client, new AdmissionRefusal.AddressBlocked());
    }
    if (limited && !hosts.allow(question.host())) {
      String host = question.host().orElse("");
      log.record(new SecurityEvent.BlockedInvalidHost(client.masked(), host, question.path()));
      return new Refused(client, new AdmissionRefusal.HostNotAllowed(host));
    }
    if (!origins.allow(question.origin())) {
      String origin = question.origin().orElse("");
      log.record(new SecurityEvent.BlockedInvalidOrigin(client.masked(), origin, question.path()));
      return new Refused(client, new AdmissionRefusal.OriginNotAllowed(origin));
    }
    if (!limited) {
      return new Granted(client, Optional.empty(), Lease.NONE);
    }
    AddressRates.Decision rate = requests.ask(client.limitKey());
    if (!rate.allowed()) {
      return requestRefused(client, question, rate.rateLimit());
    }
    Granted granted = new Granted(client, Optional.of(rate.rateLimit()), Lease.NONE);
    if (!cluster.isShared()) {
      return granted;
    }
    Claim claim =
        new Claim(
            owner(client.limitKey()),
            Optional.of(claimOf("request", rate.rateLimit())),
            Optional.empty());
    return new Awaited(
        cluster
            .ask(claim)
            .thenApply(answer ->
                switch (answer) {
                  case ClaimAnswer.Granted(int used, Duration left) ->
                      granted.withRateLimit(learnt(requests, client, rate.rateLimit(), used, left));
                  case ClaimAnswer.RateUsedUp(Duration left) ->
                      requestRefused(
                          client, question, usedUp(requests, client, rate.rateLimit(), left));
                  case ClaimAnswer.PlacesTaken _ ->
                      throw new IllegalStateException("no place was claimed");
                  case ClaimAnswer.Unanswered _ -> new Refused(client, new AdmissionRefusal.Full());
                }));
  }

  private Refused requestRefused(ClientAddress client, Question question, RateLimitStatus rate) {
    log.record(new SecurityEvent.RateLimitExceeded(client.masked(), question.path()));
    return new Refused(client, new AdmissionRefusal.RateExceeded(rate));
  }

  private Claim.Rate claimOf(String kind, RateLimitStatus here) {
    RateLimit limit = rateLimit();
    return new Claim.Rate(
        kind, limit.requests(), limit.window(), here.limit() - here.remaining(), here.reset());
  }

  /** The state of an address's rate on all replicas together, which this one takes over. */
  private static RateLimitStatus learnt(
      AddressRates rates, ClientAddress client, RateLimitStatus here, int used, Duration left) {
    rates.learn(client.limitKey(), used, left);
    return new RateLimitStatus(here.limit(), Math.max(0, here.limit() - used), left);
  }

  private static RateLimitStatus usedUp(
      AddressRates rates, ClientAddress client, RateLimitStatus here, Duration left) {
    return learnt(rates, client, here, here.limit(), left);
  }

  /** Decides about a WebSocket; the caller must release the granted lease when it closes. */
  public AdmissionDecision admitConnection(Question question) {
    ClientAddress client = client(question);
    MaskedAddress ip = client.masked();
    Optional<Refused> kept = keptOut(client);
    if (kept.isPresent()) {
      return kept.get();
    }
    if (!hosts.allow(question.host())) {
      String host = question.host().orElse("");
      log.record(new SecurityEvent.ConnectionBlockedInvalidHost(ip, host));
      return new Refused(client, new AdmissionRefusal.HostNotAllowed(host));
    }
    if (!origins.allow(question.origin())) {
      String origin = question.origin().orElse("");
      log.record(new SecurityEvent.ConnectionBlockedInvalidOrigin(ip, origin));
      return new Refused(client, new AdmissionRefusal.OriginNotAllowed(origin));
    }
    AddressRates.Decision rate = upgrades.ask(client.limitKey());
    if (!rate.allowed()) {
      return connectionRefused(client, rate.rateLimit());
    }
    if (isClosing() || isShortOfMemory()) {
      return full(client);
    }
    return switch (connections.take(client.limitKey(), mustAuthenticate)) {
      case Connections.Answer.Place(Lease lease, int number) -> {
        Granted granted = new Granted(client, Optional.of(rate.rateLimit()), lease);
        yield cluster.isShared() ? new Awaited(claim(granted, rate.rateLimit(), number)) : granted;
      }
      case Connections.Answer.AddressFull(int current) -> addressFull(client, current);
      case Connections.Answer.GatewayFull() -> full(client);
    };
  }

  /** By what operators may change at any moment: the switch and blocks. */
  private Optional<Refused> keptOut(ClientAddress client) {
    if (!isEnabled()) {
      log.record(new SecurityEvent.ConnectionBlockedFeatureDisabled(client.masked()));
      return Optional.of(new Refused(client, new AdmissionRefusal.Disabled()));
    }
    if (controls.addressBlocks().cover(client.address())) {
      log.record(new SecurityEvent.ConnectionBlockedAddress(client.masked()));
      return Optional.of(new Refused(client, new AdmissionRefusal.AddressBlocked()));
    }
    return Optional.empty();
  }

  /**
   * Decides once more about a connection that is to become a session in the same task: whoever was
   * blocked while other replicas were asked is not among the sessions that the block has ended. The
   * lease of one that is refused is released.
   */
  public Decided confirm(Granted granted) {
    if (!cluster.isShared()) {
      return granted;
    }
    Decided decided =
        keptOut(granted.address())
            .<Decided>map(refused -> refused)
            .orElseGet(() -> isClosing() ? full(granted.address()) : granted);
    if (decided instanceof Refused) {
      granted.lease().release();
    }
    return decided;
  }

  /** Asks the other replicas for what this one has granted. */
  private CompletionStage<Decided> claim(Granted granted, RateLimitStatus here, int number) {
    ClientAddress client = granted.address();
    return connections
        .claim(client.limitKey(), number, claimOf("upgrade", here))
        .thenApply(answer -> {
          if (answer instanceof ClaimAnswer.Granted(int used, Duration left)) {
            return granted.withRateLimit(learnt(upgrades, client, here, used, left));
          }
          granted.lease().release();
          return switch (answer) {
            case ClaimAnswer.RateUsedUp(Duration left) ->
                connectionRefused(client, usedUp(upgrades, client, here, left));
            case ClaimAnswer.PlacesTaken(long taken) -> addressFull(client, (int) taken);
            case ClaimAnswer.Granted _, ClaimAnswer.Unanswered _ -> full(client);
          };
        });
  }

  private Refused connectionRefused(ClientAddress client, RateLimitStatus rate) {
    log.record(new SecurityEvent.ConnectionBlockedRateLimit(client.masked()));
    return new Refused(client, new AdmissionRefusal.RateExceeded(rate));
  }

  private Refused addressFull(ClientAddress client, int current) {
    int allowed = connections.allowedPerAddress();
    log.record(
        new SecurityEvent.ConnectionBlockedConnectionLimit(client.masked(), current, allowed));
    return new Refused(client, new AdmissionRefusal.TooManyConnections(current, allowed));
  }

  private Refused full(ClientAddress client) {
    log.record(new SecurityEvent.ConnectionBlockedCapacity(client.masked()));
    return new Refused(client, new AdmissionRefusal.Full());
  }

  /** Who asks, as far as trusted proxies say. */
  public ClientAddress client(Question question) {
    return new ClientAddress(
        forwardedFor.client(question.peer(), question.xForwardedFor(), question.forwarded()));
  }
}
