import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { equalBytes } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { createToySuite } from "../simulation/toy-suite.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { Destination } from "./destination.ts";
import { chainedOrigin, Forger } from "./forger.fixture.ts";
import { edge, joinAll } from "./graphs.fixture.ts";
import { NUMBER_STEP_MS, PROOFS_KEPT_MAX } from "./limits.ts";
import { Mesh } from "./mesh.fixture.ts";
import { TurnProofs } from "./proofs.ts";

const LISTENERS = 3;
const toy = createToySuite(createNodeSuite());

test("the proof of a number older than the newest known is made once for all who are told it", () => {
  const origin = chainedOrigin(toy, testIdentity(toy, "origin"));
  const newest = origin.link(6) ?? new Uint8Array(0);
  let walks = 0;
  const suite: CryptoSuite = {
    ...toy,
    sha256(...parts) {
      const text = parts.at(-1) ?? new Uint8Array(0);
      if (equalBytes(text.subarray(-newest.length), newest)) walks++;
      return toy.sha256(...parts);
    },
  };
  const identities = Array.from({ length: 3 + LISTENERS }, (_, i) =>
    testIdentity(suite, `at ${i}`),
  );
  const mesh = new Mesh({ suite, clock: new ManualClock(), random: testRandom(5), identities });
  const others = [1, 2, ...Array.from({ length: LISTENERS }, (_, i) => 3 + i)];
  joinAll(
    mesh,
    others.map((other) => edge(0, other)),
  );
  mesh.settle();
  const [near, far] = [new Forger(mesh, 1, 0), new Forger(mesh, 2, 0)];
  near.claim(origin.id, origin.record, { metric: 5 });
  far.claim(origin.id, origin.record, { metric: 500 });
  mesh.settle(NUMBER_STEP_MS);
  far.say(far.news(origin.id, { seqno: 6, link: newest, metric: 500 }));
  mesh.settle(NUMBER_STEP_MS);
  expect(walks).toBe(1);
  near.say(near.news(origin.id, { seqno: 4, link: origin.link(4) }));
  mesh.settle(3 * NUMBER_STEP_MS);
  const told = others.slice(2).map((place) => {
    const { routes } = mesh.router(place).explain(origin.id);
    return routes.find(({ selected }) => selected)?.seqno;
  });
  expect(told).toEqual(Array.from({ length: LISTENERS }, () => 4));
  expect(walks).toBe(2);
});

test("as many proofs as are kept are made once in a turn, one more each time, all anew later", () => {
  const proofs = new TurnProofs();
  const origins = Array.from(
    { length: PROOFS_KEPT_MAX + 1 },
    (_, i) => new Destination(`fd${i.toString(16).padStart(30, "0")}`, i, 0),
  );
  let made = 0;
  const ask = (seqno: number, nowMs: number): number => {
    made = 0;
    for (const [i, origin] of origins.entries()) {
      const link = Uint8Array.of(i & 255, i >> 8, seqno);
      const make = (): Uint8Array => {
        made++;
        return link;
      };
      expect(proofs.linkOf(origin, seqno, nowMs, make)).toEqual(link);
    }
    return made;
  };
  expect([ask(5, 1_000), ask(5, 1_000)]).toEqual([PROOFS_KEPT_MAX + 1, 1]);
  expect([ask(6, 1_000), ask(6, 1_000)]).toEqual([PROOFS_KEPT_MAX + 1, 1]);
  expect(ask(6, 1_001)).toBe(PROOFS_KEPT_MAX + 1);
});
