import { beforeEach, describe, expect, test } from "vitest";
import { makeStoreNet } from "../../../test/support/store-net.ts";
import { must } from "../../base/errors.ts";
import { testRandom } from "../../testing/index.ts";
import { audit, blocksOf, holderIn, makeVillage, N, type Village } from "./audit.fixture.ts";
import { AUDIT_PATIENCE_MS } from "./limits.ts";
import { AUDIT_TYPE } from "./messages.ts";

const random = testRandom("audits");

/** Changes one byte of what a peer has on its disk, chosen by chance. */
function corrupt(village: Village, place: number): () => void {
  const peer = must(village.holders[place], "a holder");
  const keys = blocksOf(peer);
  const block = must(
    peer.disk.blocks.get(keys[random.u32() % keys.length] ?? ""),
    "it has a block",
  );
  const at = random.u32() % block.length;
  const before = block[at] ?? 0;
  block[at] = before ^ (1 + (random.u32() % 255));
  return () => {
    block[at] = before;
  };
}

describe("an audit", () => {
  let village: Village;

  beforeEach(() => {
    village = makeVillage(makeStoreNet());
  });

  test("of 300 times the same honest holders is passed 300 times", () => {
    const { net, owner, root, holders } = village;
    expect(holders).toHaveLength(N);
    for (let round = 0; round < 300; round++) {
      const report = audit(net, owner, root);
      expect(report.holders.map(({ verdict }) => verdict)).toEqual(holders.map(() => "proved"));
      net.kit.clock.advance(60_000);
    }
    const someone = must(holders[1], "a holder");
    expect(owner.store.keeping.conduct(someone.id)).toMatchObject({
      proved: 300,
      wrong: 0,
      score: 1_000,
    });
  }, 180_000);

  test("catches every single wrong byte, and whose it is", () => {
    const { net, owner, root, holders } = village;
    for (let round = 0; round < 300; round++) {
      const place = random.u32() % N;
      const undo = corrupt(village, place);
      const report = audit(net, owner, root);
      const verdicts = report.holders.map(({ peer, verdict }) => [peer, verdict]);
      const expected = holders.map(({ id }, i) => [id, i === place ? "wrong" : "proved"]);
      expect(new Map(verdicts as [string, string][])).toEqual(
        new Map(expected as [string, string][]),
      );
      undo();
      net.kit.clock.advance(60_000);
    }
  }, 180_000);

  test("catches shards that were swapped, and shards of another object", () => {
    const { net, owner, root, holders } = village;
    const peer = must(holders[3], "a holder");
    const other = must(holders[4], "a holder");
    const { blocks } = peer.disk;
    const [first = "", second = ""] = blocksOf(peer).slice(-3);
    const [mine, next] = [must(blocks.get(first), "a block"), must(blocks.get(second), "a block")];
    expect(mine).toHaveLength(next.length);
    blocks.set(first, next).set(second, mine);
    expect(holderIn(audit(net, owner, root), peer.id).verdict).toBe("wrong");
    blocks.set(first, mine).set(second, next);
    expect(holderIn(audit(net, owner, root), peer.id).verdict).toBe("proved");
    for (const key of blocksOf(peer)) {
      const stripe = key.slice(key.lastIndexOf("/"));
      const theirs = must(
        blocksOf(other).find((name) => name.endsWith(stripe)),
        "its shard",
      );
      blocks.set(key, must(other.disk.blocks.get(theirs), "a shard"));
    }
    expect(holderIn(audit(net, owner, root), peer.id).verdict).toBe("wrong");
  });

  test("a shard that is cut off or gone is a loss that the holder confesses", () => {
    const { net, owner, root, holders } = village;
    const peer = must(holders[2], "a holder");
    const { blocks } = peer.disk;
    const [key = ""] = blocksOf(peer).slice(-1);
    const block = must(blocks.get(key), "a block");
    blocks.set(key, block.subarray(0, block.length - 1));
    expect(holderIn(audit(net, owner, root), peer.id).verdict).toBe("lost");
    const score = owner.store.keeping.conduct(peer.id).score;
    expect(score).toBeLessThan(500);
    expect(score).toBeGreaterThan(400);
    blocks.set(key, block);
    expect(holderIn(audit(net, owner, root), peer.id).verdict).toBe("proved");
    expect(owner.store.keeping.conduct(peer.id).score).toBeGreaterThan(score);
  });

  test("by a stranger who knows no more than the root finds the same", () => {
    const { net, root, holders } = village;
    const stranger = net.add();
    corrupt(village, 5);
    const report = audit(net, stranger, root);
    const wrong = report.holders.filter(({ verdict }) => verdict === "wrong");
    expect(wrong.map(({ peer }) => peer)).toEqual([holders[5]?.id]);
    expect(report.summary).toBe(
      "11 of 12 holders proved what they keep, 1 answered wrongly: 11 fragments are there for certain.",
    );
  });

  test("waits no longer than its patience for a holder that says nothing, and judges the others", () => {
    const { net, owner, root, holders } = village;
    const mute = must(holders[7], "a holder");
    mute.session.tamper = (bytes) =>
      bytes[4] === AUDIT_TYPE.commitment ? new Uint8Array(0) : bytes;
    const before = net.kit.clock.monotonicMs();
    const report = audit(net, owner, root);
    expect(net.kit.clock.monotonicMs() - before).toBeLessThan(AUDIT_PATIENCE_MS + 1_000);
    expect(holderIn(report, mute.id).verdict).toBe("silent");
    expect(report.holders.filter(({ verdict }) => verdict === "proved")).toHaveLength(N - 1);
    mute.session.tamper = (bytes) => (bytes[4] === AUDIT_TYPE.proof ? new Uint8Array(0) : bytes);
    expect(holderIn(audit(net, owner, root), mute.id).verdict).toBe("silent");
  });

  test("an answer that is not the one committed to is wrong, whatever it says", () => {
    const { net, owner, root, holders } = village;
    const liar = must(holders[6], "a holder");
    liar.session.tamper = (bytes) => {
      if (bytes[4] === AUDIT_TYPE.proof) bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      return bytes;
    };
    expect(holderIn(audit(net, owner, root), liar.id).verdict).toBe("wrong");
    expect(owner.store.keeping.conduct(liar.id)).toMatchObject({ wrong: 1, score: 250 });
  });

  test("no answer of a holder has more than 64 bytes", () => {
    const { net, owner, root, holders } = village;
    const lengths: number[] = [];
    for (const { session } of holders) {
      session.tamper = (bytes) => {
        if (bytes[4] === AUDIT_TYPE.proof) lengths.push(bytes.length - 4 - 1 - 16);
        return bytes;
      };
    }
    audit(net, owner, root);
    expect(lengths).toEqual(new Array(N - 1).fill(64));
  });

  test("scores outlive a restart", () => {
    const { net, owner, root, holders } = village;
    corrupt(village, 1);
    audit(net, owner, root);
    const peer = must(holders[1], "a holder");
    const known = owner.store.keeping.conduct(peer.id);
    expect(known).toMatchObject({ wrong: 1, score: 250 });
    net.kill(owner);
    const again = net.add({}, owner.disk);
    expect(again.store.keeping.conduct(peer.id)).toEqual(known);
  });
});

