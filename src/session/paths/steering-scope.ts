import type { PeerId } from "../../identity/index.ts";
import type { Random } from "../../ports/index.ts";
import type { PathPort } from "../../routing/index.ts";
import type { SessionHost } from "../session-host.ts";
import type { SessionPath } from "./session-path.ts";
import type { SteeringHost } from "./steering-types.ts";

/** What steering asks of its session itself. */
export interface SteeredSession {
  readonly peer: { readonly id: PeerId };
  readonly isInitiator: boolean;
  onWork(): void;
  onSwitched(path: SessionPath, hasFailed: boolean): void;
  ping(): void;
}

/** A session and its manager as steering sees them. */
export class SteeringScope implements SteeringHost {
  readonly selfId: PeerId;
  readonly peerId: PeerId;
  readonly paths: PathPort | undefined;
  readonly random: Random;
  readonly isThrifty: boolean;
  readonly isInitiator: boolean;
  readonly #session: SteeredSession;
  readonly #host: SessionHost;

  constructor(session: SteeredSession, host: SessionHost) {
    this.selfId = host.selfId;
    this.peerId = session.peer.id;
    this.paths = host.paths;
    this.random = host.random;
    this.isThrifty = host.isThrifty;
    this.isInitiator = session.isInitiator;
    this.#session = session;
    this.#host = host;
  }

  nowMs(): number {
    return this.#host.nowMs();
  }

  packetBytesMax(): number {
    return this.#host.packetBytesMax();
  }

  ordinaryHops(): number | undefined {
    return this.#host.ordinaryWay(this.peerId)?.hops;
  }

  ordinaryFirstHop(): PeerId | undefined {
    return this.#host.ordinaryWay(this.peerId)?.nextHop;
  }

  hasOrdinaryWay(): boolean {
    return this.#host.hasOrdinaryWay(this.peerId);
  }

  isTrusted(): boolean {
    return this.#host.isTrusted(this.peerId);
  }

  onWork(): void {
    this.#session.onWork();
  }

  onSwitched(path: SessionPath, hasFailed: boolean): void {
    this.#session.onSwitched(path, hasFailed);
  }

  ping(): void {
    this.#session.ping();
  }
}
