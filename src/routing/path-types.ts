import type { PeerId, PeerRecord } from "../identity/index.ts";

/**
 * An explicit way through the mesh: the neighbour to begin with, then one label for each relay on
 * the way. A label is a relay's own number of one of its neighbours, 1 or 2 bytes (see
 * `paths/labels.ts`); relays keep no state for it. Lent views must be copied to be kept.
 */
export interface Path {
  readonly firstHop: PeerId;
  /** Labels of the relays behind the first hop's sender, in the order they are used. */
  readonly labels: Uint8Array;
}

/** What explicit ways are used for: sessions that steer their own packets. */
export interface PathPort {
  /** Sends along an explicit way to its end. False: the first hop is gone or the labels too many. */
  sendAlong(path: Path, to: PeerId, payload: Uint8Array): boolean;
  /** Sends the ordinary way, and has every hop recorded so that the receiver gets the way back. */
  sendRecorded(to: PeerId, payload: Uint8Array): boolean;
  /**
   * Sends the ordinary way to `waypoint`, and from there the ordinary way to `to`; recorded.
   * False: no way to the waypoint.
   */
  sendVia(waypoint: PeerId, to: PeerId, payload: Uint8Array): boolean;
  /** The same, but the first hop is chosen here. False: that neighbour is not up. */
  sendFirst(firstHop: PeerId, to: PeerId, payload: Uint8Array): boolean;
  /**
   * Measures the way to a peer in reach: it echoes, over the recorded way back. Answers once: the
   * explicit way from here to there, the one from there to here as the far peer recorded it, and
   * the round trip; undefined where no echo came in `ECHO_TIMEOUT_MS`, or longer where the way is slow.
   */
  echo(to: PeerId, done: (answer: EchoAnswer | undefined) => void): void;
  /** Looks a peer up that is not in the vicinity. Answers once; on success `send` reaches it. */
  locate(to: PeerId, done: (record: PeerRecord | undefined) => void): void;
  /**
   * Whether a peer is in the vicinity, so that the ordinary way is a shortest one. Landmarks are in
   * the table as well, but not all on the way need have them, so theirs may be longer.
   */
  isNear(to: PeerId): boolean;
  /**
   * A salted sketch of the vicinity for the other end of a session, nearest first, at most
   * `peersMax` peers of 9 bytes each: 8 bytes of SHA-256(salt, id), one byte of quantised metric.
   */
  sketch(salt: Uint8Array, peersMax: number): Uint8Array;
  /**
   * The best common peers of a sketch received (made with `salt`) and our own vicinity, by sum of
   * both distances, at most `peersMax`. This peer itself and the sender may be among them.
   */
  meetings(salt: Uint8Array, sketch: Uint8Array, peersMax: number): readonly Meeting[];
  /** Neighbours that are up, usable as first hops, best score first. */
  firstHops(): readonly PeerId[];
  /**
   * Peers of the vicinity that are good waypoints, spread over first hops, best score first. Those
   * behind the usual first hop to `to`, where it is given, come last.
   */
  waypoints(peersMax: number, to?: PeerId): readonly PeerId[];
  /**
   * What sessions found out about a first hop or a waypoint: whether packets by it were
   * acknowledged. For a peer that was located it may also be that peer itself: false then makes
   * the next packet to it take another of its landmarks.
   */
  report(peer: PeerId, acknowledged: boolean): void;
}

/** The answer to an echo. */
export interface EchoAnswer {
  /** From here to the far peer. */
  readonly there: Path;
  /** Labels from the far peer back to here, its own first hop among them as first label. */
  readonly backLabels: Uint8Array;
  readonly roundTripMs: number;
}

/** A peer that both ends of a session have in their vicinity. */
export interface Meeting {
  readonly peer: PeerId;
  /** Sum of both metrics, the far one as quantised in the sketch. */
  readonly metric: number;
}
