import type { ObjectBody } from "../../../src/api/client/index.ts";
import { say } from "../words/language.ts";

/** What an object's preview is, for the eye. */
export type SightKind = "picture" | "video" | "text" | "page" | "listing";

/** How far a preview got. */
export interface Depth {
  readonly kind: SightKind;
  /** Layers that it is made of. */
  readonly shown: number;
  /** Layers that the object has. */
  readonly total: number;
}

/** Which layer one sees, in words: "Layer 1 of 3: all of it, soft". */
export function depthWords({ kind, shown, total }: Depth): string {
  return say().look.depth(shown, total, contentWords({ kind, shown, total }));
}

function contentWords({ kind, shown, total }: Depth): string {
  const { kinds } = say().look;
  if (shown >= total) return kinds.whole[kind];
  return shown <= 1 ? kinds.first[kind] : kinds.more[kind];
}

/**
 * What would be left with few fragments, in words.
 * @param left "asking": nobody knows yet; undefined: nothing
 */
export function survivorWords(
  survivors: number,
  n: number,
  left: Depth | "asking" | undefined,
): string {
  const { look } = say();
  const condition = look.condition(survivors, n);
  if (left === "asking") return `${condition} …`;
  if (left === undefined) return look.nothingLeft(condition);
  if (left.shown >= left.total) return look.allLeft(condition);
  return look.someLeft(condition, left.shown, left.total, contentWords(left));
}

/** Which layers an object has, from the most important to the last, for a row of chips. */
export interface LayerChip {
  readonly label: string;
  readonly need: string;
  readonly isReadable: boolean;
}

/** See LayerChip. */
export function layerChips({ health, n }: Pick<ObjectBody, "health" | "n">): readonly LayerChip[] {
  const { layers } = health;
  return layers.map((layer, at) => ({
    label: labelOf(layer.role, at, layers.length),
    need: say().look.need(layer.k, n),
    isReadable: layer.isReadable,
  }));
}

function labelOf(role: "preview" | "body", at: number, total: number): string {
  const { look } = say();
  if (role === "preview") return look.preview;
  return total === 1 ? look.allOfIt : at === total - 1 ? look.exact : look.layer(at + 1);
}
