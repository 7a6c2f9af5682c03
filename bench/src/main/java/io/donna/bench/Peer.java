package io.donna.bench;

import java.util.Optional;

/**
 * A relay under test.
 *
 * @param token what a client authenticates with before the relay runs, where the peer asks for it
 */
record Peer(String name, int port, Child process, Optional<String> token) {}
