import type { ObjectBody } from "../../../src/api/client/index.ts";

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

const FIRST: Readonly<Record<SightKind, string>> = {
  picture: "all of it, soft",
  video: "a picture of it",
  text: "the most important part",
  page: "its text",
  listing: "what is in it",
};

const MORE: Readonly<Record<SightKind, string>> = {
  picture: "all of it, sharper",
  video: "a sharper picture of it",
  text: "more of it",
  page: "more of it",
  listing: "what is in it, with its small files",
};

const WHOLE: Readonly<Record<SightKind, string>> = {
  picture: "bit-exact",
  video: "bit-exact",
  text: "bit-exact",
  page: "all of it is there, its text shown here",
  listing: "all of it is there",
};

/** Which layer one sees, in words: "Layer 1 of 3: all of it, soft". */
export function depthWords({ kind, shown, total }: Depth): string {
  return `Layer ${shown} of ${total}: ${contentWords({ kind, shown, total })}`;
}

function contentWords({ kind, shown, total }: Depth): string {
  if (shown >= total) return WHOLE[kind];
  return shown <= 1 ? FIRST[kind] : MORE[kind];
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
  const condition = `If only ${survivors} of ${n} fragments survived`;
  if (left === "asking") return `${condition} …`;
  if (left === undefined) return `${condition}: nothing could be read`;
  if (left.shown >= left.total) return `${condition}: everything, bit-exact`;
  const layers = left.shown === 1 ? "layer 1" : `layers 1 to ${left.shown}`;
  return `${condition}: ${layers} of ${left.total}, ${contentWords(left)}`;
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
    need: `any ${layer.k} of ${n}`,
    isReadable: layer.isReadable,
  }));
}

function labelOf(role: "preview" | "body", at: number, total: number): string {
  if (role === "preview") return "Preview";
  return total === 1 ? "All of it" : at === total - 1 ? "Bit-exact" : `Layer ${at + 1}`;
}
