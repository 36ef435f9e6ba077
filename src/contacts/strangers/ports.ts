import type { CryptoSuite } from "../../crypto/index.ts";
import type { PersonId } from "../../identity/index.ts";
import type { Clock, Log, Random, RecordStore } from "../../ports/index.ts";
import type { ContactsError } from "../errors.ts";
import type { Verdict } from "./protocol.ts";
import type { Introduced, Passage } from "./types.ts";

/** A contact as introductions need it. */
export interface Acquaintance {
  readonly keys: Introduced;
  /** What this person calls the contact. */
  readonly petname: string;
}

/** The contacts of this person: the edges over which introductions come and go. */
export interface EdgePeople {
  /** When the edge began, ms since 1970; undefined: no edge, as they are no met contact. */
  edgeSinceMs(person: PersonId): number | undefined;
  /** Whether they are a contact already, or blocked: no request of theirs is shown. */
  isSettled(person: PersonId): boolean;
  /** A met contact; undefined: there is none. */
  acquaintance(person: PersonId): Acquaintance | undefined;
  /** Takes somebody in whose request was accepted: they are asked with the request's token. */
  take(
    request: Passage,
    petname: string | undefined,
    done: (error: ContactsError | null) => void,
  ): void;
}

/** Where an introduction to somebody behind a tag goes next. */
export interface NextHop {
  readonly person: PersonId;
  /** Whether that is the one who is meant. */
  readonly isTarget: boolean;
}

/** Finds ways between people; without one this peer passes nothing on by itself. */
export interface Ways {
  /** @param from who brought it; never the next hop */
  nextFor(tag: Uint8Array, from: PersonId, introductionId: string): NextHop | undefined;
}

/** Which private groups two people share: the door of a common group. */
export interface GroupMates {
  /** The name of a group in which both this person and `person` are members now, or undefined. */
  groupName(groupId: Uint8Array, person: PersonId): string | undefined;
}

/** Refundable postage: bonds on trust lines. Without a ledger that door is closed. */
export interface Bonds {
  /** Holds a bond for a request; false: it is worth nothing here. */
  hold(bond: Uint8Array, from: PersonId, requestId: string): boolean;
  /** Gives it back, or keeps it where the request was unwanted. Repeated after a crash. */
  end(requestId: string, verdict: Verdict | "lapsed"): void;
}

/** What the room about strangers tells the one above; after persistence. */
export interface StrangersEvents {
  /** Requests in the tray, or introductions of one's own, are others now. */
  onRequestsChanged(): void;
}

/** What the room about strangers is made of. */
export interface StrangersOptions {
  /** Whose tray this is. */
  readonly personId: PersonId;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  readonly people: EdgePeople;
  readonly ways?: Ways | undefined;
  readonly groups?: GroupMates | undefined;
  readonly bonds?: Bonds | undefined;
  readonly events: StrangersEvents;
}
