import { describe, expect, test } from "vitest";
import { NOW_MS, suite, type TestDevice, testDevice } from "../../../test/support/ratchet/kit.ts";
import { concatBytes, toHex, utf8 } from "../../base/bytes.ts";
import {
  CryptoError,
  KEM_CIPHERTEXT_BYTES,
  KEM_PUBLIC_BYTES,
  KEM_SEED_BYTES,
  ML_KEM_768,
} from "../../crypto/index.ts";
import { testRandom } from "../../testing/index.ts";
import { loadChannel } from "./channel.ts";
import { RatchetError } from "./errors.ts";
import { acceptChannel, beginChannel, isFirstFrameFor, readFrameHead } from "./first-contact.ts";
import { hybridSecret } from "./hybrid.ts";
import { CONTACT_AT, CONTACT_BYTES, FRAME_TYPE } from "./layout.ts";
import {
  BUNDLE_BYTES,
  decodePrekey,
  encodePrekey,
  HYBRID_BUNDLE_BYTES,
  makeHybridPrekey,
  readBundle,
  writeBundle,
} from "./prekeys.ts";
import type { BeginOptions } from "./types.ts";

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof RatchetError || error instanceof CryptoError) return error.code;
    throw error;
  }
  return "none";
}

/** A device whose kit has ML-KEM-768. */
function modern(name: string): TestDevice {
  const device = testDevice(name);
  const kit = { ...device.kit, kem: ML_KEM_768 };
  return { ...device, kit, prekey: makeHybridPrekey(kit, NOW_MS, 86_400_000) };
}

const anna = modern("anna");
const ben = modern("ben");
const bundleOf = ({ prekey, signKey }: TestDevice) =>
  readBundle(suite, writeBundle(prekey, signKey), signKey.publicKey, NOW_MS);

function first(from: TestDevice, to: TestDevice, more: Partial<BeginOptions> = {}) {
  const theirDhKey = to.dhKey.publicKey;
  const options = { ourDhKey: from.dhKey, theirDhKey, bundle: bundleOf(to), nowMs: NOW_MS };
  return beginChannel(from.kit, { ...options, ...more }).seal(new Uint8Array(104), NOW_MS);
}

function take(device: TestDevice, frame: Uint8Array, prekey = device.prekey) {
  const options = { ourDhKey: device.dhKey, prekeys: [prekey], nowMs: NOW_MS };
  return acceptChannel(device.kit, options, frame);
}

