import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { must } from "../base/errors.ts";
import type { AeadName, CryptoSuite } from "../crypto/index.ts";
import { testRandom } from "../testing/fixtures.ts";
import { SessionError } from "./errors.ts";
import { KeyChains, type SessionKeys } from "./key-chains.ts";
import { KEY_LIMITS, type KeyLimits } from "./key-phase.ts";
import {
  FORGED_PACKETS_MAX,
  KEY_REST_PROBE_TIMEOUTS,
  KEY_UPDATE_PACKETS,
  PACKETS_PER_AES_KEY_MAX,
} from "./limits.ts";
import { type DataPacket, parsePacket } from "./packet.ts";
import { PacketCipher } from "./packet-cipher.ts";

fc.configureGlobal({ seed: 1 });

const AEADS: readonly AeadName[] = ["aes-256-gcm", "chacha20-poly1305"];
const PROBE_TIMEOUT_MS = 100;
const REST_MS = KEY_REST_PROBE_TIMEOUTS * PROBE_TIMEOUT_MS;
const path = { probeTimeoutMs: () => PROBE_TIMEOUT_MS };
const PING = Uint8Array.of(1);
const real = createNodeSuite();

/** Packets as they lie on the wire, with what only the test knows. */
interface Flight {
  readonly bytes: Uint8Array;
  readonly number: number;
  readonly generation: number;
  /** Highest number that its sender had received, and so acknowledges. */
  readonly acks: number;
}

/** One end of a session, its traffic and acknowledgements reduced to the least. */
class End {
  readonly cipher: PacketCipher;
  readonly flights: Flight[] = [];
  readonly opened: Set<number> = new Set();
  largest = -1;
  previousUntilMs = Number.NEGATIVE_INFINITY;

  constructor(keys: SessionKeys, limits: KeyLimits) {
    this.cipher = new PacketCipher(keys, 1, 0, limits);
  }

  seal(): Flight {
    const number = this.cipher.nextNumber;
    const generation = this.cipher.phases.sendGeneration;
    const bytes = this.cipher.seal(PING, undefined);
    const flight = { bytes, number, generation, acks: this.largest };
    this.flights.push(flight);
    return flight;
  }

  /** Takes a packet in as a session does. @returns whether it opened */
  take(flight: Flight, nowMs: number): boolean {
    const before = this.cipher.phases.receiveGeneration;
    const plaintext = this.cipher.open(dataOf(flight.bytes), nowMs, path);
    if (plaintext === undefined) return false;
    expect(plaintext).toEqual(PING);
    expect(this.opened.has(flight.number)).toBe(false);
    this.opened.add(flight.number);
    this.largest = Math.max(this.largest, flight.number);
    if (this.cipher.phases.receiveGeneration > before) this.previousUntilMs = nowMs + REST_MS;
    if (flight.acks >= 0) this.acknowledge(flight.acks, nowMs);
    return true;
  }

  acknowledge(largest: number, nowMs: number): void {
    this.cipher.onAck({ delayMs: 0, ranges: [0, largest + 1] }, nowMs, path);
  }
}

function dataOf(bytes: Uint8Array): DataPacket {
  const packet = parsePacket(bytes);
  if (packet.kind !== "data") throw new RangeError("no data packet");
  return packet;
}

/** The same packet with the other key phase in its head. */
function flipped(flight: Flight): DataPacket {
  const bytes = flight.bytes.slice();
  bytes[0] = (bytes[0] ?? 0) ^ 0x08;
  return dataOf(bytes);
}

function pair(aead: AeadName, limits: Partial<KeyLimits> = {}, suite: CryptoSuite = real) {
  const random = testRandom("keys");
  const [toB, toA, secret] = [random.bytes(32), random.bytes(32), random.bytes(32)];
  const end = (initiator: boolean): End => {
    const keys = {
      send: suite.aead(aead, initiator ? toB : toA),
      receive: suite.aead(aead, initiator ? toA : toB),
      aead,
      chains: new KeyChains(suite, aead, secret, initiator),
    };
    return new End(keys, { ...KEY_LIMITS, ...limits });
  };
  return [end(true), end(false)] as const;
}

