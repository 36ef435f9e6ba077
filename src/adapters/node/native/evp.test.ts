import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { NO_BYTES } from "../../../base/bytes.ts";
import { type AeadKey, type AeadName, TAG_BYTES } from "../../../crypto/suite.ts";
import { testRandom } from "../../../testing/fixtures.ts";
import { createNodeSuite } from "../crypto.ts";
import { NodeAeadKey } from "../crypto-aead.ts";
import { NodeDhKey } from "../crypto-dh.ts";
import { NODE_HASHES, nodeHkdf } from "../crypto-hash.ts";
import { nodeVerifier } from "../crypto-verify.ts";
import {
  EVP_ASSOCIATED_BYTES,
  EVP_KEY_USES_SHARED,
  EVP_SLAB_BYTES,
  EVP_SMALL_BYTES,
} from "../limits.ts";
import { Evp } from "./evp.ts";
import { EvpDh } from "./evp-dh.ts";
import { EvpHashes } from "./evp-hash.ts";
import { EvpHkdf } from "./evp-hkdf.ts";
import { evpParts } from "./evp-suite.ts";
import { EvpVerify } from "./evp-verify.ts";
import { type Ffi, loadFfi } from "./ffi.ts";

const AEADS: readonly AeadName[] = ["chacha20-poly1305", "aes-256-gcm"];
const SIZE_MAX = 70_000;
const bytes = testRandom("evp").bytes(SIZE_MAX);
const nonceOf = (i: number) => bytes.subarray(i % 1_000, (i % 1_000) + 12);
const ffi = loadFfi();

/** The real one, with some of its functions replaced. */
function faked(real: Ffi, replace: (name: string) => number | undefined): Ffi {
  return {
    find(name, ...rest) {
      const found = real.find(name, ...rest);
      return (...values) => replace(name) ?? found(...values);
    },
    addressOf: (of) => real.addressOf(of),
    viewOf: (address, sizeBytes) => real.viewOf(address, sizeBytes),
    errno: () => real.errno(),
    watch: (descriptor, onReadable) => real.watch(descriptor, onReadable),
  };
}

