import { utf8 } from "../base/bytes.ts";
import { assert } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/suite.ts";
import { makeLocalIdentity } from "../identity/device.ts";
import type { LocalIdentity } from "../identity/types.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";

/**
 * A repeatable source of randomness for tests: the same seed gives the same draws on every
 * machine. A fork depends on the seed, its label and how often that label was forked before,
 * never on what was drawn, so a new draw in one room shifts no other. Never for real keys.
 */
export function testRandom(seed: number | string): Random {
  return new Xoshiro(String(seed));
}

/** A whole local identity that depends only on `label`. Never for real peers. */
export function testIdentity(suite: CryptoSuite, label: string): LocalIdentity {
  return makeLocalIdentity(
    suite,
    suite.sha256(utf8(`test device ${label}`)),
    suite.sha256(utf8(`test person ${label}`)),
  );
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #monotonicMs: number;
  #wallMs: number;

  /** @param monotonicMs the first reading; the wall clock begins at 2024-01-01 */
  constructor(monotonicMs = 0) {
    this.#monotonicMs = monotonicMs;
    this.#wallMs = 1_704_067_200_000;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  /** Lets `ms` milliseconds pass on both clocks. */
  advance(ms: number): void {
    assert(ms >= 0, `a clock cannot move by ${ms} ms`);
    this.#monotonicMs += ms;
    this.#wallMs += ms;
  }

  /** Sets the wall clock, as an administrator or a time server might; monotonic time stays. */
  setWallMs(wallMs: number): void {
    this.#wallMs = wallMs;
  }
}

/** xoshiro128** 1.1 (Blackman and Vigna, 2018), its state spread from a text by MurmurHash3. */
class Xoshiro implements Random {
  readonly #seed: string;
  readonly #forks: Map<string, number> = new Map();
  readonly #state: Uint32Array;

  constructor(seed: string) {
    this.#seed = seed;
    this.#state = spread(seed);
  }

  u32(): number {
    const s = this.#state;
    const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = s;
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const t2 = s2 ^ s0;
    const t3 = s3 ^ s1;
    s[1] = s1 ^ t2;
    s[0] = s0 ^ t3;
    s[2] = t2 ^ (s1 << 9);
    s[3] = rotateLeft(t3, 11);
    return result;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 4) {
      const word = this.u32();
      for (let i = 0; i < 4 && at + i < length; i++) bytes[at + i] = word >>> (8 * i);
    }
    return bytes;
  }

  fork(label: string): Random {
    const count = this.#forks.get(label) ?? 0;
    this.#forks.set(label, count + 1);
    return new Xoshiro(`${this.#seed}/${JSON.stringify(label)}${count}`);
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Four words of which each depends on every character; never all zero. */
function spread(text: string): Uint32Array {
  const state = new Uint32Array(4);
  for (let i = 0; i < 4; i++) {
    let hash = Math.imul(i + 1, 0x9e3779b1);
    for (const byte of utf8(text)) hash = mix(hash ^ Math.imul(byte + 1, 0xcc9e2d51));
    state[i] = mix(hash ^ text.length);
  }
  state[0] = (state[0] ?? 0) | 1;
  return state;
}

/** The finalizer of MurmurHash3. */
function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
