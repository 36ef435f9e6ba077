/** Counts of what happened since the start. */
export interface HubCounters {
  packetsSent: number;
  bytesSent: number;
  packetsReceived: number;
  /** Packets that were malformed, forged, repeated or for a session not known. */
  packetsIgnored: number;
  handshakesBegun: number;
  handshakesAccepted: number;
  /** First messages left unanswered because too many came. */
  handshakesThrottled: number;
  hintsSent: number;
}

/** Counters at zero. */
export function newCounters(): HubCounters {
  return {
    packetsSent: 0,
    bytesSent: 0,
    packetsReceived: 0,
    packetsIgnored: 0,
    handshakesBegun: 0,
    handshakesAccepted: 0,
    handshakesThrottled: 0,
    hintsSent: 0,
  };
}
