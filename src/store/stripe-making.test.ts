import { expect, test } from "vitest";
import { makeStoreNet } from "../../test/support/store-net.ts";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { toHex, utf8 } from "../base/bytes.ts";
import { Codecs } from "./codecs.ts";
import { pattern, put, tryPut } from "./jobs.fixture.ts";
import {
  type MadeStripe,
  makeStripeHere,
  type StripeMaker,
  type StripeTask,
} from "./stripe-making.ts";

const suite = createNodeSuite();
const DATA = pattern(4_000_001);
const CODE = { k: 20, n: 40, more: { nMax: 64 }, piece: 300_000 };

/** Makes stripes in another order than it was asked to, and has no room for every fourth. */
class UnevenMaker implements StripeMaker {
  readonly lent: Set<MadeStripe> = new Set();
  asked = 0;
  refused = 0;
  readonly #codecs = new Codecs();
  readonly #waiting: (() => void)[] = [];

  make(task: StripeTask, done: (made: MadeStripe) => void): boolean {
    if (++this.asked % 4 === 0) {
      this.refused++;
      return false;
    }
    const here = makeStripeHere(suite, this.#codecs, task);
    const made: MadeStripe = {
      ...here,
      release: () => {
        here.shards.fill(0xee);
        here.leaves.fill(0xee);
        expect(this.lent.delete(made)).toBe(true);
      },
    };
    this.lent.add(made);
    this.#waiting.push(() => done(made));
    return true;
  }

  /** Answers what waits, the last first. */
  answer(): void {
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) next();
  }
}

test("stripes that are made elsewhere, in whatever order, make the same object", () => {
  const links = [false, true].map((isElsewhere) => {
    const net = makeStoreNet();
    const maker = new UnevenMaker();
    const peer = net.add(isElsewhere ? { stripeMaker: maker } : {});
    let turns = 0;
    const answerSoon = (): void => {
      maker.answer();
      if (++turns < 10_000) net.later(answerSoon);
    };
    if (isElsewhere) net.later(answerSoon);
    const link = put(net, peer, DATA, CODE);
    turns = 10_000;
    if (isElsewhere) expect([maker.asked, maker.refused, maker.lent.size]).toEqual([4, 1, 0]);
    const blocks = [...peer.disk.blocks].sort(([a], [b]) => (a < b ? -1 : 1));
    return [link, toHex(suite.sha256(...blocks.flatMap(([key, block]) => [utf8(key), block])))];
  });
  expect(links[1]).toEqual(links[0]);
});

test("what comes back after the put was given up is let go", () => {
  const net = makeStoreNet();
  const maker = new UnevenMaker();
  const peer = net.add({ stripeMaker: maker });
  const job = peer.store.beginPut(
    { name: "x", k: 20, n: 40 },
    { onDone: () => expect.unreachable(), onError: (error) => expect(error).toBeUndefined() },
  );
  job.write(pattern(2_500_000));
  expect(maker.lent.size).toBeGreaterThan(0);
  job.abort();
  maker.answer();
  net.settle();
  expect(maker.lent.size).toBe(0);
  expect(peer.disk.blocks.size).toBe(0);
});

test("small stripes are made at once", () => {
  const net = makeStoreNet();
  const maker = new UnevenMaker();
  const peer = net.add({ stripeMaker: maker });
  expect(tryPut(net, peer, pattern(200_000), CODE).error).toBeUndefined();
  expect(maker.asked).toBe(0);
});
