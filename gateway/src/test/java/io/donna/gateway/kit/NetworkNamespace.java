package io.donna.gateway.kit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;

/**
 * A network of the test's own, one cable away from this machine's. Only root may have one, and not
 * everywhere; elsewhere the test is skipped, as {@link FaultProxy} shows the same.
 */
public final class NetworkNamespace implements AutoCloseable {
  private static final String OUTSIDE = "192.0.2.241";
  private static final String INSIDE = "192.0.2.242";

  private final String name;
  private final String cable;

  private NetworkNamespace(String name) {
    this.name = name;
    this.cable = name + "o";
  }

  public static NetworkNamespace create() {
    assumeTrue(System.getProperty("user.name").equals("root"), "only root makes networks");
    assumeTrue(Tools.isThere("ip"), "ip (iproute2) is not on PATH");
    NetworkNamespace made = new NetworkNamespace("dn" + ProcessHandle.current().pid() % 1_000_000);
    String far = made.name + "i";
    boolean whole =
        made.ip("netns", "add", made.name)
            && made.ip("link", "add", made.cable, "type", "veth", "peer", far, "netns", made.name)
            && made.ip("addr", "add", OUTSIDE + "/30", "dev", made.cable)
            && made.plugTheCableIn()
            && made.ip("-n", made.name, "addr", "add", INSIDE + "/30", "dev", far)
            && made.ip("-n", made.name, "link", "set", far, "up")
            && made.ip("-n", made.name, "link", "set", "lo", "up");
    if (!whole) {
      made.close();
    }
    assumeTrue(whole, "this machine makes no networks");
    return made;
  }

  /** This machine's address on the cable. */
  public String outside() {
    return OUTSIDE;
  }

  /** The address in the network. */
  public String inside() {
    return INSIDE;
  }

  /** From now on nothing arrives either way, and nobody is told. */
  public void pullTheCable() {
    if (!ip("link", "set", cable, "down")) {
      throw new AssertionError("the cable is stuck");
    }
  }

  public boolean plugTheCableIn() {
    return ip("link", "set", cable, "up");
  }

  /** What goes before a command that is to run in the network. */
  List<String> enter() {
    return List.of("ip", "netns", "exec", name);
  }

  private boolean ip(String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = "ip";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return Tools.run(Path.of("."), "", command).status() == 0;
  }

  @Override
  public void close() {
    ip("netns", "del", name); // and the cable with it
  }
}
