import { describe, expect, test } from "vitest";
import { MemoryRecords } from "../../test/support/memory-records.ts";
import { suite } from "../../test/support/village.ts";
import { createNodeRandom } from "../adapters/node/random.ts";
import { SILENT_LOG } from "../ports/index.ts";
import { ManualClock, testIdentity } from "../testing/index.ts";
import { Draft, Ledger } from "./ledger.ts";
import type { Entry } from "./outbox.ts";
import { newPair } from "./pair.ts";
import { Post } from "./post.ts";
import * as ratchet from "./ratchet/index.ts";
import type { Channel } from "./ratchet/types.ts";

const anna = testIdentity(suite, "anna");
const ben = testIdentity(suite, "ben");
const [OLD, NEW] = ["aa".repeat(8), "bb".repeat(8)];
const person = ben.person.personId;

/** Letters to Ben, by the channel that has sealed them; the first channel is the one that lives. */
function postWith(
  living: string,
  sealedIn: readonly (string | undefined)[],
): { ledger: Ledger; post: Post } {
  const ledger = new Ledger(new MemoryRecords().open());
  const isUnsealed = (id: string | undefined): boolean => id !== living;
  const channel = {
    id: living,
    sealedCount: 9,
    hybrid: false,
  } as Channel;
  const pair = { ...newPair(ben.id, person), channels: [channel], nextPlace: 9, nextNumber: 9 };
  ledger.kept.pairs.set(ben.id, { ...pair, unsealed: sealedIn.filter(isUnsealed).length });
  const post = new Post({
    ...{ ratchet, ledger, identity: anna, clock: new ManualClock(), log: SILENT_LOG },
    kit: { suite, random: createNodeRandom(), instance: new Uint8Array(8) },
    correspondents: {
      byPerson: () => undefined,
      personOf: () => person,
      admit: () => person,
      all: () => [],
      own: () => [],
    },
  });
  for (const [index, channelId] of sealedIn.entries()) {
    const entry: Entry = {
      ...{ device: ben.id, place: index + 1, number: index + 1, kind: 1, itemId: undefined },
      sealed: channelId === undefined ? undefined : { channelId, index },
      ...{
        content: new Uint8Array(1),
        frame: new Uint8Array(1),
        frameBytes: 1,
        parcel: undefined,
        queuedAtMs: 0,
      },
    };
    post.leaving(entry);
    ledger.kept.outbox(ben.id).put(entry);
  }
  return { ledger, post };
}

describe("how many letters are still to be sealed", () => {
  test("leaves out those that arrived in a channel that was given up", () => {
    const { ledger, post } = postWith(NEW, [OLD, OLD, NEW]);
    const draft = new Draft(ledger.kept);
    expect(post.settle(draft, ben.id, new Map([[OLD, 2]]))).toHaveLength(2);
    expect(draft.pair(ben.id)?.unsealed).toBe(0);
  });

  test("leaves out those that arrived in the same breath as their channel is given up", () => {
    const { ledger, post } = postWith(OLD, [OLD, OLD, OLD]);
    const draft = new Draft(ledger.kept);
    expect(post.settle(draft, ben.id, new Map([[OLD, 2]]))).toHaveLength(2);
    post.abandon(draft, ben.id, OLD);
    expect(draft.pair(ben.id)?.unsealed).toBe(1);
  });

  test("does not sink twice where two acknowledgements come to disk together", () => {
    const { ledger, post } = postWith(NEW, [OLD, OLD, undefined]);
    const below = new Draft(ledger.kept);
    expect(post.settle(below, ben.id, new Map([[OLD, 1]]))).toHaveLength(1);
    const upper = new Draft(ledger.kept, below);
    expect(post.settle(upper, ben.id, new Map([[OLD, 2]]))).toHaveLength(1);
    expect(upper.pair(ben.id)?.unsealed).toBe(1);
  });
});