/** A suite that counts the keys it is asked for. */
function counting(): { suite: CryptoSuite; made: () => number } {
  let made = 0;
  const suite: CryptoSuite = {
    fastAead: real.fastAead,
    sha256: (...parts) => real.sha256(...parts),
    hmacSha256: (key, ...parts) => real.hmacSha256(key, ...parts),
    signingKey: (seed) => real.signingKey(seed),
    verify: (key, message, signature) => real.verify(key, message, signature),
    dhKey: (secret) => real.dhKey(secret),
    aead: (name, key) => {
      made++;
      return real.aead(name, key);
    },
  };
  return { suite, made: () => made };
}

/** Lets both ends talk without faults until A's key has changed. */
function updated(aead: AeadName, suite?: CryptoSuite): readonly [End, End] {
  const [a, b] = pair(aead, { updatePackets: 2 }, suite);
  for (let i = 0; a.cipher.phases.sendGeneration === 0; i++) {
    expect(i).toBeLessThan(10);
    b.take(a.seal(), 0);
    a.take(b.seal(), 0);
  }
  return [a, b];
}

const STEP = fc.record({
  fromA: fc.boolean(),
  act: fc.constantFrom("seal", "seal", "deliver", "deliver", "late", "drop", "flip", "wait"),
  pick: fc.nat(1_000),
});

/** What a property draws: something done to the traffic of one end. */
type Step = typeof STEP extends fc.Arbitrary<infer T> ? T : never;

/** A way between both ends that loses, doubles, delays and forges what it is told to. */
class Wire {
  readonly #ends: readonly [End, End];
  #nowMs = 0;

  constructor(ends: readonly [End, End]) {
    this.#ends = ends;
  }