describe("first contacts with ML-KEM-768", () => {
  test("are 1,088 bytes longer, and open for those who have the key", () => {
    const { frame, next } = first(anna, ben);
    expect(frame.length).toBe(238 + KEM_CIPHERTEXT_BYTES);
    expect(writeBundle(ben.prekey, ben.signKey).length).toBe(HYBRID_BUNDLE_BYTES);
    const taken = take(ben, frame);
    expect(taken.next.theirDhKey).toEqual(anna.dhKey.publicKey);
    expect(readFrameHead(suite, frame)).toEqual({ kind: "first", channelId: taken.next.id });
    expect(isFirstFrameFor(suite, frame, ben.prekey.publicKey)).toBe(true);
    const again = loadChannel(anna.kit, next.encode());
    const second = again.seal(utf8("second"), NOW_MS);
    const opened = taken.next.open(second.frame, NOW_MS);
    expect(opened.body).toEqual(utf8("second"));
    const answer = opened.next.seal(utf8("answer"), NOW_MS, "short");
    expect(second.next.open(answer.frame, NOW_MS).body).toEqual(utf8("answer"));
  });

  test("are made to hybrid prekeys and to no others, by those who have the KEM", () => {
    const plain = testDevice("plain");
    expect(first(anna, plain).frame.length).toBe(238);
    expect(first(anna, plain).next.hybrid).toBe(false);
    expect(writeBundle(plain.prekey, plain.signKey).length).toBe(BUNDLE_BYTES);
    expect(codeOf(() => first(plain, ben))).toBe("no-prekey");
    const { kem: _, ...old } = ben.kit;
    expect(codeOf(() => take({ ...ben, kit: old }, first(anna, ben).frame))).toBe("no-prekey");
  });

  test("cannot be made plain by somebody in the middle, nor plain ones hybrid", () => {
    const { frame } = first(anna, ben);
    const contactEnd = CONTACT_AT + CONTACT_BYTES;
    const stripped = concatBytes(
      frame.subarray(0, contactEnd),
      frame.subarray(contactEnd + KEM_CIPHERTEXT_BYTES),
    );
    stripped[0] = FRAME_TYPE.first;
    expect(codeOf(() => take(ben, stripped))).toBe("no-prekey");
    // Nor where the recipient had a plain prekey of the same key.
    const { kemKey: _key, kemSeed: _seed, ...plainPrekey } = ben.prekey;
    expect(codeOf(() => take(ben, stripped, plainPrekey))).toBe("forged");
    expect(codeOf(() => take(ben, frame, plainPrekey))).toBe("no-prekey");
    const plain = testDevice("plain");
    const made = first(anna, plain).frame;
    const filled = concatBytes(
      made.subarray(0, contactEnd),
      frame.subarray(contactEnd, contactEnd + KEM_CIPHERTEXT_BYTES),
      made.subarray(contactEnd),
    );
    filled[0] = FRAME_TYPE.hybrid;
    expect(codeOf(() => take(plain, filled))).toBe("no-prekey");
  });

  test("say on both sides what they are, over a restart too, and plain ones of before are plain", () => {
    const { frame, next } = first(anna, ben);
    const taken = take(ben, frame).next;
    for (const channel of [next, taken]) {
      expect(channel.hybrid).toBe(true);
      const kit = channel === next ? anna.kit : ben.kit;
      expect(loadChannel(kit, channel.encode()).hybrid).toBe(true);
    }
    const plain = first(anna, testDevice("plain")).next;
    expect(loadChannel(anna.kit, plain.encode()).hybrid).toBe(false);
    const answer = taken.seal(utf8("answer"), NOW_MS);
    expect(next.open(answer.frame, NOW_MS).next.hybrid).toBe(true);
  });

  test("open only with both keys", () => {
    const { frame } = first(anna, ben);
    const { secret, publicKey } = modern("cleo").prekey;
    const otherCurve = { ...ben.prekey, secret };
    const kemSeed = new Uint8Array(KEM_SEED_BYTES).fill(1);
    const otherKem = { ...ben.prekey, kemSeed };
    expect(codeOf(() => take(ben, frame, otherCurve))).toBe("forged");
    expect(codeOf(() => take(ben, frame, otherKem))).toBe("forged");
    expect(codeOf(() => take(ben, frame, { ...ben.prekey, publicKey }))).toBe("no-prekey");
  });

  test("that were altered or cut anywhere do not open", () => {
    const { frame } = first(anna, ben);
    for (let at = 0; at < frame.length; at += 53) {
      const altered = frame.slice();
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(codeOf(() => take(ben, altered))).toMatch(/^(forged|no-prekey|not-ours)$/);
      const cut = frame.subarray(0, at);
      expect(codeOf(() => take(ben, cut))).toMatch(/^(forged|not-ours)$/);
    }
  });

  test("are made by prekeys that come back from disk as they were", () => {
    expect(decodePrekey(suite, encodePrekey(ben.prekey))).toEqual(ben.prekey);
    const cut = encodePrekey(ben.prekey).subarray(0, -1);
    expect(codeOf(() => decodePrekey(suite, cut))).toBe("damaged");
    const bundle = writeBundle(ben.prekey, ben.signKey);
    bundle[700] = (bundle[700] ?? 0) ^ 1;
    const read = () => readBundle(suite, bundle, ben.signKey.publicKey, NOW_MS);
    expect(codeOf(read)).toBe("bad-signature");
  });
});

test("a first contact's secret depends on both secrets, the key and the ciphertext", () => {
  const bytes = (n: number) => new Uint8Array(32).fill(n);
  const part = { kemKey: bytes(1), ciphertext: bytes(2), secret: bytes(3) };
  const secrets = [
    hybridSecret(suite, bytes(4), part),
    hybridSecret(suite, bytes(5), part),
    hybridSecret(suite, bytes(4), { ...part, kemKey: bytes(5) }),
    hybridSecret(suite, bytes(4), { ...part, ciphertext: bytes(5) }),
    hybridSecret(suite, bytes(4), { ...part, secret: bytes(5) }),
    hybridSecret(suite, bytes(4), undefined),
  ];
  expect(new Set(secrets.map(toHex)).size).toBe(secrets.length);
});

describe("ML-KEM-768", () => {
  const random = testRandom("kem");
  const seed = random.bytes(KEM_SEED_BYTES);
  const publicKey = ML_KEM_768.publicKey(seed);

  test("gives both sides the same secret, and nobody else", () => {
    const { ciphertext, secret } = ML_KEM_768.encapsulate(publicKey, random);
    expect([publicKey.length, ciphertext.length]).toEqual([KEM_PUBLIC_BYTES, KEM_CIPHERTEXT_BYTES]);
    expect(ML_KEM_768.decapsulate(seed, ciphertext)).toEqual(secret);
    expect(ML_KEM_768.decapsulate(random.bytes(KEM_SEED_BYTES), ciphertext)).not.toEqual(secret);
    ciphertext[7] = (ciphertext[7] ?? 0) ^ 1;
    expect(ML_KEM_768.decapsulate(seed, ciphertext)).not.toEqual(secret);
  });

  test("refuses keys and ciphertexts that are none", () => {
    const wrong = publicKey.slice().fill(0xff, 0, 300);
    expect(codeOf(() => ML_KEM_768.encapsulate(wrong, random))).toBe("bad-key");
    const short = publicKey.subarray(1);
    expect(codeOf(() => ML_KEM_768.encapsulate(short, random))).toBe("bad-key");
    expect(codeOf(() => ML_KEM_768.decapsulate(seed, new Uint8Array(9)))).toBe("decrypt");
  });
});
