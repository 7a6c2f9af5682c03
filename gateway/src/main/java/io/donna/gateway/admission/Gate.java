package io.donna.gateway.admission;

import io.donna.gateway.admission.AdmissionDecision.Granted;
import io.donna.gateway.admission.AdmissionDecision.Refused;
import io.donna.gateway.audit.MaskedAddress;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.config.ConnectionLimits;
import io.donna.gateway.config.RateLimit;
import io.donna.gateway.config.Settings;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

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
  private volatile boolean closing;

  /**
   * @param controls what operators change meanwhile
   */
  public Gate(Settings settings, Headroom headroom, SecurityLog log, Controls controls) {
    this.settings = settings;
    this.controls = controls;
    this.forwardedFor = new ForwardedFor(settings.trustedProxies());
    this.hosts = new Hosts(settings);
    this.origins = new Origins(settings.origins());
    this.requests = new AddressRates(this::rateLimit);
    this.upgrades = new AddressRates(this::rateLimit);
    this.headroom = headroom;
    this.connections = new Connections(this::connectionLimits);
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
      log.record(new SecurityEvent.RateLimitExceeded(client.masked(), question.path()));
      return new Refused(client, new AdmissionRefusal.RateExceeded(rate.rateLimit()));
    }
    return new Granted(client, Optional.of(rate.rateLimit()), Lease.NONE);
  }

  /** Decides about a WebSocket; the caller must release the granted lease when it closes. */
  public AdmissionDecision admitConnection(Question question) {
    ClientAddress client = client(question);
    MaskedAddress ip = client.masked();
    if (!isEnabled()) {
      log.record(new SecurityEvent.ConnectionBlockedFeatureDisabled(ip));
      return new Refused(client, new AdmissionRefusal.Disabled());
    }
    if (controls.addressBlocks().cover(client.address())) {
      log.record(new SecurityEvent.ConnectionBlockedAddress(ip));
      return new Refused(client, new AdmissionRefusal.AddressBlocked());
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
      log.record(new SecurityEvent.ConnectionBlockedRateLimit(ip));
      return new Refused(client, new AdmissionRefusal.RateExceeded(rate.rateLimit()));
    }
    if (isClosing() || isShortOfMemory()) {
      log.record(new SecurityEvent.ConnectionBlockedCapacity(ip));
      return new Refused(client, new AdmissionRefusal.Full());
    }
    return switch (connections.take(client.limitKey(), mustAuthenticate)) {
      case Connections.Answer.Place(Lease lease) ->
          new Granted(client, Optional.of(rate.rateLimit()), lease);
      case Connections.Answer.AddressFull(int current) -> {
        int allowed = connections.allowedPerAddress();
        log.record(new SecurityEvent.ConnectionBlockedConnectionLimit(ip, current, allowed));
        yield new Refused(client, new AdmissionRefusal.TooManyConnections(current, allowed));
      }
      case Connections.Answer.GatewayFull() -> {
        log.record(new SecurityEvent.ConnectionBlockedCapacity(ip));
        yield new Refused(client, new AdmissionRefusal.Full());
      }
    };
  }

  /** Who asks, as far as trusted proxies say. */
  public ClientAddress client(Question question) {
    return new ClientAddress(
        forwardedFor.client(question.peer(), question.xForwardedFor(), question.forwarded()));
  }
}
