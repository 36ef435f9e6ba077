import type { PersonId } from "../../identity/index.ts";
import type { Currency } from "../currency/definition.ts";

/** A community, 32 hexadecimal digits: the first half of the id of its first rules. It is the id of its own account, too. */
export type CommunityId = string;

/** The id of rules, an entry or an act: 64 hexadecimal digits. */
export type FactId = string;

/** An account: a member's person id, or the community's own id. */
export type AccountId = string;

/** Somebody who signs for the community, with one device. */
export interface Seat {
  readonly person: PersonId;
  /** The device's Ed25519 key, 32 bytes. */
  readonly key: Uint8Array;
  /** The device's certificate. */
  readonly proof: Uint8Array;
}

/** Somebody who may let payments go on where too few stewards are in reach. */
export interface Teller extends Seat {
  /** The most of what they have let go on and the log has not taken in yet. */
  readonly exposure: number;
  /** The same of one member's payments. */
  readonly perMember: number;
}

/** What a community decides for itself. */
export interface RuleTerms {
  /** Stewards who sign together: more than half of them. */
  readonly need: number;
  readonly seats: readonly Seat[];
  readonly tellers: readonly Teller[];
  /** Whether every member of the group has an account by asking, or stewards look at each of them. */
  readonly admission: "group" | "stewards";
  /** How far below zero a member may be. */
  readonly creditLimit: number;
  /** How far below zero a member is warned; at most the credit limit. */
  readonly softLimit: number;
  /** Members who have another credit limit. */
  readonly exceptions: readonly { readonly person: PersonId; readonly limit: number }[];
  /** Millionths of each payment that its payer gives to the community besides, rounded down. */
  readonly levyPpm: number;
  /** Millionths of what is above `demurrageFree` that go to the community a day, rounded down. */
  readonly demurragePpm: number;
  readonly demurrageFree: number;
  /** Who sees everybody's balance and payments; members always see their own. */
  readonly visibility: "members" | "stewards";
  /** Who bears what a member owes and never gives: shown before stewards write it off. */
  readonly bearer: "community" | "teller";
}

/** One version of a community's rules. */
export interface Rules extends RuleTerms {
  readonly id: FactId;
  readonly community: CommunityId;
  /** 1 for the first. */
  readonly number: number;
  /** The rules before; "" for the first. */
  readonly base: FactId;
  readonly currency: Currency;
  /** The group whose members it is for. */
  readonly group: string;
  /** Seconds since 1970 by the proposer's clock. */
  readonly madeAtS: number;
  readonly content: Uint8Array;
}

/** What an entry of an account says. */
export type EntryBody =
  /** The account begins, written by this device. */
  | { readonly t: "open"; readonly key: Uint8Array; readonly proof: Uint8Array }
  | { readonly t: "pay"; readonly to: AccountId; readonly amount: number; readonly memo: string }
  /** Another device of the member writes from here on. */
  | { readonly t: "takeover"; readonly key: Uint8Array; readonly proof: Uint8Array }
  /** Only takes in what came. */
  | { readonly t: "gather" };

/** One entry of a member's account, signed by the member's device. */
export interface Entry {
  readonly id: FactId;
  readonly account: AccountId;
  /** 1 for the first of the account. */
  readonly number: number;
  /** The entry before; "" for the first. */
  readonly prev: FactId;
  /** The rules under which it was written. */
  readonly rules: FactId;
  /** Seconds since 1970 by the author's clock. */
  readonly atS: number;
  /** Entries that paid this account and count for it from here on. */
  readonly takes: readonly FactId[];
  readonly body: EntryBody;
  /** All of it with the author's signature. */
  readonly content: Uint8Array;
}

/** What stewards do by hand with the community's account. */
export interface Act {
  readonly id: FactId;
  readonly rules: FactId;
  readonly atS: number;
  /** `spend`: out of the community's account. `cover`: for somebody who does not give what they owe. */
  readonly t: "spend" | "cover";
  readonly from: AccountId;
  readonly to: AccountId;
  readonly amount: number;
  readonly memo: string;
  readonly content: Uint8Array;
}

/** A steward's signature under something. */
export interface Word {
  /** The steward's place in the rules that it names. */
  readonly seat: number;
  readonly signature: Uint8Array;
}

/** Something that stewards may sign; `late`: an entry besides another of its number, for which a teller has answered. */
export type Matter =
  | { readonly t: "rules"; readonly rules: Rules }
  | { readonly t: "entry" | "late"; readonly entry: Entry }
  | { readonly t: "act"; readonly act: Act };

/** A matter with words under it; enough of them make it count. */
export interface Signed {
  readonly matter: Matter;
  /** Of the seats in the rules that the matter names; none for the first rules. */
  readonly words: readonly Word[];
  /** Rules: of seats that they bring in, by their places in them. */
  readonly consents: readonly Word[];
}

/** An entry for which a teller answers until the log has taken it in. */
export interface Slip {
  readonly entry: Entry;
  readonly teller: PersonId;
  readonly signature: Uint8Array;
}

/** What somebody offers, or wants. */
export interface Listing {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly community: CommunityId;
  readonly by: PersonId;
  readonly kind: "offer" | "want";
  readonly title: string;
  readonly text: string;
  /** In the smallest unit; 0 where it is for talking about. */
  readonly price: number;
  readonly atS: number;
  /** When it ends; not after `atS` where it was taken back. */
  readonly untilS: number;
  readonly bytes: Uint8Array;
}
