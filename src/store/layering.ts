import {
  type Displayable,
  type DisplayFacts,
  displayable,
  type LayerPlan,
  type LayerProfile,
  MediaError,
  type PlannedLayer,
  planLayers,
  restoreFile,
} from "../media/index.ts";
import type { BodyTransform } from "./stripe-cipher.ts";

/**
 * Cuts files into layers and puts transformed ones together again. That takes seconds for a large
 * picture, so a peer with threads does it in one of them.
 */
export interface Layering {
  /** @param done called once, from inside the call or later, with a plan that fits the file */
  plan(
    file: Uint8Array,
    name: string,
    profile: LayerProfile,
    done: (plan: LayerPlan) => void,
  ): void;
  /** @param done called once; undefined where the body is not what its transform makes */
  restore(
    transform: BodyTransform,
    body: Uint8Array,
    done: (file: Uint8Array | undefined) => void,
  ): void;
  /** @param done called once with the best that the layers show; undefined where that is nothing */
  show(
    facts: DisplayFacts,
    layers: readonly ShownLayer[],
    done: (shown: Displayable | undefined) => void,
  ): void;
}

/** A layer that is there. */
export type ShownLayer = Pick<PlannedLayer, "role" | "bytes">;

/** Does it at once, on the caller's turn. */
export const INLINE_LAYERING: Layering = {
  plan: (file, name, profile, done) => done(planLayers(file, name, profile)),
  restore: (transform, body, done) => done(restored(transform, body)),
  show: (facts, layers, done) => done(orNothing(() => displayable(facts, layers))),
};

function restored(transform: BodyTransform, body: Uint8Array): Uint8Array | undefined {
  return orNothing(() => restoreFile(transform, body));
}

function orNothing<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof MediaError) return undefined;
    throw error;
  }
}
