import type { PeerId } from "../../identity/index.ts";
import type { Random } from "../../ports/index.ts";
import type { Path, PathPort } from "../../routing/index.ts";
import type { SessionPath } from "./session-path.ts";

/** What a session's steering needs of the session. */
export interface SteeringHost {
  readonly selfId: PeerId;
  readonly peerId: PeerId;
  /** Undefined where packets can only go the ordinary way. */
  readonly paths: PathPort | undefined;
  readonly random: Random;
  readonly isThrifty: boolean;
  /** Whether this side began the session and leads where both could choose. */
  readonly isInitiator: boolean;
  nowMs(): number;
  /** Largest packet that the ordinary way takes now, in bytes. */
  packetBytesMax(): number;
  /** First hop of the ordinary way; undefined where the peer is not in the vicinity. */
  ordinaryFirstHop(): PeerId | undefined;
  /** Hops of the ordinary way; undefined where routing knows none. */
  ordinaryHops(): number | undefined;
  /** Whether routing knows how to reach the peer by itself, in the vicinity or beyond. */
  hasOrdinaryWay(): boolean;
  isTrusted(): boolean;
  onWork(): void;
  /** Packets go by another path from now on. @param hasFailed whether the old one let them down */
  onSwitched(path: SessionPath, hasFailed: boolean): void;
  /** Something that asks for an acknowledgement should go. */
  ping(): void;
}

/** How a session begins. */
export interface SteeringStart {
  /** The way on which the handshake's answer came, or to a responder its first message. */
  readonly back?: Path | undefined;
  /** Whether the ordinary way is not the one that worked. */
  readonly prefersBack?: boolean;
  /** Round trip to assume of paths not yet measured, in milliseconds; undefined where unknown. */
  readonly guessMs?: number | undefined;
}

/** One way of a session, for people. */
export interface PathInfo {
  readonly kind: "ordinary" | "explicit";
  /** The neighbour that packets go to first; undefined for an ordinary way out of the vicinity. */
  readonly firstHop: PeerId | undefined;
  /** Bytes of labels. */
  readonly labelBytes: number;
  /** Labels, one for each relay after the first hop's sender. */
  readonly labelCount: number;
  /** Undefined before the first measurement. */
  readonly roundTripMs: number | undefined;
  readonly acknowledgedBytes: number;
  readonly primary: boolean;
  readonly standby: boolean;
  /** Milliseconds since an authentic packet came by it; undefined where none has. */
  readonly lastHeardMs: number | undefined;
}
