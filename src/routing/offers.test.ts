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
function origin(label: string) {
  const identity = testIdentity(suite, label);
  const secret = suite.sha256(peerIdToBytes(identity.id)).subarray(0, 12);
  const chain = new OwnChain(suite, peerIdToBytes(identity.id), secret, CHAIN_LENGTH);
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
