import { StoreError } from "./errors.ts";
import { type Layer, layerStripeBytes } from "./geometry.ts";
import type { LayerRole } from "./stripe-cipher.ts";

/** A layer of an object that is to be put. */
export interface PutLayer {
  /** Fragments that give it back. */
  readonly k: number;
  readonly role: LayerRole;
  /** Its bytes; undefined, in the last layer only: whatever is left. */
  readonly sizeBytes: number | undefined;
}

/** Follows the bytes of a put through its layers: which stripe is filled and when it is full. */
export class LayerCursor {
  readonly #layers: readonly PutLayer[];
  readonly #stripeBytes: number;
  readonly #done: Layer[] = [];
  #inLayer = 0;
  #inStripe = 0;

  /** @param stripeBytes of a full stripe, at most */
  constructor(layers: readonly PutLayer[], stripeBytes: number) {
    this.#layers = layers;
    this.#stripeBytes = stripeBytes;
  }

  /** The layer that is being filled, or undefined after all that have a known length. */
  get layer(): PutLayer | undefined {
    return this.#layers[this.#done.length];
  }

  /** Position of that layer. */
  get position(): number {
    return this.#done.length;
  }

  /** Bytes of a full stripe in this layer. */
  get fullBytes(): number {
    return layerStripeBytes({ version: 2, stripeBytes: this.#stripeBytes }, this.layer?.k ?? 1);
  }

  /** Bytes that the current stripe still takes. */
  get room(): number {
    const stripe = this.fullBytes - this.#inStripe;
    const size = this.layer?.sizeBytes;
    return size === undefined ? stripe : Math.min(stripe, size - this.#inLayer);
  }

  /** Whether the current stripe ends its layer, as far as its length was told. */
  get isLayerFull(): boolean {
    return this.#inLayer === this.layer?.sizeBytes;
  }

  /** Bytes of the layers that are done. */
  get layers(): readonly Layer[] {
    return this.#done;
  }

  /** So many bytes were added to the current stripe. */
  add(bytes: number): void {
    this.#inLayer += bytes;
    this.#inStripe += bytes;
  }

  /** The current stripe is on its way; with `isLast` its layer is done. */
  next(isLast: boolean): void {
    this.#inStripe = 0;
    if (!isLast) return;
    this.#done.push({ k: this.layer?.k ?? 1, sizeBytes: this.#inLayer });
    this.#inLayer = 0;
  }

  /** Whether the layer that takes whatever is left has got nothing although others have. */
  get isEmptyRest(): boolean {
    return this.#done.length > 0 && this.layer?.sizeBytes === undefined && this.#inLayer === 0;
  }
}

/**
 * Checks layers before anything is written.
 * @param n fragments that are made
 * @throws StoreError("bad-layers") where they are no row from coarse to fine
 */
export function checkLayers(layers: readonly PutLayer[], n: number, layersMax: number): void {
  const isRow = layers.every(({ k, sizeBytes }, i) => {
    const isLast = i === layers.length - 1;
    const isSized = sizeBytes === undefined ? isLast : Number.isInteger(sizeBytes) && sizeBytes > 0;
    return isSized && k >= (layers[i - 1]?.k ?? 1) && k <= n;
  });
  if (isRow && layers.length > 0 && layers.length <= layersMax) return;
  throw new StoreError(
    "bad-layers",
    `An object has 1 to ${layersMax} layers, the one that takes the fewest fragments first, none empty.`,
  );
}
