import { describe, expect, test } from "vitest";
import { toHex } from "../../src/base/bytes.ts";
import { must } from "../../src/base/errors.ts";
import {
  type AeadName,
  type CryptoSuite,
  NoiseHandshake,
  type NoisePattern,
  type NoiseTransportKeys,
  noiseNonce,
} from "../../src/crypto/index.ts";
import type { Random } from "../../src/ports/random.ts";
import { hex, loadVectors, SUITES } from "./vectors.ts";

interface NoiseVector {
  readonly protocol_name: string;
  readonly init_prologue: string;
  readonly init_static?: string;
  readonly init_ephemeral: string;
  readonly init_remote_static?: string;
  readonly resp_prologue: string;
  readonly resp_static?: string;
  readonly resp_ephemeral?: string;
  readonly handshake_hash?: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

const NAME = /^Noise_(XX|IK|X)_25519_(ChaChaPoly|AESGCM)_SHA256$/;

/** The ephemeral secret that a vector prescribes. */
function fixed(secret: string | undefined): Random {
  return {
    bytes: () => hex(must(secret, "the vector has no ephemeral key")),
    u32: () => 0,
    fork: () => fixed(secret),
  };
}

/** Counts up the nonces of one direction, as a transport would. */
class Direction {
  #counter = 0;
  readonly #cipher: AeadName;

  constructor(cipher: AeadName) {
    this.#cipher = cipher;
  }

  pass(from: NoiseTransportKeys, to: NoiseTransportKeys, payload: Uint8Array): string {
    const nonce = noiseNonce(this.#counter++, this.#cipher);
    const sealed = from.send.seal(nonce, new Uint8Array(0), payload);
    expect(to.receive.open(nonce, new Uint8Array(0), sealed)).toEqual(payload);
    return toHex(sealed);
  }
}

function replay(suite: CryptoSuite, vector: NoiseVector): number {
  const [, pattern, cipherName] = must(NAME.exec(vector.protocol_name), "no such protocol");
  const cipher: AeadName = cipherName === "AESGCM" ? "aes-256-gcm" : "chacha20-poly1305";
  const common = { suite, pattern: pattern as NoisePattern, cipher };
  const remoteStatic = vector.init_remote_static;
  const initiator = new NoiseHandshake({
    ...common,
    initiator: true,
    prologue: hex(vector.init_prologue),
    staticKey: suite.dhKey(hex(must(vector.init_static, "no static key"))),
    random: fixed(vector.init_ephemeral),
    ...(remoteStatic === undefined ? {} : { remoteStatic: hex(remoteStatic) }),
  });
  const responder = new NoiseHandshake({
    ...common,
    initiator: false,
    prologue: hex(vector.resp_prologue),
    staticKey: suite.dhKey(hex(must(vector.resp_static, "no static key"))),
    random: fixed(vector.resp_ephemeral),
  });
  const directions = [new Direction(cipher), new Direction(cipher)] as const;
  vector.messages.forEach(({ payload, ciphertext }, index) => {
    const forward = pattern === "X" || index % 2 === 0;
    const [from, to] = forward ? [initiator, responder] : [responder, initiator];
    if (from.done) {
      const direction = directions[forward ? 0 : 1];
      expect(direction.pass(from.split(), to.split(), hex(payload))).toBe(ciphertext);
    } else {
      const message = from.writeMessage(hex(payload));
      expect(toHex(message)).toBe(ciphertext);
      expect(toHex(to.readMessage(message))).toBe(payload);
    }
  });
  expect(toHex(initiator.handshakeHash)).toBe(toHex(responder.handshakeHash));
  if (vector.handshake_hash) expect(toHex(initiator.handshakeHash)).toBe(vector.handshake_hash);
  return vector.messages.length;
}

describe.each(["cacophony", "snow"])("Noise vectors of %s", (file) => {
  const loaded = loadVectors(`noise/${file}.json`) as { vectors: NoiseVector[] } | undefined;
  const vectors = loaded?.vectors.filter((vector) => NAME.test(vector.protocol_name)) ?? [];

  test.skipIf(loaded === undefined)("XX, IK and X are there with both ciphers", () => {
    expect(new Set(vectors.map((vector) => vector.protocol_name)).size).toBe(6);
  });

  for (const [name, suite] of SUITES) {
    for (const vector of vectors) {
      test(`${vector.protocol_name}, ${name}`, () => {
        const passed = replay(suite, vector);
        expect(passed).toBeGreaterThan(1);
      });
    }
  }
});
