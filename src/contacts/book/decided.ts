import { compareBytes, utf8 } from "../../base/bytes.ts";
import { NO_STAMP, type Stamp } from "./stamp.ts";

/** Something that a person decided, and when. */
export interface Field<T> {
  readonly stamp: Stamp;
  readonly value: T;
}

/** That keys were compared, and which X25519 key it was. */
export interface VerifiedKey {
  readonly atMs: number;
  readonly how: "qr" | "words";
  readonly dhKey: Uint8Array;
}

/** Whether somebody is a contact; wall-clock time of the deletion, or undefined: a contact. */
export type Removed = number | undefined;

/** What this person has decided about another one: each field by itself, the later decision counts. */
export interface Decided {
  /** Undefined: nothing is known of whether they are a contact. */
  readonly removedAtMs: Field<Removed> | undefined;
  readonly name: Field<string> | undefined;
  /** Wall-clock time since which they are blocked. */
  readonly blockedAtMs: Field<number | undefined>;
  readonly verified: Field<VerifiedKey | undefined>;
}

/** Where nothing was decided. */
export const UNDECIDED: Decided = {
  removedAtMs: undefined,
  name: undefined,
  blockedAtMs: { stamp: NO_STAMP, value: undefined },
  verified: { stamp: NO_STAMP, value: undefined },
};

/** What a name is once its person was deleted: only when it was given is kept. */
export const NO_NAME = "";

/** The same fields where nothing is new, so that it can be seen that nothing is. */
export function merge(a: Decided, b: Decided): Decided {
  const merged: Decided = {
    removedAtMs: later(a.removedAtMs, b.removedAtMs, byRemoval),
    name: laterName(a.name, b.name),
    blockedAtMs: later(a.blockedAtMs, b.blockedAtMs, byTime) ?? a.blockedAtMs,
    verified: later(a.verified, b.verified, byKey) ?? a.verified,
  };
  const whole =
    merged.removedAtMs?.value === undefined
      ? merged
      : erased({ ...merged, name: later(a.name, b.name, byName) });
  return isSame(whole, a) ? a : whole;
}

/** What is kept of somebody who was deleted: when something was decided, not what. */
export function erased(decided: Decided): Decided {
  const { name, blockedAtMs, verified } = decided;
  return {
    ...decided,
    name: name && withValue(name, NO_NAME),
    blockedAtMs: withValue(blockedAtMs, undefined),
    verified: withValue(verified, undefined),
  };
}

function withValue<T>(field: Field<T>, value: T): Field<T> {
  return field.value === value ? field : { ...field, value };
}

/** A name that was given counts more than one that is gone, whichever was later. */
function laterName(
  a: Field<string> | undefined,
  b: Field<string> | undefined,
): Field<string> | undefined {
  if (a?.value === NO_NAME && b !== undefined && b.value !== NO_NAME) return b;
  if (b?.value === NO_NAME && a !== undefined && a.value !== NO_NAME) return a;
  return later(a, b, byName);
}

function isSame(a: Decided, b: Decided): boolean {
  return (
    a.removedAtMs === b.removedAtMs &&
    a.name === b.name &&
    a.blockedAtMs === b.blockedAtMs &&
    a.verified === b.verified
  );
}

/** The field with the later stamp; of one stamp, what `order` puts last: the same on every device. */
function later<T>(
  a: Field<T> | undefined,
  b: Field<T> | undefined,
  order: (a: T, b: T) => number,
): Field<T> | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const difference = compareBytes(a.stamp, b.stamp) || order(a.value, b.value);
  return difference >= 0 ? a : b;
}

/** Nobody is lost where nobody wrote down what came last: a contact counts more than a deletion. */
function byRemoval(a: Removed, b: Removed): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a - b;
}

/** Of two names that nobody stamped, the one whose bytes come first. */
function byName(a: string, b: string): number {
  return compareBytes(utf8(b), utf8(a));
}

/** Blocked counts more. */
function byTime(a: number | undefined, b: number | undefined): number {
  return (a ?? -1) - (b ?? -1);
}

/** Verified counts more. */
function byKey(a: VerifiedKey | undefined, b: VerifiedKey | undefined): number {
  if (a === undefined || b === undefined) return Number(b === undefined) - Number(a === undefined);
  if (a.atMs !== b.atMs) return a.atMs - b.atMs;
  return compareBytes(a.dhKey, b.dhKey) || Number(a.how === "qr") - Number(b.how === "qr");
}
