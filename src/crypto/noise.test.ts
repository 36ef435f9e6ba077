import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { concatBytes, NO_BYTES, toHex, utf8 } from "../base/bytes.ts";
import { AssertionError, must } from "../base/errors.ts";
import { testRandom } from "../testing/fixtures.ts";
import { NOISE_COUNTER_MAX, NOISE_MESSAGE_BYTES_MAX } from "./limits.ts";
import { NoiseHandshake, type NoiseOptions } from "./noise.ts";
import { noiseNonce } from "./noise-nonce.ts";
import type { NoisePattern } from "./noise-patterns.ts";
import { CryptoError, type CryptoSuite, type DhKey } from "./suite.ts";

fc.configureGlobal({ seed: 1 });

const suite = createNodeSuite();
const PATTERNS: readonly NoisePattern[] = ["XX", "IK", "X"];
const MESSAGES = { XX: 3, IK: 2, X: 1 } as const;
const anna = suite.dhKey(testRandom("anna").bytes(32));
const bert = suite.dhKey(testRandom("bert").bytes(32));

/** Anna begins, Bert answers; IK and X know Bert's key beforehand. */
function pair(
  pattern: NoisePattern,
  changed: { anna?: Partial<NoiseOptions>; bert?: Partial<NoiseOptions> } = {},
): readonly [NoiseHandshake, NoiseHandshake] {
  const common = { suite, pattern, prologue: utf8("test") };
  const known = pattern === "XX" ? {} : { remoteStatic: bert.publicKey };
  return [
    new NoiseHandshake({
      ...common,
      ...known,
      initiator: true,
      staticKey: anna,
      random: testRandom("anna's ephemeral"),
      ...changed.anna,
    }),
    new NoiseHandshake({
      ...common,
      initiator: false,
      staticKey: bert,
      random: testRandom("bert's ephemeral"),
      ...changed.bert,
    }),
  ];
}

/** Passes messages until both are done; `carry` is the wire between them. */
function shake(
  [first, second]: readonly [NoiseHandshake, NoiseHandshake],
  carry: (message: Uint8Array, index: number) => Uint8Array = (message) => message,
): void {
  for (let index = 0; !first.done || !second.done; index++) {
    const [from, to] = index % 2 === 0 ? [first, second] : [second, first];
    const payload = utf8(`payload ${index}`);
    expect(to.readMessage(carry(from.writeMessage(payload), index))).toEqual(payload);
  }
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof CryptoError) return error.code;
    throw error;
  }
}

