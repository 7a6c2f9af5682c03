package io.donna.gateway.conformance;

import io.donna.gateway.websocket.Role;

/** Who talks to the gateway: a client, to which it is the server, or an upstream. */
enum Side {
  CLIENT(Role.SERVER),
  UPSTREAM(Role.CLIENT);

  private final Role gateway;

  Side(Role gateway) {
    this.gateway = gateway;
  }

  /** What the gateway is towards this side. */
  Role gateway() {
    return gateway;
  }
}
