import { expect } from "vitest";
import { HYBRID_PREKEYS } from "../../src/messages/hybrid/prekeys.ts";
import { FRAME_TYPE, SHORT_BIT } from "../../src/messages/ratchet/layout.ts";
import { testIdentity } from "../../src/testing/index.ts";
import { suite, type Village, type Villager } from "./village.ts";

/** Length and type of a frame on a `post` stream. */
const STREAM_HEAD_BYTES = 5;
const TYPE_FRAME = 2;

/** How many frames of each kind have left on `post` streams. */
export interface FramesSeen {
  plainFirst: number;
  hybridFirst: number;
  message: number;
}

/** A new peer that has ML-KEM-768. */
export function modern(village: Village, name: string): Villager {
  return village.add(name, testIdentity(suite, name), true);
}

/** Counts what goes over streams from now on, as somebody in the middle would without the session around it. */
export function watchFrames(village: Village): FramesSeen {
  const seen: FramesSeen = { plainFirst: 0, hybridFirst: 0, message: 0 };
  village.net.overhear = (service, bytes) => {
    if (service !== "post" || bytes[STREAM_HEAD_BYTES - 1] !== TYPE_FRAME) return;
    const type = (bytes[STREAM_HEAD_BYTES] ?? 0) & ~SHORT_BIT;
    if (type === FRAME_TYPE.first) seen.plainFirst++;
    if (type === FRAME_TYPE.hybrid) seen.hybridFirst++;
    if (type === FRAME_TYPE.message) seen.message++;
  };
  return seen;
}

/** Sends a text and lets it go as far as it gets without time passing. */
export function say(village: Village, from: Villager, to: Villager, text: string): void {
  from.live.messages.send(to.identity.person.personId, text, (error) => expect(error).toBeNull());
  village.settle();
}

/** What came in at a villager, in order. */
export function textsAt({ told }: Villager): readonly string[] {
  return told.filter(({ direction }) => direction === "in").map(({ text }) => text);
}

/** Whether both write to each other in a hybrid channel in which the other has answered. */
export function areSafe(one: Villager, other: Villager): readonly [boolean, boolean] {
  return [one.live.messages.isSafe(other.identity.id), other.live.messages.isSafe(one.identity.id)];
}

/** Keys of the hybrid prekeys whose secrets a villager has on its disk. */
export function hybridSecrets({ disk }: Villager): readonly string[] {
  return [...disk.kept.keys()].filter((key) => key.startsWith(HYBRID_PREKEYS));
}

/** The process dies and starts anew, as it is configured by now. */
export function restart(village: Village, one: Villager, effects = 0): void {
  village.crash(one, effects);
  village.start(one);
  village.settle();
}
