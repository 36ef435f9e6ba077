import { expect, test } from "vitest";
import { SILENT_LOG } from "../../ports/index.ts";
import type { Stream } from "../../session/index.ts";
import { ManualClock } from "../../testing/index.ts";
import type { Ledger } from "../ledger.ts";
import { TAGS_PER_OWNER_MAX } from "./limits.ts";
import { encodeFrame, TAGS_PER_FRAME_MAX } from "./protocol.ts";
import { Taking, type TakingDesk } from "./taking.ts";

function takingOfTags(): { taking: Taking; taken: (readonly number[])[]; isReset: () => boolean } {
  const taken: (readonly number[])[] = [];
  let wasReset = false;
  const desk = {
    takeTags: (_from: string, tags: readonly number[]) => taken.push(tags),
  } as unknown as TakingDesk;
  const reset = (): void => {
    wasReset = true;
  };
  const stream = { consume: () => undefined, reset } as unknown as Stream;
  const ledger = { together: (call: () => void) => call() } as unknown as Ledger;
  const parts = { clock: new ManualClock(), log: SILENT_LOG, ledger, desk };
  const taking = new Taking(parts, stream, "fd1", () => undefined);
  return { taking, taken, isReset: () => wasReset };
}

const numbers = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => from + at);

test("a list of tags in several frames is taken once it is whole, and not one tag more", () => {
  const { taking, taken, isReset } = takingOfTags();
  for (let at = 0; at < TAGS_PER_OWNER_MAX; at += TAGS_PER_FRAME_MAX) {
    const tags = numbers(at, TAGS_PER_FRAME_MAX);
    taking.onData(encodeFrame({ t: "tags", isFirst: at === 0, tags }));
    expect(taken).toEqual([]);
  }
  taking.onData(encodeFrame({ t: "tags", isFirst: false, tags: [] }));
  expect(taken).toEqual([numbers(0, TAGS_PER_OWNER_MAX)]);
  taking.onData(encodeFrame({ t: "tags", isFirst: true, tags: [7] }));
  expect(taken.at(-1)).toEqual([7]);
  for (let at = 0; at < TAGS_PER_OWNER_MAX; at += TAGS_PER_FRAME_MAX) {
    const tags = numbers(at, TAGS_PER_FRAME_MAX);
    taking.onData(encodeFrame({ t: "tags", isFirst: at === 0, tags }));
  }
  expect(isReset()).toBe(false);
  taking.onData(encodeFrame({ t: "tags", isFirst: false, tags: [1] }));
  expect(isReset()).toBe(true);
  expect(taken).toHaveLength(2);
});