describe.each(PATTERNS)("pattern %s", (pattern) => {
  test("both know each other, the same hash, and keys that fit", () => {
    const [a, b] = pair(pattern);
    shake([a, b]);
    expect(a.remoteStatic).toEqual(bert.publicKey);
    expect(b.remoteStatic).toEqual(anna.publicKey);
    expect(a.handshakeHash).toEqual(b.handshakeHash);
    const [ours, theirs] = [a.split(), b.split()];
    const sealed = ours.send.seal(noiseNonce(0), NO_BYTES, utf8("to Bert"));
    expect(theirs.receive.open(noiseNonce(0), NO_BYTES, sealed)).toEqual(utf8("to Bert"));
    expect(ours.receive.open(noiseNonce(0), NO_BYTES, sealed)).toBeUndefined();
    const back = theirs.send.seal(noiseNonce(0), NO_BYTES, utf8("to Anna"));
    expect(ours.receive.open(noiseNonce(0), NO_BYTES, back)).toEqual(utf8("to Anna"));
  });

  test("ephemeral secrets are forgotten with the last message, static ones never", () => {
    const keys: Uint8Array[] = [];
    const forgotten: Uint8Array[] = [];
    const watching: CryptoSuite = {
      sha256: (...parts) => suite.sha256(...parts),
      hmacSha256: (key, ...parts) => suite.hmacSha256(key, ...parts),
      signingKey: (seed) => suite.signingKey(seed),
      verify: (...all) => suite.verify(...all),
      aead: (name, key) => suite.aead(name, key),
      dhKey(secret: Uint8Array): DhKey {
        const key = suite.dhKey(secret);
        keys.push(key.publicKey);
        const forget = (): void => void forgotten.push(key.publicKey);
        return { publicKey: key.publicKey, dh: (theirs) => key.dh(theirs), forget };
      },
    };
    shake(pair(pattern, { anna: { suite: watching }, bert: { suite: watching } }), (message) => {
      expect(forgotten.length).toBeLessThan(2);
      return message;
    });
    expect(keys.length).toBe(pattern === "X" ? 1 : 2);
    expect(forgotten.map(toHex).sort()).toEqual(keys.map(toHex).sort());
  });

  test("with any single bit flipped the two never finish together", () => {
    fc.assert(
      fc.property(fc.nat(MESSAGES[pattern] - 1), fc.nat(), (victim, bit) => {
        const [a, b] = pair(pattern);
        const carry = (message: Uint8Array, index: number) => {
          if (index !== victim) return message;
          const altered = Uint8Array.from(message);
          const at = (bit >> 3) % altered.length;
          altered[at] = (altered[at] ?? 0) ^ (1 << (bit & 7));
          return altered;
        };
        let code: string | undefined;
        try {
          shake([a, b], carry);
        } catch (error) {
          // An unsealed payload arrives altered; from there on nothing can be sealed or opened.
          code = error instanceof CryptoError ? error.code : "payload";
        }
        expect(code).toMatch(/^(decrypt|low-order|payload)$/);
        expect(a.done && b.done).toBe(false);
        if (code !== "payload") return;
        expect(codeOf(() => a.readMessage(b.writeMessage(NO_BYTES)))).toBe("decrypt");
      }),
      { numRuns: 150 },
    );
  });

  test("a refused message leaves the handshake as it was", () => {
    const [a, b] = pair(pattern);
    const sides = [a, b] as const;
    shake([a, b], (message, index) => {
      // XX's first message is open to everybody, so nothing that has a key in it is forged.
      if (pattern === "XX" && index === 0) return message;
      const reader = sides[index % 2 === 0 ? 1 : 0];
      const hash = toHex(reader.handshakeHash);
      for (const forged of [
        NO_BYTES,
        message.subarray(1),
        new Uint8Array(200),
        message.subarray(0, 40),
      ]) {
        const refused = codeOf(() => reader.readMessage(forged));
        expect(refused).toMatch(/^(decrypt|low-order)$/);
        expect(toHex(reader.handshakeHash)).toBe(hash);
      }
      return message;
    });
  });

  test("a message forged in its last byte leaves the other side unknown", () => {
    const sides = pair(pattern);
    shake(sides, (message, index) => {
      if (pattern === "XX" && index === 0) return message;
      const reader = must(sides[index % 2 === 0 ? 1 : 0], "two sides");
      const known = reader.remoteStatic;
      const forged = Uint8Array.from(message);
      forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
      expect(codeOf(() => reader.readMessage(forged))).toBe("decrypt");
      expect(reader.remoteStatic).toEqual(known);
      return message;
    });
  });

  test("messages may carry nothing, and are then as short as can be", () => {
    const sides = pair(pattern);
    const sizes: number[] = [];
    for (let index = 0; !sides[0].done || !sides[1].done; index++) {
      const [from, to] = index % 2 === 0 ? sides : sides.toReversed();
      const message = must(from, "two sides").writeMessage(NO_BYTES);
      sizes.push(message.length);
      expect(must(to, "two sides").readMessage(message)).toEqual(NO_BYTES);
    }
    expect(sizes).toEqual({ XX: [32, 96, 64], IK: [96, 48], X: [96] }[pattern]);
  });

  test("another prologue on one side ends it", () => {
    const sides = pair(pattern, { bert: { prologue: utf8("test, version 2") } });
    expect(codeOf(() => shake(sides))).toBe("decrypt");
  });

  test("messages out of turn are refused", () => {
    const [a, b] = pair(pattern);
    expect(codeOf(() => a.readMessage(new Uint8Array(100)))).toBe("out-of-order");
    expect(codeOf(() => b.writeMessage(NO_BYTES))).toBe("out-of-order");
    expect(codeOf(() => a.split())).toBe("out-of-order");
    shake([a, b]);
    for (const side of [a, b]) {
      expect(codeOf(() => side.writeMessage(NO_BYTES))).toBe("out-of-order");
      expect(codeOf(() => side.readMessage(new Uint8Array(100)))).toBe("out-of-order");
    }
  });

  test("random bytes are refused with a CryptoError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const [, b] = pair(pattern);
        const code = codeOf(() => b.readMessage(bytes));
        if (pattern !== "XX") expect(code).toMatch(/^(decrypt|low-order)$/);
        expect(b.done).toBe(false);
      }),
    );
  });

  test("a low-order ephemeral is refused", () => {
    const [, b] = pair(pattern);
    const code = codeOf(() => b.readMessage(concatBytes(new Uint8Array(32), new Uint8Array(100))));
    expect(code).toBe("low-order");
  });

  test("65,535 bytes pass, one more does not, and the turn is not lost by it", () => {
    const [a, b] = pair(pattern);
    const overhead = pattern === "XX" ? 32 : 32 + 48 + 16;
    const most = NOISE_MESSAGE_BYTES_MAX - overhead;
    expect(codeOf(() => a.writeMessage(new Uint8Array(most + 1)))).toBe("too-large");
    const message = a.writeMessage(new Uint8Array(most));
    expect(message.length).toBe(NOISE_MESSAGE_BYTES_MAX);
    expect(codeOf(() => b.readMessage(concatBytes(message, Uint8Array.of(0))))).toBe("too-large");
    expect(b.readMessage(message).length).toBe(most);
  });
});

