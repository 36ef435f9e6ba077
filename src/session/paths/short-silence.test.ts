import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { ManualClock, testIdentity, testRandom } from "../../testing/fixtures.ts";
import { SessionMesh } from "./mesh.fixture.ts";
import { Talk } from "./talk.fixture.ts";

const suite = createNodeSuite();

/** How late what is sent into the void comes: long after the test. */
const VOID_MS = 3_600_000;

function pair(): SessionMesh {
  const parts = {
    ...{ suite, clock: new ManualClock(1_000), random: testRandom },
    identity: (label: string) => testIdentity(suite, label),
  };
  const mesh = new SessionMesh(parts, 2, { seed: "pair" });
  mesh.join([0, 1]);
  mesh.run(2_000);
  return mesh;
}

describe("a transfer between neighbours whose link falls silent", () => {
  // On a way of which nothing is known the probe timeout was a second: it is a guess from the former way.
  test.each([80, 130, 180, 300, 600])(
    "for %i ms goes on soon afterwards, time and again",
    (silentMs) => {
      const mesh = pair();
      const there = new Talk(mesh, 0, 1);
      const back = new Talk(mesh, 1, 0, "back");
      const talk = (ms: number): void => {
        for (const untilMs = mesh.nowMs + ms; mesh.nowMs < untilMs; mesh.run(10)) {
          there.say(50);
          back.say(10_000);
        }
      };
      talk(6_000);
      const gapsMs: number[] = [];
      for (let round = 0; round < 8; round++) {
        back.mark();
        for (const way of ["0-1", "1-0"]) mesh.delays.set(way, VOID_MS);
        talk(silentMs);
        mesh.delays.clear();
        talk(5_000);
        gapsMs.push(back.gapMs - silentMs);
        expect(back.intact).toBe(true);
      }
      expect(Math.max(...gapsMs)).toBeLessThanOrEqual(Math.max(250, silentMs));
    },
  );
});