describe.skipIf(ffi === undefined).each(AEADS)("%s by EVP", (name) => {
  const key = bytes.subarray(0, 32);
  const theirs = new NodeAeadKey(name, key);
  // Bodies of skipped blocks run all the same, hooks do not.
  let evp: Evp;
  let ours: AeadKey;
  beforeAll(() => {
    evp = new Evp(ffi as Ffi);
    ours = evp.aead(name, key);
  });

  test("opens into room that is lent, where that is enough", () => {
    for (const size of [0, EVP_SMALL_BYTES, EVP_SMALL_BYTES + 1, SIZE_MAX]) {
      const plain = bytes.subarray(0, size);
      const sealed = theirs.seal(nonceOf(size), bytes.subarray(0, 9), plain);
      const open = (room: Uint8Array) =>
        ours.open(nonceOf(size), bytes.subarray(0, 9), sealed, room);
      const room = new Uint8Array(SIZE_MAX);
      const opened = open(room);
      expect(Buffer.compare(opened ?? room, plain)).toBe(0);
      const isLent = size + TAG_BYTES > EVP_SMALL_BYTES;
      expect(opened?.buffer === room.buffer).toBe(isLent);
      const exact = new Uint8Array(size);
      expect(open(exact)).toBe(exact);
      expect(Buffer.compare(exact, plain)).toBe(0);
      const narrow = new Uint8Array(Math.max(0, size - 1));
      const aside = open(narrow);
      expect(Buffer.compare(aside ?? room, plain)).toBe(0);
      expect(aside?.buffer === narrow.buffer).toBe(size === 0);
      const forged = Uint8Array.from(sealed);
      forged[0] = (forged[0] ?? 0) ^ 1;
      expect(ours.open(nonceOf(size), bytes.subarray(0, 9), forged, room)).toBeUndefined();
    }
  });

  test("seals and opens what node:crypto does, at any size", () => {
    const edges = fc.constantFrom(
      ...[0, 1, 15, 16, 17, EVP_SMALL_BYTES - TAG_BYTES, EVP_SMALL_BYTES - TAG_BYTES + 1],
      ...[EVP_SMALL_BYTES, EVP_SMALL_BYTES + 1, EVP_SLAB_BYTES, SIZE_MAX],
    );
    const sizes = fc.oneof(edges, fc.nat(3_000), fc.nat(SIZE_MAX));
    const associatedSizes = fc.oneof(
      fc.constantFrom(0, EVP_ASSOCIATED_BYTES, EVP_ASSOCIATED_BYTES + 1),
      fc.nat(2_000),
    );
    fc.assert(
      fc.property(sizes, associatedSizes, fc.nat(), (size, associatedSize, dice) => {
        const plain = bytes.subarray(SIZE_MAX - size);
        const associated = bytes.subarray(0, associatedSize);
        const sealed = ours.seal(nonceOf(dice), associated, plain);
        expect(sealed.length).toBe(size + TAG_BYTES);
        expect(Buffer.compare(sealed, theirs.seal(nonceOf(dice), associated, plain))).toBe(0);
        const opened = ours.open(nonceOf(dice), associated, sealed);
        expect(opened?.length).toBe(size);
        expect(Buffer.compare(opened ?? bytes, plain)).toBe(0);
        const forged = Uint8Array.from(sealed);
        const at = dice % forged.length;
        forged[at] = (forged[at] ?? 0) ^ (1 << (dice % 8));
        expect(ours.open(nonceOf(dice), associated, forged)).toBeUndefined();
        expect(ours.open(nonceOf(dice + 1), associated, sealed)).toBeUndefined();
        expect(ours.open(nonceOf(dice), associated, sealed.subarray(0, at))).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  test("seals across parts of any sizes, and clears what is left over of them", () => {
    const sizes = fc.array(fc.oneof(fc.nat(40), fc.nat(9_000)), { minLength: 1, maxLength: 9 });
    const property = fc.property(sizes, fc.nat(TAG_BYTES * 3), fc.nat(), (lengths, spare, dice) => {
      const room = lengths.reduce((sum, length) => sum + length, 0);
      fc.pre(room >= spare + TAG_BYTES);
      const plain = bytes.subarray(0, room - spare - TAG_BYTES);
      const parts = lengths.map((length) => new Uint8Array(length).fill(9));
      ours.sealAcross?.(nonceOf(dice), key, plain, parts);
      const wanted = [theirs.seal(nonceOf(dice), key, plain), new Uint8Array(spare)];
      expect(Buffer.compare(Buffer.concat(parts), Buffer.concat(wanted))).toBe(0);
    });
    fc.assert(property, { seed: 3, numRuns: 200 });
    const narrow = [new Uint8Array(60), new Uint8Array(60 + TAG_BYTES - 21)];
    const seal = () => ours.sealAcross?.(nonceOf(1), key, bytes.subarray(0, 100), narrow);
    expect(seal).toThrow("there is room");
  });

  test("results stay as they are, whatever is sealed and opened later", () => {
    const texts = Array.from({ length: 200 }, (_, i) => bytes.subarray(i, 2 * i + 1));
    const sealed = texts.map((text, i) => ours.seal(nonceOf(i), key, text));
    const opened = sealed.map((one, i) => {
      ours.open(nonceOf(i + 1), key, one);
      return ours.open(nonceOf(i), key, one);
    });
    for (const [i, text] of texts.entries()) {
      expect(opened[i]).toEqual(text);
      expect(sealed[i]).toEqual(theirs.seal(nonceOf(i), key, text));
      expect(Object.getPrototypeOf(opened[i])).toBe(Uint8Array.prototype);
    }
  });

  test("keys that share a context, and those that have one, do not mix", () => {
    const uses = EVP_KEY_USES_SHARED + 2;
    const keys = Array.from({ length: 20 }, (_, i) => bytes.slice(i, i + 32));
    const pairs = keys.map((one) => [evp.aead(name, one), new NodeAeadKey(name, one)] as const);
    // Handed over, not lent.
    for (const one of keys) one.fill(0);
    for (let use = 0; use < uses; use++) {
      for (const [i, [mine, node]] of pairs.entries()) {
        if (i % 3 === use % 3) continue;
        const sealed = mine.seal(nonceOf(use), key, bytes.subarray(0, 100 + i));
        expect(sealed).toEqual(node.seal(nonceOf(use), key, bytes.subarray(0, 100 + i)));
        expect(mine.open(nonceOf(use), key, sealed)).toEqual(bytes.subarray(0, 100 + i));
      }
    }
  });

  test("a forgery leaves no error behind that node:crypto would tell as its own", () => {
    const sealed = ours.seal(nonceOf(1), key, bytes.subarray(0, 10));
    sealed[0] = (sealed[0] ?? 0) ^ 1;
    expect(ours.open(nonceOf(1), key, sealed)).toBeUndefined();
    expect(theirs.open(nonceOf(1), key, sealed)).toBeUndefined();
    expect(() => createNodeSuite().signingKey(new Uint8Array(31))).toThrow("32");
  });
});

describe.skipIf(ffi === undefined)("the context of a key", () => {
  test("is freed with it, and a key that is used little has none", async () => {
    const calls = new Map<string, number>();
    const evp = new Evp(
      faked(ffi as Ffi, (name) => {
        calls.set(name, (calls.get(name) ?? 0) + 1);
        return undefined;
      }),
    );
    const use = (times: number): void => {
      const key = evp.aead("aes-256-gcm", bytes.subarray(0, 32));
      for (let i = 0; i < times; i++) key.seal(nonceOf(i), bytes.subarray(0, 9), bytes);
    };
    const count = (name: string) => calls.get(name) ?? 0;
    for (let i = 0; i < 5; i++) use(EVP_KEY_USES_SHARED);
    expect(count("EVP_CIPHER_CTX_new")).toBe(1);
    for (let i = 0; i < 5; i++) use(EVP_KEY_USES_SHARED + 1);
    expect(count("EVP_CIPHER_CTX_new")).toBe(6);
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const freed = () => {
      collect();
      return count("EVP_CIPHER_CTX_free");
    };
    await expect.poll(freed, { timeout: 10_000 }).toBeGreaterThanOrEqual(4);
    expect(count("EVP_CIPHER_CTX_free")).toBeLessThanOrEqual(5);
  });
});

describe.skipIf(ffi === undefined)("hashes by EVP", () => {
  let hashes: EvpHashes;
  beforeAll(() => {
    hashes = new EvpHashes(ffi as Ffi, NODE_HASHES);
  });

  test("are those of node:crypto, however the text comes and at any size", () => {
    const size = fc.oneof(
      fc.constantFrom(0, 1, 63, 64, 65, EVP_SMALL_BYTES, EVP_SMALL_BYTES + 1),
      fc.nat(200),
    );
    fc.assert(
      fc.property(fc.array(size, { maxLength: 4 }), size, (sizes, keySize) => {
        const parts = sizes.map((length, i) => bytes.subarray(i, i + length));
        const key = bytes.subarray(9, 9 + keySize);
        expect(hashes.sha256(...parts)).toEqual(NODE_HASHES.sha256(...parts));
        expect(hashes.hmacSha256(key, ...parts)).toEqual(NODE_HASHES.hmacSha256(key, ...parts));
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe.skipIf(ffi === undefined)("X25519 by EVP", () => {
  let dh: EvpDh;
  beforeAll(() => {
    dh = new EvpDh(ffi as Ffi);
  });

  test("agrees with node:crypto, keys of others between", () => {
    const secrets = Array.from({ length: 10 }, (_, i) => bytes.slice(32 * i, 32 * i + 32));
    const ours = secrets.map((secret) => dh.key(secret));
    const theirs = secrets.map((secret) => new NodeDhKey(secret));
    for (const [i, mine] of ours.entries()) {
      expect(mine.publicKey).toEqual(theirs[i]?.publicKey);
      for (const other of theirs) {
        expect(mine.dh(other.publicKey)).toEqual(theirs[i]?.dh(other.publicKey));
      }
    }
  });

  test("refuses keys of low order and other lengths, and leaves no error behind", () => {
    const key = dh.key(bytes.slice(0, 32));
    for (const low of [new Uint8Array(32), Uint8Array.from({ length: 32 }, (_, i) => +(i === 0))]) {
      expect(() => key.dh(low)).toThrow(expect.objectContaining({ code: "low-order" }));
    }
    const badKey = expect.objectContaining({ code: "bad-key" });
    for (const length of [0, 31, 33]) {
      expect(() => key.dh(new Uint8Array(length))).toThrow(badKey);
      expect(() => dh.key(new Uint8Array(length))).toThrow(badKey);
    }
    expect(() => createNodeSuite().signingKey(new Uint8Array(31))).toThrow("32");
  });

  test("a key that is forgotten is freed at once and does nothing more", () => {
    let freed = 0;
    const counted = faked(ffi as Ffi, (name) => {
      freed += +(name === "EVP_PKEY_CTX_free");
      return undefined;
    });
    const [key, other] = [bytes.slice(0, 32), bytes.slice(32, 64)].map((secret) => {
      return new EvpDh(counted).key(secret);
    });
    key?.forget?.();
    key?.forget?.();
    expect(freed).toBe(1);
    expect(() => key?.dh(other?.publicKey ?? bytes)).toThrow("forgotten");
    expect(other?.dh(bytes.slice(64, 96)).length).toBe(32);
  });
});

describe.skipIf(ffi === undefined)("signatures by EVP", () => {
  test.each([
    ["by the curve alone", true],
    ["by a key of its own", false],
  ])(
    "are right where node:crypto says so, at any size, and where one bit is not: %s",
    (_, once) => {
      const ours = new EvpVerify(ffi as Ffi, nodeVerifier(), once);
      const node = nodeVerifier();
      for (const size of [0, 1, 300, EVP_SMALL_BYTES, EVP_SMALL_BYTES + 1]) {
        const signer = createNodeSuite().signingKey(bytes.slice(size, size + 32));
        const message = bytes.slice(0, size);
        const signature = signer.sign(message);
        expect(ours.verify(signer.publicKey, message, signature)).toBe(true);
        for (let bit = 0; bit < 512; bit += 37) {
          const [forged, key] = [Uint8Array.from(signature), Uint8Array.from(signer.publicKey)];
          forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          key[bit >> 4] = (key[bit >> 4] ?? 0) ^ (1 << (bit & 7));
          expect(ours.verify(signer.publicKey, message, forged)).toBe(false);
          expect(ours.verify(key, message, signature)).toBe(node(key, message, signature));
        }
      }
      expect(() => createNodeSuite().signingKey(new Uint8Array(31))).toThrow("32");
    },
  );
});

describe.skipIf(ffi === undefined)("HKDF by EVP", () => {
  test("gives the blocks of node:crypto for any sizes, whatever was there before", () => {
    const ours = new EvpHkdf(ffi as Ffi);
    const size = fc.oneof(fc.constantFrom(0, 1, 32, 33, 63, 64), fc.nat(64));
    fc.assert(
      fc.property(
        size,
        fc.nat(300),
        fc.nat(300),
        fc.integer({ min: 1, max: 5 }),
        (a, b, c, count) => {
          const [salt, secret, info] = [
            bytes.slice(0, a),
            bytes.slice(a, a + b),
            bytes.slice(b, b + c),
          ];
          expect(ours.blocks(salt, secret, count, info)).toEqual(
            nodeHkdf(salt, secret, count, info),
          );
        },
      ),
      { numRuns: 200 },
    );
    const [most, more] = [bytes.slice(0, EVP_SMALL_BYTES), bytes.slice(0, EVP_SMALL_BYTES + 1)];
    expect(ours.blocks(NO_BYTES, most, 255, most)).toEqual(nodeHkdf(NO_BYTES, most, 255, most));
    expect(ours.blocks(NO_BYTES, more, 1, NO_BYTES)).toBeUndefined();
    expect(ours.blocks(NO_BYTES, NO_BYTES, 1, more)).toBeUndefined();
    expect(ours.blocks(bytes.slice(0, 65), NO_BYTES, 1, NO_BYTES)).toBeUndefined();
  });
});

describe("which parts a suite has", () => {
  test("none of EVP where there is no FFI, or where the switch says so", () => {
    vi.stubEnv("PEERNET_FFI", "off");
    expect(evpParts()).toBeUndefined();
    expect(createNodeSuite().aead("aes-256-gcm", bytes.subarray(0, 32))).toBeInstanceOf(
      NodeAeadKey,
    );
    vi.unstubAllEnvs();
  });

  test.skipIf(ffi === undefined)("those of EVP where the self-test passes", () => {
    expect(evpParts(ffi)).toBeDefined();
    const key = createNodeSuite().aead("aes-256-gcm", bytes.subarray(0, 32));
    expect(key).not.toBeInstanceOf(NodeAeadKey);
  });

  test.skipIf(ffi === undefined)("none of EVP where a function is missing or lies", () => {
    const real = ffi as Ffi;
    const lacking = faked(real, () => undefined);
    const without = {
      ...lacking,
      find: () => {
        throw new RangeError("no such symbol");
      },
    };
    expect(evpParts(lacking)).toBeDefined();
    expect(evpParts(without)).toBeUndefined();
    const zero = ["EVP_CIPHER_CTX_new", "EVP_EncryptUpdate", "EVP_CIPHER_CTX_ctrl"];
    // Where the curve alone says something else, keys of their own are asked; nothing is left where those do, too.
    const verifiers = ["ossl_ed25519_verify", "EVP_DigestVerify"];
    const others = ["EVP_Digest", "EVP_PKEY_CTX_new", "EVP_PKEY_derive"];
    const lying = (names: readonly string[], says: number) =>
      evpParts(faked(real, (called) => (names.includes(called) ? says : undefined)));
    for (const names of [...zero, ...others, verifiers].map((name) => [name].flat())) {
      expect(lying(names, 0)).toBeUndefined();
    }
    expect(lying(["ossl_ed25519_verify"], 0)?.verify).toBeDefined();
    expect(lying(["ossl_ed25519_verify"], 1)?.verify).toBeDefined();
    const one = ["EVP_DecryptFinal_ex", "EVP_EncryptUpdate", "EVP_EncryptFinal_ex"];
    for (const names of [...one, "EVP_Digest", "EVP_PKEY_derive", verifiers].map((n) =>
      [n].flat(),
    )) {
      expect(lying(names, 1)).toBeUndefined();
    }
  });
});
