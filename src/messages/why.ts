import { AssertionError } from "../base/errors.ts";
import type { PeerId } from "../identity/index.ts";
import type { Item, Sending } from "./item.ts";

/** What is known about the way to a device. */
export interface WayFacts {
  readonly isReachable: boolean;
  /** Whether the device said that it has no room. */
  readonly isFull: boolean;
  /** Whether letters to it can be sealed. */
  readonly canSeal: boolean;
  /** Who holds letters for it, as it has told us. */
  readonly anchors: readonly PeerId[];
  /** Wall-clock time at which the device was last heard of; undefined where it was not since the start. */
  readonly heardAtMs: number | undefined;
}

/** Why a message is where it is, for programs that say it in other words. */
export type WhyCode =
  | "came"
  | "sent-elsewhere"
  | "no-device"
  | "arrived"
  | "revoked"
  /** On `count` of `total` devices; what the first of the others waits for is in its own reason. */
  | "arrived-on-some"
  /** By `name` at `atMs`. */
  | "read"
  | "delivered"
  /** `name` is in reach. */
  | "no-room"
  | "keys-coming"
  | "going-out"
  /** `name` holds it since `atMs` and may not hand it on. */
  | "held-long"
  /** With `count` of `total` anchors since `atMs`. */
  | "with-anchors"
  /** With `count` contacts since `atMs`. */
  | "carried"
  /** `name` is away. */
  | "no-keys"
  | "alone"
  /** `name` is away, and so are `names`. */
  | "holders-away";

/** What a code is about; what it does not need is missing. */
export interface WhyFacts {
  readonly name?: string;
  readonly names?: readonly string[];
  readonly count?: number;
  readonly total?: number;
  /** Wall-clock time, milliseconds. */
  readonly atMs?: number;
}

/** A reason in English and as a code. */
export interface WhyReason {
  readonly code: WhyCode;
  readonly facts: WhyFacts;
  readonly words: string;
  /** What can be done; empty where nothing needs to be. */
  readonly advice: string;
}

/** Why a message is where it is, for one device. */
export interface WhyDevice extends WhyReason {
  readonly device: PeerId;
}

/** Why a message is where it is. */
export interface Why extends WhyReason {
  readonly devices: readonly WhyDevice[];
}

/** How long a device may have been heard of without getting what somebody holds for it, milliseconds. */
const OVERDUE_MS = 3_600_000;

/** What the words are made with. */
export interface WhyOptions {
  /** Whether this very device was revoked: nobody takes anything from it. */
  readonly isOut: boolean;
  readonly factsOf: (device: PeerId) => WayFacts;
  /** What people call a device. */
  readonly nameOf: (device: PeerId) => string;
  /** A wall-clock time for people. */
  readonly timeOf: (wallMs: number) => string;
}

/** Why a message is where it is, in words, and what to do. */
export function explainItem(item: Item, options: WhyOptions): Why {
  const devices = item.sendings.map((sending) => explainSending(sending, options));
  if (item.direction === "in") {
    return { code: "came", facts: {}, words: "It came to this device.", advice: "", devices: [] };
  }
  if (item.state === "sent") {
    const words = "Another device of yours has sent it; that one knows how far it is.";
    return { code: "sent-elsewhere", facts: {}, words, advice: "", devices: [] };
  }
  if (item.sendings.length === 0) {
    return {
      ...{ code: "no-device", facts: {} },
      words: "No device of theirs is known here yet.",
      advice: "It goes out as soon as one is in reach. Ask them to start Peernet.",
      devices,
    };
  }
  const there = item.sendings.filter(({ deliveredAtMs }) => deliveredAtMs !== undefined);
  if (there.length === item.sendings.length) {
    return { code: "arrived", facts: {}, words: "It has arrived.", advice: "", devices };
  }
  if (options.isOut) {
    return {
      ...{ code: "revoked", facts: {} },
      words: "This device was revoked: nobody takes messages from it any more.",
      advice: "Write it on another device of yours.",
      devices: [],
    };
  }
  const first =
    devices[item.sendings.findIndex(({ deliveredAtMs }) => deliveredAtMs === undefined)];
  if (first === undefined) throw new AssertionError("a device waits for what has not arrived");
  const { code, facts, words, advice } = first;
  if (there.length === 0) return { code, facts, words, advice, devices };
  const [count, total] = [there.length, item.sendings.length];
  return {
    ...{ code: "arrived-on-some", facts: { count, total }, advice, devices },
    words: `It has arrived on ${count} of ${total} devices.`,
  };
}

