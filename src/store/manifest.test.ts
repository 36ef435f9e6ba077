import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { concatBytes, toHex, utf8 } from "../base/bytes.ts";
import { WireError } from "../wire/index.ts";
import {
  expansionOf,
  firstStripeOf,
  fragmentBytes,
  kOf,
  layerStripes,
  shardBytes,
  sizeOf,
  stripeCount,
  stripePlace,
} from "./geometry.ts";
import { decodeHead, makeHead } from "./head.ts";
import {
  HEAD_BYTES_MAX,
  LAYERS_MAX,
  SEALED_META_BYTES_MAX,
  STRIPE_BYTES,
  STRIPE_BYTES_MIN,
  STRIPES_MAX,
} from "./limits.ts";
import { decodeManifest, encodeManifest, type Manifest } from "./manifest.ts";

const suite = createNodeSuite();
const key = (seed: string): Uint8Array => suite.sha256(utf8(seed));

const manifest = (change: Partial<Manifest> = {}): Manifest => ({
  version: 2,
  stripeBytes: STRIPE_BYTES,
  layers: [{ k: 20, sizeBytes: 3_000_000 }],
  n: 40,
  nMax: 64,
  sealedMeta: new Uint8Array(80),
  ...change,
});

/** One layer that takes k fragments. */
const layer = (k: number, sizeBytes = 3_000_000): Pick<Manifest, "layers"> => ({
  layers: [{ k, sizeBytes }],
});
/** As Peernet 0.1 made them: one layer, no reserve. */
const first = (change: Partial<Manifest> = {}): Manifest =>
  manifest({ version: 1, nMax: change.n ?? 40, ...change });
/** So many layers of one byte. */
const thin = (count: number): Pick<Manifest, "layers"> => ({
  layers: Array.from({ length: count }, (_, i) => ({ k: i + 1, sizeBytes: 1 })),
});

