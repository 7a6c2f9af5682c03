package io.donna.simulator.protocol;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * What the server provides to a session.
 *
 * @param pace its timers, on its event loop
 * @param limit the time after which the session must end
 * @param journal receives a line for each turn
 */
public record SessionContext(Outlet outlet, Pace pace, Duration limit, Consumer<String> journal) {}
