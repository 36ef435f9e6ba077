import type { PersonId } from "../../identity/index.ts";
import type { EdgeName } from "./ledger.ts";

/** The keys of somebody who is introduced, and what they call themselves. */
export interface Introduced {
  /** The person's Ed25519 public key, 32 bytes. */
  readonly signKey: Uint8Array;
  /** The person's X25519 public key, 32 bytes. */
  readonly dhKey: Uint8Array;
  /** Ed25519 public keys of devices, 32 bytes each, at least one. */
  readonly devices: readonly Uint8Array[];
  /** What the person calls itself, or empty; never to be shown without who says so. */
  readonly name: string;
}

/** How far an introduction has come on this peer. */
export type PassageStage =
  /** It is for this person and waits for its turn to be shown. */
  | "queued"
  /** It is shown in the tray. */
  | "shown"
  /** It has been passed on to a contact. */
  | "passed"
  /** It was declined: kept until it lapses, so that the other side cannot tell. */
  | "declined";

/** An introduction that came over an edge: one reserved credit, unless it is declined. */
export interface Passage {
  /** 32 hexadecimal digits, chosen by whoever began it. */
  readonly id: string;
  readonly edge: EdgeName;
  /** Who brought it: the last introducer, or the stranger where the edge is a group. */
  readonly from: PersonId;
  /** Wall-clock time at which it came. */
  readonly atMs: number;
  readonly person: Introduced;
  /** What the introducer calls the person; only where they know each other. */
  readonly calls: string | undefined;
  /** Introducers so far. */
  readonly hops: number;
  readonly text: string;
  /** Lets the two meet once both want to. */
  readonly token: Uint8Array;
  /** The group over which it came. */
  readonly group: string | undefined;
  readonly stage: PassageStage;
  /** The contact it was passed on to. */
  readonly next: PersonId | undefined;
  readonly shownAtMs: number | undefined;
}

/** A request from a stranger as people see it. */
export interface StrangerRequest {
  readonly id: string;
  readonly personId: PersonId;
  /** What they call themselves, or empty. */
  readonly name: string;
  /** The contact who introduced them, and what that contact calls them. */
  readonly by: PersonId | undefined;
  readonly calls: string | undefined;
  readonly group: string | undefined;
  /** Introducers in between. */
  readonly hops: number;
  readonly text: string;
  readonly atMs: number;
  /** When it lapses. */
  readonly endsAtMs: number;
}

/** How somebody answers a request. */
export type TrayAnswer = "accept" | "decline" | "unwanted";

/** How an introduction of one's own ended: nobody says who accepted and who declined. */
export type SentState = "waiting" | "delivered" | "not-unwanted" | "unwanted" | "refused";

/** An introduction that this person began: one for each of the two who are introduced. */
export interface Sent {
  readonly id: string;
  /** Who is to get it. */
  readonly to: PersonId;
  /** Who is introduced to them; oneself where this is a request of one's own. */
  readonly about: PersonId;
  readonly atMs: number;
  readonly state: SentState;
}
