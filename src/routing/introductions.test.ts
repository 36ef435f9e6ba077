import { beforeEach, expect, test } from "vitest";
import { peerIdToBytes } from "../identity/index.ts";
import { Introductions } from "./introductions.ts";
import { INTRODUCTIONS_MAX } from "./limits.ts";
import { ENTRY, REF, type Update } from "./messages.ts";
import { idOf } from "./ways.fixture.ts";

const LINK = Uint8Array.of(7, 8, 9);

let waiting: Introductions;

beforeEach(() => {
  waiting = new Introductions();
});

function update(handle: number, said: Partial<Update> = {}): Update {
  return {
    ...{ kind: ENTRY.update, ref: REF.introduce, handle, generation: 3, origin: undefined },
    ...{ seqno: 5, link: LINK, metric: 10, hops: 2, viaYou: false, spare: false, ...said },
  };
}

function keep(number: number, said: Partial<Update> = {}): boolean {
  const origin = peerIdToBytes(idOf(number));
  return waiting.keep(idOf(number), origin, { ...update(number, said), origin });
}

const byMetric = (_lottery: number, metric: number): number => metric;

test("so many are kept, and not one more until one leaves", () => {
  for (let i = 0; i < INTRODUCTIONS_MAX; i++) expect(keep(i)).toBe(true);
  expect([keep(9_999), waiting.size]).toEqual([false, INTRODUCTIONS_MAX]);
  // Who is introduced again takes no second place.
  expect([keep(7), waiting.size]).toEqual([true, INTRODUCTIONS_MAX]);
  waiting.drop(0);
  expect([keep(9_999), keep(9_998), waiting.size]).toEqual([true, false, INTRODUCTIONS_MAX]);
});

test("come out as they were told, whatever becomes of the message", () => {
  const origin = peerIdToBytes(idOf(1));
  const link = LINK.slice();
  waiting.keep(idOf(1), origin, { ...update(1, { link }), origin });
  origin.fill(0);
  link.fill(0);
  const expected = { ...update(1), origin: peerIdToBytes(idOf(1)) };
  expect(waiting.take(idOf(1))).toEqual(expected);
  expect([waiting.take(idOf(1)), waiting.size]).toEqual([undefined, 0]);
});

test("the best one is the one that lies least deep", () => {
  expect(waiting.best(byMetric)).toBeUndefined();
  keep(1, { metric: 30 });
  keep(2, { metric: 20 });
  keep(3, { metric: 20 });
  expect(waiting.best(byMetric)?.handle).toBe(2);
  const lotteries = new Set<number>();
  waiting.best((lottery) => lotteries.add(lottery).size);
  expect(lotteries.size).toBe(3);
  expect(waiting.size).toBe(3);
});

test("follow what is newly said under their handle", () => {
  keep(1);
  expect(waiting.note(update(2, { ref: REF.mine }))).toBe(false);
  const news = { ref: REF.mine, seqno: undefined, link: undefined, metric: 4, hops: 1 };
  expect(waiting.note(update(1, { ...news, spare: true, generation: 0 }))).toBe(true);
  const kept = { ...update(1), origin: peerIdToBytes(idOf(1)) };
  expect(waiting.best(byMetric)).toEqual({ ...kept, metric: 4, hops: 1, spare: true });
  // The link of an older number proves nothing of a newer one.
  waiting.note(update(1, { ref: REF.mine, seqno: 6, link: undefined }));
  expect(waiting.best(byMetric)).toMatchObject({ seqno: 6, link: undefined });
  waiting.note(update(1, { ref: REF.mine, seqno: 7 }));
  expect(waiting.take(idOf(1))).toMatchObject({ seqno: 7, link: LINK, generation: 3 });
});

test("a handle stands for one origin, and an origin has one handle", () => {
  keep(1);
  const other = peerIdToBytes(idOf(2));
  waiting.keep(idOf(2), other, { ...update(1), origin: other });
  expect([waiting.take(idOf(1)), waiting.size]).toEqual([undefined, 1]);
  waiting.keep(idOf(2), other, { ...update(8), origin: other });
  expect([waiting.size, waiting.take(idOf(2))?.handle]).toEqual([1, 8]);
  keep(3);
  waiting.clear();
  expect([waiting.size, waiting.take(idOf(3))]).toEqual([0, undefined]);
});
