import { utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { CODES, type LayerPlan } from "../media/index.ts";
import { Writer } from "../wire/index.ts";
import { DATA_SHARDS_MAX, FRAGMENTS_MAX } from "./erasure/index.ts";
import { StoreError } from "./errors.ts";
import { layerStripeBytes } from "./geometry.ts";
import { checkLayers } from "./layer-cursor.ts";
import { LAYERS_MAX, MEDIA_TYPE_BYTES_MAX } from "./limits.ts";
import { MANIFEST_VERSION } from "./manifest.ts";
import type { PutPlan } from "./put.ts";
import type { PutOptions } from "./types.ts";

/** How many fragments an object has. */
export interface ObjectCode {
  /** Fragments that it takes to read all of it. */
  readonly k: number;
  /** Fragments that are made. */
  readonly n: number;
  /** Fragments that it commits to, so that more can be made by whoever heals it. */
  readonly nMax: number;
}

/** Where nobody says otherwise. */
export const DEFAULT_CODE: ObjectCode = { k: 20, n: 40, nMax: 64 };
/** For people who trust few, often absent peers. */
export const HOME_CODE: ObjectCode = { k: 10, n: 30, nMax: 64 };
/** For many peers that come and go. */
export const WIDE_CODE: ObjectCode = { k: 32, n: 96, nMax: 128 };

/** Fragments that open a layer of each level, where all of the object takes k. */
function thresholdsOf(k: number): readonly number[] {
  const known = Object.values(CODES).find((code) => code.k[3] === k);
  // The same shares of k as the codes with a name: 15 % and a half.
  return known?.k ?? [1, Math.max(1, Math.round(0.15 * k)), Math.max(1, Math.round(k / 2)), k];
}

/** The options with the layers of a plan. @param fileBytes of the file that was cut */
export function withPlan(options: PutOptions, plan: LayerPlan, fileBytes: number): PutOptions {
  const k = options.k ?? DEFAULT_CODE.k;
  const thresholds = thresholdsOf(k);
  const filled = plan.layers.filter(({ bytes }) => bytes.length > 0);
  const layers = filled.map(({ level, role, bytes }) => ({
    k: thresholds[level] ?? k,
    role,
    sizeBytes: bytes.length,
  }));
  return {
    ...options,
    mediaType: options.mediaType || plan.mediaType,
    layers: layers.length === 0 ? [{ k, role: "body", sizeBytes: undefined }] : layers,
    transform: plan.transform,
    fileBytes,
  };
}

const CONTENT = utf8("peernet object of content v1");

/**
 * The read key of an object that is made of its content. All that shapes the object is in it: two
 * objects must never be sealed under one key.
 * @param stripeBytes of a full stripe, as the store that puts it has them
 */
export function contentKeyOf(
  suite: CryptoSuite,
  seed: Uint8Array,
  stripeBytes: number,
): Uint8Array {
  const { k, n, nMax } = DEFAULT_CODE;
  const version = MANIFEST_VERSION;
  const shape = new Writer(12).u8(version).u32(stripeBytes);
  shape.u32(layerStripeBytes({ version, stripeBytes }, k)).u8(k).u8(n).u8(nMax);
  return suite.hmacSha256(seed, CONTENT, shape.done());
}

/** @throws StoreError `bad-layers` where the options say more of the object than its content and name */
export function checkContentPut({ name: _name, contentSeed: _seed, ...more }: PutOptions): void {
  if (Object.values(more).every((each) => each === undefined)) return;
  const words = "An object that is made of its content has no code, layers or type of its own.";
  throw new StoreError("bad-layers", words);
}

/**
 * What a put makes, from its options.
 * @param contentKey see `contentKeyOf`
 * @throws StoreError `bad-code` or `bad-layers`
 */
export function planOf(options: PutOptions, contentKey?: Uint8Array): PutPlan {
  const { name, mediaType = "", k = DEFAULT_CODE.k, n = DEFAULT_CODE.n } = options;
  const usual = options.k === undefined && options.n === undefined ? DEFAULT_CODE.nMax : n;
  const nMax = options.nMax ?? usual;
  const isCode = [k, n, nMax].every(Number.isInteger) && k >= 1 && n >= k && nMax >= n;
  if (!isCode || k > DATA_SHARDS_MAX || nMax > FRAGMENTS_MAX) {
    const bounds = `k from 1 to ${DATA_SHARDS_MAX}, n from k on and nMax from n to ${FRAGMENTS_MAX}`;
    const given = `k = ${k}, n = ${n} and nMax = ${nMax}`;
    throw new StoreError("bad-code", `An object takes ${bounds}, not ${given}.`);
  }
  const layers = options.layers ?? [{ k, role: "body", sizeBytes: undefined }];
  checkLayers(layers, n, LAYERS_MAX);
  return {
    name,
    mediaType: utf8(mediaType).length > MEDIA_TYPE_BYTES_MAX ? "" : mediaType,
    n,
    nMax,
    layers,
    transform: options.transform ?? "none",
    fileBytes: options.fileBytes,
    contentKey,
  };
}