  run({ fromA, act, pick }: Step): void {
    const [a, b] = this.#ends;
    const [from, to] = fromA ? [a, b] : [b, a];
    if (act === "seal") from.seal();
    if (act === "wait") this.#nowMs += pick % 200;
    const at = act === "late" ? pick % Math.max(1, from.flights.length) : 0;
    const flight = from.flights[at];
    if (flight === undefined || act === "seal" || act === "wait") return;
    if (act === "flip") {
      expect(to.cipher.open(flipped(flight), this.#nowMs, path)).toBeUndefined();
      return;
    }
    // One in four comes again.
    if (act === "drop" || pick % 4 !== 0) from.flights.splice(at, 1);
    if (act !== "drop") this.#deliver(flight, to);
  }

  #deliver(flight: Flight, to: End): void {
    const isFresh = !to.opened.has(flight.number);
    const behind = to.cipher.phases.receiveGeneration - flight.generation;
    expect(behind).toBeGreaterThanOrEqual(-1);
    const hasKey = behind <= 0 || (behind === 1 && this.#nowMs < to.previousUntilMs);
    expect(to.take(flight, this.#nowMs)).toBe(isFresh && hasKey);
    for (const { cipher } of this.#ends) {
      const ahead = cipher.phases.sendGeneration - cipher.phases.receiveGeneration;
      expect([0, 1]).toContain(ahead);
    }
  }
}

describe.each(AEADS)("key updates, %s", (aead) => {
  test("every genuine packet opens once, in whatever order, while its key is one of three", () => {
    let generations = 0;
    fc.assert(
      fc.property(fc.array(STEP, { minLength: 200, maxLength: 400 }), (steps) => {
        const { suite, made } = counting();
        const ends = pair(aead, { updatePackets: 3 }, suite);
        const wire = new Wire(ends);
        for (const step of steps) wire.run(step);
        let used = 0;
        for (const { cipher } of ends) {
          const { sendGeneration, receiveGeneration } = cipher.phases;
          used += sendGeneration + receiveGeneration;
          generations = Math.max(generations, sendGeneration);
        }
        // Four to begin with, one for each update, at most one in advance at each end.
        expect(made()).toBeLessThanOrEqual(4 + used + 2);
      }),
      { numRuns: 60, endOnFailure: true },
    );
    expect(generations).toBeGreaterThan(3);
  });

  test("both ends may begin at once", () => {
    const [a, b] = pair(aead, { updatePackets: 2 });
    for (let i = 0; i < 2; i++) {
      const [fromA, fromB] = [a.seal(), b.seal()];
      b.take(fromA, 0);
      a.take(fromB, 0);
    }
    expect([a.cipher.phases.sendGeneration, b.cipher.phases.sendGeneration]).toEqual([1, 1]);
    expect([a.cipher.phases.receiveGeneration, b.cipher.phases.receiveGeneration]).toEqual([0, 0]);
    const [nextA, nextB] = [a.seal(), b.seal()];
    expect([b.take(nextA, 0), a.take(nextB, 0)]).toEqual([true, true]);
    for (const { cipher } of [a, b]) {
      expect([cipher.phases.sendGeneration, cipher.phases.receiveGeneration]).toEqual([1, 1]);
    }
  });

  test("a late packet opens under the key before, for three probe timeouts and no longer", () => {
    const [a, b] = pair(aead, { updatePackets: 2 });
    const [late, later] = [a.seal(), a.seal()];
    b.take(a.seal(), 0);
    a.take(b.seal(), 0);
    expect(a.cipher.phases.sendGeneration).toBe(1);
    expect(b.take(a.seal(), 0)).toBe(true);
    expect(b.cipher.phases.receiveGeneration).toBe(1);
    expect(b.take(late, REST_MS - 1)).toBe(true);
    expect(b.take(later, REST_MS)).toBe(false);
  });

  test("the next update waits until the last one was acknowledged three probe timeouts ago", () => {
    const [a, b] = updated(aead);
    for (let i = 0; i < 5; i++) a.seal();
    expect(a.cipher.phases.sendGeneration).toBe(1);
    b.take(a.seal(), 10);
    a.take(b.seal(), 10);
    b.take(a.seal(), 10 + REST_MS - 1);
    a.take(b.seal(), 10 + REST_MS - 1);
    expect(a.cipher.phases.sendGeneration).toBe(1);
    b.take(a.seal(), 10 + REST_MS);
    a.take(b.seal(), 10 + REST_MS);
    expect(a.cipher.phases.sendGeneration).toBe(2);
  });

  test("one that goes on before it had an answer is not followed until it has", () => {
    const [a, b] = updated(aead);
    b.take(a.seal(), 0);
    expect(b.cipher.phases.receiveGeneration).toBe(1);
    // B has sent nothing under its new key; A breaks the rules and goes on all the same.
    const eager = eagerly(a);
    expect(b.cipher.open(dataOf(eager), 0, path)).toBeUndefined();
    expect(b.cipher.phases.receiveGeneration).toBe(1);
    b.seal();
    expect(b.cipher.open(dataOf(eager), 0, path)).toEqual(PING);
    expect(b.cipher.phases.receiveGeneration).toBe(2);
  });

  test("an acknowledgement under a key older than what it acknowledges breaks the rules", () => {
    const [a] = updated(aead);
    const { number } = a.seal();
    expect(() => a.acknowledge(number, 0)).toThrow(SessionError);
    expect(() => a.acknowledge(number - 1, 0)).not.toThrow();
  });

  test("flipped phases make one key ahead, whatever their number, and change nothing", () => {
    const { suite, made } = counting();
    const [a, b] = pair(aead, {}, suite);
    b.seal();
    const before = made();
    for (let i = 0; i < 200; i++) {
      const flight = a.seal();
      expect(b.cipher.open(flipped(flight), i, path)).toBeUndefined();
      expect(b.take(flight, i)).toBe(true);
    }
    expect(made() - before).toBe(1);
    expect([b.cipher.phases.sendGeneration, b.cipher.phases.receiveGeneration]).toEqual([0, 0]);
  });

  test("forged packets end the use of the keys at the limit, not one before", () => {
    const [a, b] = pair(aead, { forgedPackets: 3 });
    const forge = (): Uint8Array => {
      const { bytes } = a.seal();
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      return bytes;
    };
    for (let i = 0; i < 2; i++) b.cipher.open(dataOf(forge()), 0, path);
    expect(b.cipher.usedUp).toBe(false);
    expect(b.take(a.seal(), 0)).toBe(true);
    b.cipher.open(dataOf(forge()), 0, path);
    expect(b.cipher.usedUp).toBe(true);
    expect(b.take(a.seal(), 0)).toBe(false);
  });
});

/** A packet of A under its second next key, as if two packets of B had made it go on. */
function eagerly(a: End): Uint8Array {
  const { phases, nextNumber } = a.cipher;
  while (phases.sendGeneration < 2) {
    phases.receiveKey("next");
    phases.onOpened("next", 0, nextNumber);
  }
  return a.seal().bytes;
}

describe("how much a key may be used", () => {
  test("an AES key seals its limit and not one more; a new session is sought before", () => {
    const limits = { aesPackets: 10, aesMargin: 3 };
    const [{ cipher }] = pair("aes-256-gcm", limits);
    for (let i = 0; i < 6; i++) cipher.seal(PING, undefined);
    expect([cipher.worn, cipher.usedUp]).toEqual([false, false]);
    cipher.seal(PING, undefined);
    expect([cipher.worn, cipher.usedUp]).toEqual([true, false]);
    for (let i = 0; i < 2; i++) cipher.seal(PING, undefined);
    expect(cipher.usedUp).toBe(false);
    cipher.seal(PING, undefined);
    expect(cipher.usedUp).toBe(true);
    const [other] = pair("chacha20-poly1305", limits);
    for (let i = 0; i < 20; i++) other.seal();
    expect([other.cipher.worn, other.cipher.usedUp]).toEqual([false, false]);
  });

  test("an update makes a worn key fresh again", () => {
    const [a, b] = pair("aes-256-gcm", { aesPackets: 6, aesMargin: 3, updatePackets: 4 });
    for (let i = 0; i < 4; i++) b.take(a.seal(), 0);
    expect(a.cipher.worn).toBe(true);
    a.take(b.seal(), 0);
    expect(a.cipher.phases.sendGeneration).toBe(1);
    expect(a.cipher.worn).toBe(false);
  });

  test("the limits are those of RFC 9001 for packets of 2^16 bytes, at 2^-57", () => {
    const blocks = 2 ** 16 / 16;
    // Appendix B.1.1: 2 (q l)^2 / 2^128 <= 2^-57.
    expect(2 * (PACKETS_PER_AES_KEY_MAX * blocks) ** 2).toBeLessThanOrEqual(2 ** (128 - 57));
    expect(KEY_UPDATE_PACKETS).toBeLessThan(PACKETS_PER_AES_KEY_MAX);
    // Section 6.6 (AES) and, for ChaCha20-Poly1305, v * 8 l / 2^106 <= 2^-57.
    expect(FORGED_PACKETS_MAX).toBeLessThanOrEqual(2 ** 52);
    expect(FORGED_PACKETS_MAX * 8 * blocks).toBeLessThanOrEqual(2 ** (106 - 57));
  });

  test("without chains, as with older peers, the other phase opens nothing", () => {
    const key = real.aead("chacha20-poly1305", new Uint8Array(32));
    const keys: SessionKeys = {
      send: key,
      receive: key,
      aead: "chacha20-poly1305",
      chains: undefined,
    };
    const end = new End(keys, { ...KEY_LIMITS, updatePackets: 1 });
    const flight = end.seal();
    end.acknowledge(0, 0);
    expect(end.cipher.phases.sendGeneration).toBe(0);
    expect(end.cipher.open(flipped(flight), 0, path)).toBeUndefined();
    expect(must(end.cipher.open(dataOf(flight.bytes), 0, path), "frames")).toEqual(PING);
  });
});
