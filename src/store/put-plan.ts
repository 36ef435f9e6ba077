import { utf8 } from "../base/bytes.ts";
import { CODES, type LayerPlan } from "../media/index.ts";
import { DATA_SHARDS_MAX, FRAGMENTS_MAX } from "./erasure/index.ts";
import { StoreError } from "./errors.ts";
import { checkLayers } from "./layer-cursor.ts";
import { LAYERS_MAX, MEDIA_TYPE_BYTES_MAX } from "./limits.ts";
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

/**
 * What a put makes, from its options.
 * @throws StoreError `bad-code` or `bad-layers`
 */
export function planOf(options: PutOptions): PutPlan {
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
  };
}