test("few holders with many fragments answer in 64 bytes too, and a wrong byte shows", () => {
  const net = makeStoreNet();
  const village = makeVillage(net, 2);
  const { owner, root, holders } = village;
  expect(holders).toHaveLength(3);
  expect(audit(net, owner, root).holders.map(({ proved }) => proved.length)).toEqual([4, 4, 4]);
  const lengths: number[] = [];
  for (const { session } of holders.slice(1)) {
    session.tamper = (bytes) => {
      if (bytes[4] === AUDIT_TYPE.proof) lengths.push(bytes.length - 4 - 1 - 16);
      return bytes;
    };
  }
  for (let round = 0; round < 100; round++) {
    const undo = corrupt(village, round % 3);
    const report = audit(net, owner, root);
    const peer = must(holders[round % 3], "a holder").id;
    expect(holderIn(report, peer)).toMatchObject({ verdict: "wrong", wrong: { length: 1 } });
    undo();
    net.kit.clock.advance(60_000);
  }
  expect(Math.max(...lengths)).toBe(64);
});

test("where nobody is, or too few to check each other, the report says so", () => {
  const net = makeStoreNet();
  const { owner, root, holders } = makeVillage(net);
  expect(audit(net, owner, "00".repeat(32)).summary).toMatch(/^No peer within reach/);
  for (const peer of holders.slice(4)) net.kill(peer);
  const report = audit(net, owner, root);
  expect(report.holders.map(({ verdict }) => verdict)).toEqual(new Array(4).fill("unproven"));
  expect(report.layers).toEqual([
    { k: 2, replies: 4, wrong: 0 },
    { k: 4, replies: 4, wrong: 0 },
  ]);
  expect(report.summary).toContain("It takes 5 answers to check a layer; there were 4.");
});