describe("keys known beforehand", () => {
  const cara = suite.dhKey(testRandom("cara").bytes(32));

  test.each(["IK", "X"] as const)("%s meant for Cara cannot be read by Bert", (pattern) => {
    const sides = pair(pattern, { anna: { remoteStatic: cara.publicKey } });
    expect(codeOf(() => shake(sides))).toBe("decrypt");
    expect(sides[1].remoteStatic).toBeUndefined();
  });

  test.each(["IK", "X"] as const)("%s refuses unusable ones at once", (pattern) => {
    const start = (remoteStatic: Uint8Array) => () => pair(pattern, { anna: { remoteStatic } });
    expect(codeOf(start(new Uint8Array(31)))).toBe("bad-key");
    expect(codeOf(start(new Uint8Array(32)))).toBe("low-order");
  });

  test("IK cannot begin without one", () => {
    const { remoteStatic: _, ...options } = {
      suite,
      pattern: "IK" as const,
      initiator: true,
      prologue: NO_BYTES,
      staticKey: anna,
      random: testRandom(1),
      remoteStatic: undefined,
    };
    expect(() => new NoiseHandshake(options)).toThrow(AssertionError);
  });
});

describe("nonces", () => {
  test("count little-endian for ChaChaPoly, big-endian for AESGCM", () => {
    const counter = 0x0001_0203_0405_06;
    expect(toHex(noiseNonce(counter))).toBe("000000000605040302010000");
    expect(toHex(noiseNonce(counter, "aes-256-gcm"))).toBe("000000000000010203040506");
    expect(toHex(noiseNonce(0))).toBe("00".repeat(12));
  });

  test("end at 2^53-1", () => {
    expect(toHex(noiseNonce(NOISE_COUNTER_MAX))).toBe("00000000ffffffffffff1f00");
    for (const bad of [NOISE_COUNTER_MAX + 1, -1, 0.5, Number.NaN]) {
      expect(codeOf(() => noiseNonce(bad))).toBe("nonce-exhausted");
    }
  });
});
