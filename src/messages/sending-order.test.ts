import { describe, expect, test } from "vitest";
import { FramesUnderWay } from "./frames-under-way.ts";
import { ALL_FRAMES_IN_FLIGHT_MAX, FRAMES_IN_FLIGHT_MAX, SMALL_FRAME_BYTES } from "./limits.ts";
import type { Entry } from "./outbox.ts";
import { nextLetter } from "./sending-order.ts";

const [OLD, NEW] = ["old", "new"];
const MAX = FRAMES_IN_FLIGHT_MAX;

function entry(place: number, channelId?: string, index = 0, number = place): Entry {
  return {
    ...{ device: "fd1", place, number, kind: 1, itemId: undefined, content: undefined },
    sealed: channelId === undefined ? undefined : { channelId, index },
    ...{ frame: undefined, frameBytes: 1, parcel: undefined, queuedAtMs: 0 },
  };
}

/** Sends all that may go out while the device acknowledges what it has without a gap. */
function deliver(entries: readonly Entry[], isLiving: (channelId: string) => boolean): number[] {
  let waiting = entries;
  const [sent, there, order] = [new Set<number>(), new Set<string>(), [] as number[]];
  const state = {
    isSent: ({ place }: Entry) => sent.has(place),
    isSealed: ({ sealed }: Entry) => sealed !== undefined && isLiving(sealed.channelId),
  };
  const counts = new Map<string, number>();
  for (;;) {
    const next = nextLetter(waiting, state, new FramesUnderWay(MAX));
    if (next?.sealed === undefined) return order;
    const { channelId, index } = next.sealed;
    sent.add(next.place);
    order.push(next.number);
    there.add(`${channelId} ${index}`);
    let count = counts.get(channelId) ?? 0;
    while (there.has(`${channelId} ${count}`)) count++;
    counts.set(channelId, count);
    waiting = waiting.filter(({ sealed }) => {
      return sealed === undefined || sealed.index >= (counts.get(sealed.channelId) ?? 0);
    });
  }
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, at) => from + at);

describe("letters go out", () => {
  test("in their order", () => {
    const entries = range(1, 200).map((place) => entry(place, NEW, place - 1));
    expect(deliver(entries, () => true)).toEqual(range(1, 200));
  });

  test("all of them where old ones were sealed anew behind younger ones", () => {
    const old = range(1, 112).map((place) => entry(place, NEW, 127 + place));
    const dead = range(112, 128).map((place) => entry(place, OLD, place));
    const young = range(128, 256).map((place) => entry(place, NEW, place - 128));
    const order = deliver([...old, ...dead, ...young], (id) => id === NEW);
    expect(order).toEqual([...range(128, 256), ...range(1, 112)]);
  });

  test("from the oldest channel first, and nothing that was never sealed", () => {
    const entries = [
      ...range(1, 4).map((place) => entry(place, OLD, place - 1)),
      ...range(4, 8).map((place) => entry(place, NEW, place - 4)),
      entry(8),
      entry(9, NEW, 4),
    ];
    expect(deliver(entries, () => true)).toEqual(range(1, 8));
  });

  test("as many as may be under way, acknowledgements counted, which go another way", () => {
    const entries = [entry(1, NEW, 0, 0), ...range(2, 9).map((place) => entry(place, NEW, place))];
    const none = { isSent: () => false, isSealed: () => true };
    expect(nextLetter(entries, none, underWay(63))?.number).toBe(2);
    expect(nextLetter(entries, none, underWay(64))).toBeUndefined();
    const most = { isSent: () => true, isSealed: () => true };
    expect(nextLetter(entries, most, underWay(57))).toBeUndefined();
  });

  test("more of small ones to a reader that says so, of large ones never", () => {
    const all = ALL_FRAMES_IN_FLIGHT_MAX;
    const none = { isSent: () => false, isSealed: () => true };
    const small = { ...entry(1, NEW, 0), frameBytes: SMALL_FRAME_BYTES };
    const large = { ...small, frameBytes: SMALL_FRAME_BYTES + 1 };
    expect(nextLetter([small], none, underWay(all - 1, 1, all))).toBe(small);
    expect(nextLetter([small], none, underWay(all, 1, all))).toBeUndefined();
    expect(nextLetter([large], none, underWay(MAX - 1, large.frameBytes, all))).toBe(large);
    expect(nextLetter([large], none, underWay(MAX, large.frameBytes, all))).toBeUndefined();
    expect(nextLetter([small], none, underWay(MAX, large.frameBytes, all))).toBe(small);
  });
});

function underWay(count: number, frameBytes = 1, allMax = MAX): FramesUnderWay {
  const frames = new FramesUnderWay(allMax);
  for (let sent = 0; sent < count; sent++) frames.add(frameBytes);
  return frames;
}
