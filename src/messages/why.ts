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

/** Why a message is where it is, for one device. */
export interface WhyDevice {
  readonly device: PeerId;
  readonly words: string;
  /** What can be done; empty where nothing needs to be. */
  readonly advice: string;
}

/** Why a message is where it is. */
export interface Why {
  readonly words: string;
  readonly advice: string;
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
    return { words: "It came to this device.", advice: "", devices: [] };
  }
  if (item.state === "sent") {
    const words = "Another device of yours has sent it; that one knows how far it is.";
    return { words, advice: "", devices: [] };
  }
  if (item.sendings.length === 0) {
    return {
      words: "No device of theirs is known here yet.",
      advice: "It goes out as soon as one is in reach. Ask them to start Peernet.",
      devices,
    };
  }
  const there = item.sendings.filter(({ deliveredAtMs }) => deliveredAtMs !== undefined);
  if (there.length === item.sendings.length) {
    return { words: "It has arrived.", advice: "", devices };
  }
  if (options.isOut) {
    return {
      words: "This device was revoked: nobody takes messages from it any more.",
      advice: "Write it on another device of yours.",
      devices: [],
    };
  }
  const first =
    devices[item.sendings.findIndex(({ deliveredAtMs }) => deliveredAtMs === undefined)];
  const words =
    there.length > 0
      ? `It has arrived on ${there.length} of ${item.sendings.length} devices.`
      : (first?.words ?? "");
  return { words, advice: first?.advice ?? "", devices };
}

function explainSending(sending: Sending, options: WhyOptions): WhyDevice {
  const { device } = sending;
  const name = options.nameOf(device);
  const { timeOf } = options;
  if (sending.readAtMs !== undefined) {
    return { device, words: `Read on ${name} at ${timeOf(sending.readAtMs)}.`, advice: "" };
  }
  if (sending.deliveredAtMs !== undefined) {
    const words = `Delivered to ${name} at ${timeOf(sending.deliveredAtMs)}.`;
    return { device, words, advice: "" };
  }
  const facts = options.factsOf(device);
  if (facts.isReachable) return { device, ...explainReachable(name, facts) };
  if (sending.holders.length > 0) return { device, ...explainHeld(sending, facts, options) };
  return { device, ...explainAway(name, facts, options) };
}

function explainReachable(name: string, { isFull, canSeal }: WayFacts): Omit<WhyDevice, "device"> {
  if (isFull) {
    return {
      words: `${name} is in reach, but has no room: its disk is full, or too much is unread.`,
      advice: "Ask them to read their messages or to free some space. It is tried again by itself.",
    };
  }
  if (!canSeal) {
    return {
      words: `${name} is in reach, and its keys for new messages are being fetched.`,
      advice: "Wait a moment. If it stays so, they have an older Peernet: ask them to update.",
    };
  }
  return { words: `${name} is in reach; it is going out now.`, advice: "" };
}

function explainHeld(
  { holders }: Sending,
  { anchors, heardAtMs }: WayFacts,
  { nameOf, timeOf }: WhyOptions,
): Omit<WhyDevice, "device"> {
  const withAnchors = holders.filter(({ holder }) => anchors.includes(holder));
  const overdue = withAnchors.filter(
    ({ sinceMs }) => heardAtMs !== undefined && heardAtMs > sinceMs + OVERDUE_MS,
  );
  const [late] = overdue;
  if (late !== undefined) {
    return {
      words: `${nameOf(late.holder)} has held it since ${timeOf(late.sinceMs)}, and they were heard of since: it may not be handed on.`,
      advice: `Other ways are still tried. Ask ${nameOf(late.holder)} whether their Peernet is well, or tell your contact.`,
    };
  }
  const [first] = withAnchors.length > 0 ? withAnchors : holders;
  const since = timeOf(first?.sinceMs ?? 0);
  const words =
    withAnchors.length > 0
      ? `They are away. It is with ${withAnchors.length} of ${Math.max(anchors.length, withAnchors.length)} of their anchors since ${since}.`
      : `They are away. ${holders.length} of your contacts carry it since ${since}.`;
  return { words, advice: "It is handed over when they are in reach. Nothing needs to be done." };
}

function explainAway(
  name: string,
  { canSeal, anchors }: WayFacts,
  { nameOf }: WhyOptions,
): Omit<WhyDevice, "device"> {
  if (!canSeal) {
    return {
      words: `${name} is away, and its keys for new messages are not here yet.`,
      advice: "It must be in reach once. Ask them to start Peernet while yours runs.",
    };
  }
  if (anchors.length === 0) {
    return {
      words: `${name} is away, and nobody holds letters for it: the message waits here alone.`,
      advice:
        "Keep this peer running until they are in reach, or take it there: peernet carry out FILE --to WHO",
    };
  }
  return {
    words: `${name} is away, and so are those who hold letters for it: ${anchors.map(nameOf).join(", ")}.`,
    advice: "It goes out as soon as one of them is in reach. Keep this peer running.",
  };
}
