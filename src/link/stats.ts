/** What a link manager has done since it was made. Counters only grow; gauges are of now. */
export interface LinkStats {
  framesSent: number;
  framesReceived: number;
  bytesSent: number;
  bytesReceived: number;
  packetsSent: number;
  packetsReceived: number;
  controlSent: number;
  controlReceived: number;
  /** Control segments sent, repetitions included. */
  segmentsSent: number;
  handshakesBegun: number;
  handshakesAnswered: number;
  /** First messages passed over because of a limit. */
  handshakesRefused: number;
  handshakesDone: number;
  beaconsSent: number;
  beaconsReceived: number;
  /** Beacons whose signature was checked. */
  beaconsChecked: number;
  /** Hints of a transport that nothing listens at an endpoint; they may be forged. */
  unreachableHints: number;
  /** … passed over, because one had proved false lately. */
  unreachableRefused: number;
  /** Times a link became suspect. */
  suspicions: number;
  /** Requests sent for frames that a link has lost. */
  repeatsAsked: number;
  /** … not sent, because a queue stood on the way. */
  repairsLeft: number;
  /** Requests of neighbours passed over, because there were too many. */
  repeatsRefused: number;
  /** Frames repeated because a neighbour has asked for them. */
  framesRepeated: number;
  /** Probes left unanswered because a neighbour sent too many. */
  echoesRefused: number;
  /** Frames dropped: for an index that nobody has. */
  droppedUnknown: number;
  /** Frames dropped: number seen before, or too old. */
  droppedReplayed: number;
  /** Frames dropped: seal or signature broken. */
  droppedForged: number;
  /** Frames dropped: not of any known form. */
  droppedMalformed: number;
  /** Gauge: neighbours up. */
  neighbours: number;
  /** Gauge: links in use or spare. */
  links: number;
  /** Gauge: handshakes begun by this peer and by others. */
  halfOpen: number;
  /** Gauge: bytes of packets being put together. */
  reassemblyBytes: number;
  /** Gauge: memory for sent frames that neighbours may ask for again, in bytes. */
  keptBytes: number;
}

/** Counters at zero. */
export function newStats(): LinkStats {
  return {
    framesSent: 0,
    framesReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    packetsSent: 0,
    packetsReceived: 0,
    controlSent: 0,
    controlReceived: 0,
    segmentsSent: 0,
    handshakesBegun: 0,
    handshakesAnswered: 0,
    handshakesRefused: 0,
    handshakesDone: 0,
    beaconsSent: 0,
    beaconsReceived: 0,
    beaconsChecked: 0,
    unreachableHints: 0,
    unreachableRefused: 0,
    suspicions: 0,
    repeatsAsked: 0,
    repairsLeft: 0,
    repeatsRefused: 0,
    framesRepeated: 0,
    echoesRefused: 0,
    droppedUnknown: 0,
    droppedReplayed: 0,
    droppedForged: 0,
    droppedMalformed: 0,
    neighbours: 0,
    links: 0,
    halfOpen: 0,
    reassemblyBytes: 0,
    keptBytes: 0,
  };
}
