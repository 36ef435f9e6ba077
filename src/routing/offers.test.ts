import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { encodePeerRecord, peerIdToBytes } from "../identity/index.ts";
import { createToySuite } from "../simulation/toy-suite.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { OwnChain } from "./chain.ts";
import { Forger } from "./forger.fixture.ts";
import { edge, joinAll } from "./graphs.fixture.ts";
import { CHAIN_LENGTH, VERIFY_BURST } from "./limits.ts";
import { Mesh } from "./mesh.fixture.ts";

const suite = createToySuite(createNodeSuite());
const identities = Array.from({ length: 3 }, (_, i) => testIdentity(suite, `place ${i}`));

function pair(): { readonly mesh: Mesh; readonly forger: Forger } {
  const mesh = new Mesh({ suite, clock: new ManualClock(), random: testRandom(4), identities });
  joinAll(mesh, [edge(0, 1)]);
  mesh.settle();
  return { mesh, forger: new Forger(mesh, 1, 0) };
}

/** An origin with a record of number 1 and the chain after it. */
function origin(label: string, length = CHAIN_LENGTH) {
  const identity = testIdentity(suite, label);
  const secret = suite.sha256(peerIdToBytes(identity.id)).subarray(0, 12);
  const chain = new OwnChain(suite, peerIdToBytes(identity.id), secret, length);
  const record = encodePeerRecord(identity, {
    ...{ name: label, seqno: 1 },
    chain: chain.link(0) as Uint8Array,
  });
  return { id: identity.id, record, link: (seqno: number) => chain.link(seqno - 1) };
}

describe("a number that is not proven yet", () => {
  test("is of no use until its record or its link is here", () => {
    const { mesh, forger } = pair();
    const { id, record, link } = origin("a");
    forger.say(forger.introduction(id, { seqno: 4, link: link(4) }));
    expect(mesh.router(0).nextHop(id)).toBe(undefined);
    forger.say(forger.answer(id, record));
    expect(mesh.router(0).nextHop(id)).toBe(mesh.id(1));
    expect(mesh.router(0).stats().verified).toBe(2);
    forger.say(forger.news(id, { seqno: 1 + CHAIN_LENGTH, link: link(1 + CHAIN_LENGTH) }));
    expect(mesh.router(0).nextHop(id)).toBe(mesh.id(1));
    expect(mesh.router(0).stats().verified).toBe(2);
  });

  test("keeps its link when news of the same number come before the record", () => {
    const { mesh, forger } = pair();
    const { id, record, link } = origin("a");
    forger.say(forger.introduction(id, { seqno: 2, link: link(2) }));
    forger.say(forger.news(id, { seqno: undefined, link: undefined, metric: 9 }));
    forger.say(forger.answer(id, record));
    expect(mesh.router(0).stats().faults["bad-proof"]).toBe(0);
    expect(mesh.router(0).route(id)?.metric).toBe(10);
  });
});

describe("an honest neighbour", () => {
  test("that tells more new numbers than may be verified at once is not found at fault", () => {
    const { mesh, forger } = pair();
    const origins = Array.from({ length: VERIFY_BURST + 200 }, (_, i) => origin(`many ${i}`, 1));
    for (const { id, link } of origins) {
      forger.say(forger.introduction(id, { seqno: 2, link: link(2) }));
    }
    for (let round = 0; round < 50; round++) {
      const open = origins.filter(({ id }) => mesh.router(0).route(id) === undefined);
      for (const { id, record } of open) forger.say(forger.answer(id, record));
      mesh.settle(100);
    }
    const { faults, penalties, verified } = mesh.router(0).stats();
    expect([faults["bad-proof"], penalties]).toEqual([0, 0]);
    expect(mesh.router(0).routes()).toHaveLength(1 + origins.length);
    expect(verified).toBe(1 + origins.length);
  });
});

describe("a neighbour at fault", () => {
  test("pays once for a record that nobody signed", () => {
    const { mesh, forger } = pair();
    const { id, record } = origin("a");
    const forged = record.slice();
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    forger.claim(id, forged);
    const { faults } = mesh.router(0).stats();
    expect(Object.values(faults).reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(faults["bad-record"]).toBe(1);
  });

  test("leaves no place behind that was opened for nonsense", () => {
    const { mesh, forger } = pair();
    forger.say(forger.introduction(origin("a").id, { metric: 0 }));
    forger.say(forger.introduction(origin("b").id, { hops: 0 }));
    expect(mesh.router(0).stats().faults["bad-metric"]).toBe(2);
    expect(mesh.router(0).stats().destinations).toBe(1);
  });

  test("is asked again for what a false number has cost, so that an accident heals", () => {
    const { mesh, forger } = pair();
    mesh.join(1, 2);
    mesh.settle();
    // Its slot at place 1.
    forger.say(forger.introduction(mesh.id(2), { seqno: 77, handle: 2 }));
    expect(mesh.router(0).nextHop(mesh.id(2))).toBe(undefined);
    mesh.settle();
    expect(mesh.router(0).stats().faults["bad-proof"]).toBe(1);
    expect(mesh.router(0).nextHop(mesh.id(2))).toBe(mesh.id(1));
  });
});
