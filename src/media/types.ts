import type { LayerLevel } from "./profile.ts";

/** How the body layers' bytes, one after the other, become the file again. */
export type Transform = "none" | "jpeg-rescan";

/** A layer of a file. */
export interface PlannedLayer {
  readonly level: LayerLevel;
  /** Whether it only helps to see (a picture, a text), or is a part of the file itself. */
  readonly role: "preview" | "body";
  /** A view of the file where possible. */
  readonly bytes: Uint8Array;
}

/** A file cut into layers. */
export interface LayerPlan {
  readonly mediaType: string;
  /** Most important first. At least one, the last one of role "body"; empty only for an empty file. */
  readonly layers: readonly PlannedLayer[];
  readonly transform: Transform;
  /** What of the profile this file could not have, and why: for people. */
  readonly note?: string;
}
