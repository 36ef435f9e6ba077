import { PREVIEW_BYTES_MAX } from "./limits.ts";
import { CODES, type LayerLevel, PREVIEW_SHARE, type ProfileAims } from "./profile.ts";
import type { LayerPlan, PlannedLayer, Transform } from "./types.ts";

/** A file that is to be cut, and what for. */
export interface PlanRequest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly aims: ProfileAims;
}

/** The least that a preview picture may take, in bytes, where that is not twice its usual share. */
const PREVIEW_LEAST_BYTES = 2_000;

/** Everything in the last layer. */
export function flatPlan(bytes: Uint8Array, mediaType: string, note?: string): LayerPlan {
  const layers = [{ level: 3, role: "body", bytes } as const];
  return { mediaType, layers, transform: "none", ...(note !== undefined && { note }) };
}

/** Bytes that the first preview of a file may take. */
export function previewRoom({ bytes }: PlanRequest): number {
  const share = PREVIEW_SHARE * bytes.length;
  return Math.floor(
    Math.min(PREVIEW_BYTES_MAX, Math.max(share, Math.min(PREVIEW_LEAST_BYTES, 2 * share))),
  );
}

/** Bytes that a second preview at level 2 may take before a body that is flat. */
export function secondRoom({ bytes, aims }: PlanRequest, firstBytes: number): number {
  const { n, k } = CODES.default;
  const flat = n / k[3];
  const room = (aims.expansionMax - flat) * bytes.length - (n / k[aims.preview]) * firstBytes;
  return Math.max(0, Math.floor(room / (n / k[2])));
}

/** The file unchanged behind previews; the first has the profile's preview level, the second level 2. */
export function withPreviews(
  { bytes, mediaType, aims }: PlanRequest,
  previews: readonly (Uint8Array | undefined)[],
  note?: string,
): LayerPlan {
  const layers = previews.flatMap((preview, index): PlannedLayer[] => {
    if (!preview || preview.length === 0) return [];
    return [{ level: index === 0 ? aims.preview : 2, role: "preview", bytes: preview }];
  });
  return {
    mediaType,
    layers: [...layers, { level: 3, role: "body", bytes }],
    transform: "none",
    ...(note !== undefined && { note }),
  };
}

/** A preview and a body cut at `cuts`, each with the level of the profile's cut; 0: no such cut. */
export function cutPlan(
  { mediaType, aims }: PlanRequest,
  preview: Uint8Array | undefined,
  body: {
    readonly bytes: Uint8Array;
    readonly cuts: readonly number[];
    readonly transform: Transform;
  },
  notes: readonly string[],
): LayerPlan {
  const layers: PlannedLayer[] = [];
  const add = (level: LayerLevel, role: "preview" | "body", bytes: Uint8Array): void => {
    if (bytes.length > 0) layers.push({ level, role, bytes });
  };
  if (preview) add(aims.preview, "preview", preview);
  let from = 0;
  for (const [index, { level }] of aims.cuts.entries()) {
    const to = Math.max(from, body.cuts[index] ?? 0);
    add(level, "body", body.bytes.subarray(from, to));
    from = to;
  }
  add(3, "body", body.bytes.subarray(from));
  const note = notes.join(" ");
  return { mediaType, layers, transform: body.transform, ...(note !== "" && { note }) };
}
