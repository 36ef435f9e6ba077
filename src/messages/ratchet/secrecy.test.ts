import { describe, expect, test } from "vitest";
import {
  codeOf,
  loadChannelOf,
  NOW_MS,
  recoded,
  stateOf,
  stepOf,
  suite,
  talk,
  twoEnds,
} from "../../../test/support/ratchet/kit.ts";
import { toHex } from "../../base/bytes.ts";
import { STEP_AFTER_MESSAGES } from "./limits.ts";

describe("secrecy", () => {
  test("what is on disk now opens no frame of before", () => {
    const [a, b] = twoEnds();
    const old: Uint8Array[] = [];
    for (let i = 0; i < 2 * STEP_AFTER_MESSAGES; i++) {
      const frame = a.seal(`secret ${i}`);
      old.push(frame);
      b.open(frame);
      a.open(b.seal("ok"));
    }
    for (const stolen of [loadChannelOf(b), loadChannelOf(a)]) {
      for (const frame of old) {
        expect(codeOf(() => stolen.open(frame, NOW_MS))).toMatch(/^(replayed|not-ours)$/);
      }
    }
    // Not only refused: no key that is kept opens any of them.
    const keys = keysIn(recoded(b.channel));
    for (const frame of old) expect(keys.some((key) => opens(key, frame))).toBe(false);
    const next = a.seal("next");
    expect(keysIn(recoded(b.channel)).some((key) => opens(key, next))).toBe(true);
  });

  test("what was stolen opens nothing more after a round trip in which keys were due", () => {
    const [a, b] = twoEnds();
    talk(a, b, 3);
    const [thiefOfA, thiefOfB] = [loadChannelOf(a), loadChannelOf(b)];
    const stolen = [...keysIn(recoded(a.channel)), ...keysIn(recoded(b.channel))];
    // One key was stolen with each end; one more of each end's own is needed.
    const healed = stepOf(a) + 4;
    while (stepOf(a) < healed || stateOf(a.channel).sending.step < healed - 2) talk(a, b, 1);
    const frames = [a.seal("healed"), b.seal("healed")] as const;
    for (const thief of [thiefOfA, thiefOfB]) {
      for (const frame of frames) {
        expect(codeOf(() => thief.open(frame, NOW_MS))).toBe("not-ours");
        expect(stolen.some((key) => opens(key, frame))).toBe(false);
      }
    }
    expect([b.open(frames[0]), a.open(frames[1])]).toEqual(["healed", "healed"]);
  });

  test("no two frames have a tag or a stretch of bytes in common", () => {
    const [a, b] = twoEnds();
    const seen = new Set<string>();
    let pieces = 0;
    for (let i = 0; i < 60; i++) {
      for (const [from, to] of [[a, b] as const, [b, a] as const]) {
        const frame = from.seal("always the same");
        to.open(frame);
        for (let at = 1; at + 4 <= frame.length; at += 4, pieces++) {
          seen.add(toHex(frame.slice(at, at + 4)));
        }
      }
    }
    // 120 frames of 42 bytes and more: chance (2^-32 per pair) may spare us one piece, not two.
    expect(seen.size).toBeGreaterThanOrEqual(pieces - 1);
  });
});

/** Everything of 32 bytes in a saved state that may be a key, at any place. */
function keysIn(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length - 31 }, (_, at) => bytes.slice(at, at + 32));
}

/** Whether a key, or the first message key of a chain that has it, opens a frame. */
function opens(key: Uint8Array, frame: Uint8Array): boolean {
  const nonce = new Uint8Array(12);
  const head = frame.subarray(0, 5);
  return [key, suite.hmacSha256(key, Uint8Array.of(1))].some(
    (one) =>
      suite.aead("chacha20-poly1305", one).open(nonce, head, frame.subarray(5)) !== undefined,
  );
}
