import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity, PeerId, PeerRecord } from "../identity/index.ts";
import type { Clock, Log, Random } from "../ports/index.ts";
import type { PathPort, RoutingPort } from "../routing/index.ts";
import type { KeyLimits } from "./key-phase.ts";

export type { PathInfo } from "./paths/steering-types.ts";

/** What the owner of a stream is told. Views are lent for the time of the call. */
export interface StreamEvents {
  /** Bytes in order. Call `stream.consume(n)` when they are dealt with; that reopens the window. */
  onData(bytes: Uint8Array): void;
  /** The other side has finished writing. */
  onEnd(): void;
  /** Everything written so far fits the window again after `write` had answered false. */
  onDrain(): void;
  /** The stream is over: normally, by reset, or because the session died. Called exactly once, last. */
  onClose(reason: StreamCloseReason): void;
}

/** Why a stream is over. */
export type StreamCloseReason = "done" | "reset" | "session-lost" | "refused";

/** A reliable, ordered, two-way byte stream inside a session. */
export interface Stream {
  readonly id: number;
  readonly peer: PeerId;
  /** The service name given at opening. */
  readonly service: string;
  /** Queues bytes (copied); false means: wait for onDrain before writing more. */
  write(bytes: Uint8Array): boolean;
  /** No more bytes from this side. */
  end(): void;
  /** Drops both directions at once. */
  reset(): void;
  /** Tells that `byteCount` received bytes are dealt with. */
  consume(byteCount: number): void;
  /** Bytes written but not yet acknowledged by the other side. */
  readonly unacknowledgedBytes: number;
}

/**
 * The beginning of a stream that may go along with the first message of a session: the answer then
 * comes one round trip earlier, where the peer was spoken to before. Only for what does no harm if
 * it is seen twice, and if whoever gets hold of the peer's key later can read it.
 */
export interface EarlyBytes {
  readonly bytes: Uint8Array;
  /** Whether the stream ends with them, as a question does. */
  readonly ends: boolean;
}

/** Accepts a stream that another peer opened; undefined refuses it. */
export type StreamAcceptor = (stream: Stream, from: PeerRecord) => StreamEvents | undefined;

/** Takes a datagram of a service; lent view. */
export type DatagramHandler = (from: PeerRecord, bytes: Uint8Array) => void;

/** What services use of the session room. Sessions come and go by themselves behind it. */
export interface SessionPort {
  /**
   * Opens a stream to a peer, setting up a session first where needed. Undefined: too many streams.
   * @param early how the stream begins, where that may go along with the first message of a session
   */
  openStream(
    to: PeerId,
    service: string,
    events: StreamEvents,
    early?: EarlyBytes,
  ): Stream | undefined;
  /**
   * Sends an unreliable datagram; sets up a session first where needed. False: dropped.
   * @param flowId datagrams of one number stay in order and share what others leave them; 0 by
   *   default
   */
  sendDatagram(to: PeerId, service: string, bytes: Uint8Array, flowId?: number): boolean;
  /** Whether it is of use to send further datagrams of a flow of which one was dropped. */
  hasDatagramRoom(to: PeerId, flowId?: number): boolean;
  /** Registers the acceptor of a service; one per name. */
  serve(service: string, acceptor: StreamAcceptor): void;
  /** Registers the datagram handler of a service; one per name. */
  serveDatagrams(service: string, handler: DatagramHandler): void;
  /** Smoothed round trip to a peer with a live session, in milliseconds. */
  roundTripMs(peer: PeerId): number | undefined;
}

/** What a session manager is made of. */
export interface SessionOptions {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly routing: RoutingPort;
  /** Explicit ways, mostly routing again; without them all packets go the ordinary way. */
  readonly paths?: PathPort;
  /** Whether a peer belongs to a contact, who may learn where in the mesh we are; nobody without. */
  readonly isTrusted?: (peer: PeerId) => boolean;
  /** Sessions with all peers together, `SESSIONS_MAX` where nothing is said. */
  readonly sessionsMax?: number;
  /** Bytes that came out of order, of all sessions together; `HELD_BYTES_MAX` where nothing is said. */
  readonly heldBytesMax?: number;
  /**
   * A peer to whom streams were lost answers again, in a new session or in one that was in doubt:
   * waits that its silence began are over. Told while a packet is read.
   */
  readonly onAnswers?: (peer: PeerId) => void;
  /** Whether every byte counts, as over radio: few probes, short sketches. */
  readonly isThrifty?: boolean;
  /** How much keys may be used, for tests; `KEY_LIMITS` where nothing is said. */
  readonly keyLimits?: KeyLimits;
}