function explainSending(sending: Sending, options: WhyOptions): WhyDevice {
  const { device } = sending;
  const name = options.nameOf(device);
  const { timeOf } = options;
  if (sending.readAtMs !== undefined) {
    const words = `Read on ${name} at ${timeOf(sending.readAtMs)}.`;
    return { device, code: "read", facts: { name, atMs: sending.readAtMs }, words, advice: "" };
  }
  if (sending.deliveredAtMs !== undefined) {
    const words = `Delivered to ${name} at ${timeOf(sending.deliveredAtMs)}.`;
    const told = { name, atMs: sending.deliveredAtMs };
    return { device, code: "delivered", facts: told, words, advice: "" };
  }
  const facts = options.factsOf(device);
  if (facts.isReachable) return { device, ...explainReachable(name, facts) };
  if (sending.holders.length > 0) return { device, ...explainHeld(sending, facts, options) };
  return { device, ...explainAway(name, facts, options) };
}

function explainReachable(name: string, { isFull, canSeal }: WayFacts): WhyReason {
  if (isFull) {
    return {
      ...{ code: "no-room", facts: { name } },
      words: `${name} is in reach, but has no room: its disk is full, or too much is unread.`,
      advice: "Ask them to read their messages or to free some space. It is tried again by itself.",
    };
  }
  if (!canSeal) {
    return {
      ...{ code: "keys-coming", facts: { name } },
      words: `${name} is in reach, and its keys for new messages are being fetched.`,
      advice: "Wait a moment. If it stays so, they have an older Peernet: ask them to update.",
    };
  }
  const words = `${name} is in reach; it is going out now.`;
  return { code: "going-out", facts: { name }, words, advice: "" };
}

function explainHeld(
  { holders }: Sending,
  { anchors, heardAtMs }: WayFacts,
  { nameOf, timeOf }: WhyOptions,
): WhyReason {
  const withAnchors = holders.filter(({ holder }) => anchors.includes(holder));
  const overdue = withAnchors.filter(
    ({ sinceMs }) => heardAtMs !== undefined && heardAtMs > sinceMs + OVERDUE_MS,
  );
  const [late] = overdue;
  if (late !== undefined) {
    const facts = { name: nameOf(late.holder), atMs: late.sinceMs };
    return {
      ...{ code: "held-long", facts },
      words: `${nameOf(late.holder)} has held it since ${timeOf(late.sinceMs)}, and they were heard of since: it may not be handed on.`,
      advice: `Other ways are still tried. Ask ${nameOf(late.holder)} whether their Peernet is well, or tell your contact.`,
    };
  }
  const [first] = withAnchors.length > 0 ? withAnchors : holders;
  const atMs = first?.sinceMs ?? 0;
  const advice = "It is handed over when they are in reach. Nothing needs to be done.";
  const count = (withAnchors.length > 0 ? withAnchors : holders).length;
  if (withAnchors.length === 0) {
    const words = `They are away. ${count} of your contacts carry it since ${timeOf(atMs)}.`;
    return { code: "carried", facts: { count, atMs }, words, advice };
  }
  const total = Math.max(anchors.length, count);
  const words = `They are away. It is with ${count} of ${total} of their anchors since ${timeOf(atMs)}.`;
  return { code: "with-anchors", facts: { count, total, atMs }, words, advice };
}

function explainAway(
  name: string,
  { canSeal, anchors }: WayFacts,
  { nameOf }: WhyOptions,
): WhyReason {
  if (!canSeal) {
    return {
      ...{ code: "no-keys", facts: { name } },
      words: `${name} is away, and its keys for new messages are not here yet.`,
      advice: "It must be in reach once. Ask them to start Peernet while yours runs.",
    };
  }
  if (anchors.length === 0) {
    return {
      ...{ code: "alone", facts: { name } },
      words: `${name} is away, and nobody holds letters for it: the message waits here alone.`,
      advice:
        "Keep this peer running until they are in reach, or take it there: peernet carry out FILE --to WHO",
    };
  }
  return {
    ...{ code: "holders-away", facts: { name, names: anchors.map(nameOf) } },
    words: `${name} is away, and so are those who hold letters for it: ${anchors.map(nameOf).join(", ")}.`,
    advice: "It goes out as soon as one of them is in reach. Keep this peer running.",
  };
}
