import type { PeerId } from "../identity/index.ts";
import type { Log, Random } from "../ports/index.ts";
import type { PathPort, RouteInfo } from "../routing/index.ts";
import type { Tickets } from "./early.ts";
import type { HeldMemory } from "./held-memory.ts";
import type { KeyLimits } from "./key-phase.ts";
import type { PacketBuffer } from "./packet-buffer.ts";
import type { SteeringStart } from "./paths/steering-types.ts";
import type { Way } from "./paths/ways.ts";
import type { Session } from "./session.ts";
import type { SessionStream } from "./stream.ts";

/** How a session begins. */
export interface SessionStart {
  readonly localIndex: number;
  /** Whether this side began; the other side's session waits to be confirmed. */
  readonly initiator: boolean;
  readonly nowMs: number;
  /** First packet number to use. */
  readonly firstNumber?: number;
  readonly start?: SteeringStart;
}

/** What a session needs of its manager. */
export interface SessionHost {
  readonly log: Log;
  readonly selfId: PeerId;
  /** A buffer shared by all sessions, free at every call. */
  readonly buffer: PacketBuffer;
  /** Memory for what comes out of order, shared by all sessions. */
  readonly held: HeldMemory;
  /** Undefined where packets can only go the ordinary way. */
  readonly paths: PathPort | undefined;
  readonly random: Random;
  /** Whether every byte counts. */
  readonly isThrifty: boolean;
  readonly keyLimits: KeyLimits;
  /** Tickets for early data, of and for all peers. */
  readonly tickets: Tickets;
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Largest packet that the ordinary way takes now, in bytes. */
  packetBytesMax(): number;
  /** Largest packet that routing takes and links cut into pieces, in bytes. */
  packetBytesCeiling(): number;
  /** Sends a packet by a way. False: it did not leave. */
  transmit(to: PeerId, packet: Uint8Array, way: Way): boolean;
  /** The ordinary way to a peer; undefined where it is not in the vicinity. */
  ordinaryWay(to: PeerId): Pick<RouteInfo, "nextHop" | "hops"> | undefined;
  /** Whether routing knows how to reach a peer by itself, in the vicinity or beyond. */
  hasOrdinaryWay(to: PeerId): boolean;

  /** Whether a peer is one of a contact. */
  isTrusted(peer: PeerId): boolean;
  /** Something of a stream has come, or has arrived: who uses streams may have something to do. */
  onStreams(): void;
  /** The session has something to send or a nearer deadline. */
  onWork(session: Session): void;
  /** The other side has proved to hold the keys. */
  onConfirmed(session: Session): void;
  /** One that was in doubt is heard again. */
  onHeardAgain(session: Session): void;
  /** Probes go unanswered, or the key is nearly used up: a successor is needed. */
  onDoubt(session: Session): void;
  onDead(session: Session): void;
  makeStream(session: Session): SessionStream;
  offer(session: Session, stream: SessionStream): void;
  onDatagram(session: Session, serviceId: number, bytes: Uint8Array): void;
}