describe("manifests and heads", () => {
  test("come back as they were", () => {
    for (const made of [manifest(), first(), manifest(thin(3))]) {
      expect(decodeManifest(encodeManifest(made))).toEqual(made);
      const roots = Array.from({ length: made.nMax }, (_, i) => key(`root ${i}`));
      const head = makeHead(suite, made, concatBytes(...roots));
      expect(decodeHead(suite, head.bytes)).toEqual(head);
      expect(head.rootHex).toBe(toHex(head.root));
    }
  });

  test("the largest head is within its limit", () => {
    const layers = Array.from({ length: LAYERS_MAX }, () => ({ k: 64, sizeBytes: 1_073_741_824 }));
    const sealedMeta = new Uint8Array(SEALED_META_BYTES_MAX);
    const made = manifest({ n: 128, nMax: 128, layers, sealedMeta });
    const head = makeHead(suite, made, new Uint8Array(128 * 32));
    expect(head.bytes.length).toBeLessThanOrEqual(HEAD_BYTES_MAX);
  });

  const largest = STRIPES_MAX * STRIPE_BYTES;
  test.each([
    ["size", manifest(layer(20, largest)), true],
    ["size above", manifest(layer(20, largest + 1)), false],
    ["size, first version", first(layer(1, largest)), true],
    ["stripes", manifest({ ...layer(20, STRIPES_MAX * 1024), stripeBytes: 1024 }), true],
    ["stripes above", manifest({ ...layer(20, STRIPES_MAX * 1024 + 1), stripeBytes: 1024 }), false],
    ["stripes of few shards above", manifest(layer(1, largest)), false],
    ["stripe bytes", manifest({ stripeBytes: STRIPE_BYTES_MIN }), true],
    ["stripe bytes below", manifest({ stripeBytes: STRIPE_BYTES_MIN - 1 }), false],
    ["stripe bytes above", manifest({ stripeBytes: STRIPE_BYTES + 1 }), false],
    ["k = n = 64", manifest({ ...layer(64), n: 64 }), true],
    ["n = 128", manifest({ n: 128, nMax: 128 }), true],
    ["n above", manifest({ n: 129, nMax: 129 }), false],
    ["n above, first version", first({ n: 129 }), false],
    ["nMax above", manifest({ nMax: 129 }), false],
    ["nMax below n", manifest({ nMax: 39 }), false],
    ["k above n", manifest(layer(41)), false],
    ["k above 64", manifest({ ...layer(65), n: 128, nMax: 128 }), false],
    ["k of none", manifest(layer(0)), false],
    ["no layer", manifest({ layers: [] }), false],
    ["no layer, first version", first({ layers: [] }), false],
    ["two layers, first version", first(thin(2)), false],
    ["layers", manifest(thin(LAYERS_MAX)), true],
    ["layers above", manifest(thin(LAYERS_MAX + 1)), false],
    ["layers in no order", manifest({ layers: thin(3).layers.toReversed() }), false],
    [
      "an empty layer among others",
      manifest({ layers: [...thin(2).layers, { k: 3, sizeBytes: 0 }] }),
      false,
    ],
    ["sealed meta", manifest({ sealedMeta: new Uint8Array(SEALED_META_BYTES_MAX) }), true],
    [
      "sealed meta above",
      manifest({ sealedMeta: new Uint8Array(SEALED_META_BYTES_MAX + 1) }),
      false,
    ],
  ])("limits hold: %s", (_, made, isGood) => {
    const decode = (): Manifest => decodeManifest(encodeManifest(made));
    if (isGood) expect(decode()).toEqual(made);
    else expect(decode).toThrow(WireError);
  });

  test("shards cover every stripe of every layer, padded by less than one alignment each", () => {
    const someLayer = fc.record({
      k: fc.integer({ min: 1, max: 64 }),
      sizeBytes: fc.integer({ min: 1, max: 5 * 4096 }),
    });
    const some = fc.array(someLayer, { minLength: 1, maxLength: LAYERS_MAX });
    const version = fc.constantFrom<1 | 2>(1, 2);
    fc.assert(
      fc.property(some, version, (layers, v) => {
        const made = { version: v, stripeBytes: 4096, layers };
        const plain = layers.map(() => 0);
        let shards = 0;
        for (let stripe = 0; stripe < stripeCount(made); stripe++) {
          const place = stripePlace(made, stripe);
          const sealed = place.plainBytes + 16;
          const each = shardBytes(made, stripe);
          expect(each % 16).toBe(0);
          expect(each * kOf(made, stripe)).toBeGreaterThanOrEqual(sealed);
          expect((each - 16) * place.k).toBeLessThan(sealed);
          expect(place.fromByte).toBe(plain[place.layer]);
          plain[place.layer] = place.fromByte + place.plainBytes;
          const end = firstStripeOf(made, place.layer + 1);
          expect(place.isLast).toBe(stripe === end - 1);
          shards += each;
        }
        expect(plain).toEqual(layers.map(({ sizeBytes }) => sizeBytes));
        expect(fragmentBytes(made)).toBe(shards);
      }),
      { seed: 1 },
    );
  });

  test("few shards make short stripes, so that no shard is much longer than others", () => {
    const made = {
      version: 2,
      stripeBytes: STRIPE_BYTES,
      layers: [{ k: 3, sizeBytes: 400_000 }],
    } as const;
    expect(layerStripes(made, made.layers[0])).toBe(3);
    expect(shardBytes(made, 0)).toBe(65_536 + 16);
    expect(layerStripes({ ...made, version: 1 }, made.layers[0])).toBe(1);
    expect(sizeOf(made)).toBe(400_000);
  });

  test("the expansion is that of priority encoding transmission", () => {
    const layers = [
      { k: 3, sizeBytes: 20_000 },
      { k: 10, sizeBytes: 230_000 },
      { k: 20, sizeBytes: 750_000 },
    ];
    expect(expansionOf({ layers }, 40)).toBeCloseTo(2.687, 3);
    expect(expansionOf({ layers: [{ k: 20, sizeBytes: 7 }] }, 40)).toBe(2);
    expect(expansionOf({ layers: [{ k: 20, sizeBytes: 0 }] }, 40)).toBe(2);
  });
});
