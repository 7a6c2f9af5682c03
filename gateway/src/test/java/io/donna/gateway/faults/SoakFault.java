package io.donna.gateway.faults;

/** What is done to a session of the soak. */
enum SoakFault {
  /** Nothing: both say all they have to say, and close. */
  NONE,

  // Faults that a session lives through: nothing may be lost.
  CLIENT_READS_LATE,
  UPSTREAM_READS_LATE,
  SENDS_IN_PIECES,

  // Ends in order: all that was sent before must arrive.
  CLIENT_CLOSES,
  UPSTREAM_CLOSES,
  UPSTREAM_BREAKS_PROTOCOL,

  // Ends out of order: what arrives is the beginning of what was sent.
  CLIENT_BREAKS_PROTOCOL,
  CLIENT_VANISHES,
  CLIENT_RESETS,
  CLIENT_LEAVES_A_RESPONSE,
  UPSTREAM_VANISHES,
  UPSTREAM_RESETS,
  UPSTREAM_REFUSES
}
