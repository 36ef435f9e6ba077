import { expect, test } from "vitest";
import { makeStoreNet } from "../../test/support/store-net.ts";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { must } from "../base/errors.ts";
import { Attack, tinyObject } from "./attack.fixture.ts";
import { STRIPE } from "./jobs.fixture.ts";
import { FRAGMENT_COST_BYTES, FRAGMENTS_KEPT_MIN } from "./limits.ts";
import type { StoreMessage } from "./messages.ts";

const suite = createNodeSuite();
const SMALL = { stripeBytes: STRIPE };
const honest = tinyObject(suite);

/** What a publisher says to have fragment 0 stored. */
function script(): StoreMessage[] {
  const leaves = must(honest.leaves[0], "leaves");
  const shard = must(honest.shards[0], "a shard");
  return [
    { t: "offer", indices: [0], head: honest.head.bytes },
    { t: "leavesAre", index: 0, leaves },
    { t: "shardIs", index: 0, stripe: 0, shard },
  ];
}

test("a peer that asks and never reads the answers is cut off before they pile up", () => {
  const net = makeStoreNet();
  const victim = net.add({ ...SMALL, quotaBytes: 0 });
  const { head } = tinyObject(suite, 64);
  const indices = Array.from({ length: 64 }, (_, index) => index);
  const refused: StoreMessage = { t: "offer", indices, head: head.bytes };
  const deaf = new Attack(net.add(SMALL), victim).hello();
  deaf.stream.consume = () => {};
  for (let i = 0; i < 70; i++) {
    deaf.say(...new Array<StoreMessage>(100).fill(refused));
    net.settle(10);
  }
  expect(deaf.closed).toBe("reset");
});

test("a peer that goes on after the disk failed gets no room that would never come free", () => {
  const net = makeStoreNet();
  const victim = net.add({ ...SMALL, quotaBytes: 200 });
  const attacker = net.add(SMALL);
  victim.disk.capacityBytes = 0;
  const attack = new Attack(attacker, victim).hello().say(...script());
  net.settle(1_000);
  expect(attack.received.at(-1)).toEqual({ t: "failed", index: 0 });
  attack.say({ t: "offer", indices: [0, 1, 2], head: honest.head.bytes });
  net.settle(1_000);
  expect(attack.closed).toBe("reset");
  victim.disk.capacityBytes = 1_000;
  const again = new Attack(attacker, victim).hello();
  again.say({ t: "offer", indices: [0, 1, 2], head: tinyObject(suite, 4).head.bytes });
  net.settle(1_000);
  const verdict = { t: "answer", verdict: "ok", fragments: ["send", "send", "full"] };
  expect(again.received).toEqual([verdict]);
});

test("others may leave so many fragments for the quota and not one more, however small they are", () => {
  const net = makeStoreNet();
  const kept = FRAGMENTS_KEPT_MIN + 6;
  const victim = net.add({ ...SMALL, quotaBytes: kept * FRAGMENT_COST_BYTES });
  const attacker = net.add(SMALL);
  const indices = Array.from({ length: FRAGMENTS_KEPT_MIN }, (_, index) => index);
  const verdicts = [tinyObject(suite, 64), tinyObject(suite, 63)].map(({ head }) => {
    const offered = indices.slice(0, head.manifest.n);
    const attack = new Attack(attacker, victim).hello();
    attack.say({ t: "offer", indices: offered, head: head.bytes });
    net.settle(1_000);
    const [answer] = attack.received;
    return answer?.t === "answer" ? answer.fragments : [];
  });
  expect(verdicts.flat().filter((verdict) => verdict === "send")).toHaveLength(kept);
  expect(verdicts.flat().filter((verdict) => verdict === "full")).toHaveLength(127 - kept);
});
