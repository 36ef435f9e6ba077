import type { PeerId, PersonId } from "../identity/index.ts";
import type { Exchange } from "./exchange.ts";
import type { Group } from "./group.ts";

/** How an exchange ended. */
export type ExchangeEnd = "idle" | "refused" | "failed";

/** What an exchange asks of the room. */
export interface ExchangeHost {
  /** The group that a hello means, or undefined. */
  groupOf(tag: Uint8Array, nonce: Uint8Array, from: PeerId): Group | undefined;
  /** Called when both know of the group and each other; false: another exchange goes before. */
  opened(exchange: Exchange): boolean;
  /** Operations have arrived. @throws GroupsError("gap"), and whatever no honest peer causes */
  arrived(exchange: Exchange, ops: readonly Uint8Array[]): void;
  leasesArrived(exchange: Exchange, leases: readonly Uint8Array[]): void;
  /** A contact says that they have added this person to a group. */
  offered(exchange: Exchange, link: string): void;
  /** The link to give to somebody who was added and does not know it; undefined gives nothing. */
  offerFor(group: Group, person: PersonId): string | undefined;
  /** Called once, last. */
  over(exchange: Exchange, end: ExchangeEnd): void;
}

/** With whom, and from which side. */
export interface ExchangeWho {
  readonly peer: PeerId;
  readonly person: PersonId;
  /** What the opener is about; undefined on the other side until the hello. */
  readonly group: Group | undefined;
}
