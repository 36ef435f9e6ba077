import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import type { AeadName } from "../crypto/index.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { KEY_LIMITS } from "./key-phase.ts";
import { open, serve, TestWorld, type WorldFaults, type WorldPeer } from "./world.fixture.ts";

fc.configureGlobal({ seed: 1 });

const SIZE = 300_000;
const keyLimits = { ...KEY_LIMITS, updatePackets: 15 };
const suites = {
  "aes-256-gcm": createNodeSuite("aes-256-gcm"),
  "chacha20-poly1305": createNodeSuite("chacha20-poly1305"),
};

function pair(seed: number | string, aead: AeadName, faults: Partial<WorldFaults> = {}) {
  const suite = suites[aead];
  const world = new TestWorld(suite, new ManualClock(1_000), testRandom(seed));
  Object.assign(world.faults, { bytesPerMs: 70, ...faults });
  const a = world.add(testIdentity(suite, "a"), { keyLimits });
  const b = world.add(testIdentity(suite, "b"), { keyLimits });
  return { world, a, b };
}

/** Counts changes of the key phase in what is sent to a peer from now on. */
function phaseTap(world: TestWorld) {
  const phases: Map<string, number> = new Map();
  const changes: Map<string, number> = new Map();
  world.onSend = (to, bytes) => {
    const type = bytes[0] ?? 0;
    if ((type & 0xf0) !== 0x50 || (type & 7) < 3 || (type & 7) > 4) return;
    const phase = type & 0x08;
    if ((phases.get(to) ?? 0) !== phase) changes.set(to, (changes.get(to) ?? 0) + 1);
    phases.set(to, phase);
  };
  return { to: (peer: WorldPeer) => changes.get(peer.id) ?? 0 };
}

const text = (seed: string): Uint8Array => testRandom(seed).bytes(SIZE);

/** A and B send each other `SIZE` bytes at the same time. @returns what arrived */
function talk({ world, a, b }: ReturnType<typeof pair>) {
  const served = serve(b, "talk", (probe) => {
    probe.stream?.write(text("from b"));
    probe.stream?.end();
  });
  const probe = open(a, b, "talk");
  probe.stream?.write(text("from a"));
  probe.stream?.end();
  world.run(300_000, () => probe.ended && served[0]?.ended === true);
  const bytesOf = (chunks: readonly Uint8Array[] = []) => Buffer.concat(chunks);
  return { toA: bytesOf(probe.chunks), toB: bytesOf(served[0]?.chunks) };
}

describe.each(["aes-256-gcm", "chacha20-poly1305"] as const)(
  "keys change under way, %s",
  (aead) => {
    test("in both directions, again and again, and nothing else is noticed of it", () => {
      const world = pair(1, aead);
      const phases = phaseTap(world.world);
      const { toA, toB } = talk(world);
      expect(toA.equals(text("from b"))).toBe(true);
      expect(toB.equals(text("from a"))).toBe(true);
      expect(phases.to(world.a)).toBeGreaterThan(1);
      expect(phases.to(world.b)).toBeGreaterThan(1);
      expect(world.a.manager.stats().packetsIgnored).toBe(0);
      expect(world.b.manager.stats().packetsIgnored).toBe(0);
      expect(world.a.manager.stats().packetsLost).toBe(0);
      expect(world.a.manager.stats().handshakesBegun).toBe(1);
    });

    test("whatever is lost, late, doubled or altered", () => {
      const faults = fc.record({
        loss: fc.double({ min: 0, max: 0.2, noNaN: true }),
        duplicate: fc.double({ min: 0, max: 0.2, noNaN: true }),
        corrupt: fc.double({ min: 0, max: 0.05, noNaN: true }),
        delayMs: fc.nat(60),
        jitterMs: fc.nat(120),
      });
      let changes = 0;
      fc.assert(
        fc.property(fc.nat(), faults, (seed, some) => {
          const world = pair(seed, aead, some);
          const phases = phaseTap(world.world);
          const { toA, toB } = talk(world);
          expect(toA.equals(text("from b"))).toBe(true);
          expect(toB.equals(text("from a"))).toBe(true);
          changes += phases.to(world.b);
        }),
        { numRuns: 8, endOnFailure: true },
      );
      expect(changes).toBeGreaterThan(10);
    });

    test("and somebody who flips the phase of every packet on its way changes nothing", () => {
      const world = pair(2, aead);
      const phases = phaseTap(world.world);
      const watch = world.world.onSend;
      world.world.onSend = (to, bytes) => {
        watch?.(to, bytes);
        const flipped = bytes.slice();
        flipped[0] = (flipped[0] ?? 0) ^ 0x08;
        world.world.inject(to, flipped);
      };
      const { toA, toB } = talk(world);
      expect(toA.equals(text("from b"))).toBe(true);
      expect(toB.equals(text("from a"))).toBe(true);
      expect(phases.to(world.a)).toBeGreaterThan(1);
      expect(world.a.manager.stats().packetsLost).toBe(0);
      expect(world.a.manager.stats().sessions).toBe(1);
    });
  },
);

describe("forged packets", () => {
  test("end a session at the limit; its streams end and a new one takes over", () => {
    const suite = suites["aes-256-gcm"];
    const world = new TestWorld(suite, new ManualClock(1_000), testRandom("siege"));
    const a = world.add(testIdentity(suite, "a"));
    const b = world.add(testIdentity(suite, "b"), {
      keyLimits: { ...KEY_LIMITS, forgedPackets: 20 },
    });
    const served = serve(b, "hold");
    const sent: Uint8Array[] = [];
    world.onSend = (to, bytes) => void (to === b.id && sent.push(bytes.slice()));
    const probe = open(a, b, "hold", "x");
    world.run(1_000);
    const data = sent.find((bytes) => bytes[0] === 0x53) ?? new Uint8Array(40);
    const forge = (count: number) => {
      for (let i = 0; i < count; i++) {
        const forged = data.slice();
        // Another number, far ahead, so that it is fresh.
        forged.set([0, 0, 0, 1, 0, i], 5);
        b.manager.packet(forged);
      }
    };
    forge(19);
    world.run(100);
    expect(b.manager.stats().sessions).toBe(1);
    probe.stream?.write(Uint8Array.of(1));
    world.run(100);
    expect(served[0]?.bytes).toBe(2);
    forge(1);
    probe.stream?.write(Uint8Array.of(1));
    world.run(60_000, () => probe.closed !== undefined && served[0]?.closed !== undefined);
    expect([probe.closed, served[0]?.closed]).toEqual(["session-lost", "session-lost"]);
    const next = open(a, b, "hold", "y");
    world.run(5_000);
    expect(next.closed).toBeUndefined();
    expect(served[1]?.bytes).toBe(1);
  });
});
