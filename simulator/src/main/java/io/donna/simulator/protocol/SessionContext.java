package io.donna.simulator.protocol;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * What the server provides to a session.
 *
 * @param pace its timers, on its event loop
 * @param limit the time after which the session must end
 * @param script what the user says, one utterance after the other, because speech is not recognised
 * @param journal receives a line for each turn
 */
public record SessionContext(
    Outlet outlet,
    Pace pace,
    Ids ids,
    Duration limit,
    List<String> script,
    Consumer<String> journal) {}
