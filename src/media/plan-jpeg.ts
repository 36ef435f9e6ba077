import { MediaError } from "./errors.ts";
import { type DecodedJpeg, decodeJpeg } from "./jpeg/decode.ts";
import { orientationOf, orientationSegment } from "./jpeg/exif.ts";
import { jpegPicture } from "./jpeg/pixels.ts";
import { rescanJpeg } from "./jpeg/rescan.ts";
import { PREVIEW_SIDE_MAX } from "./limits.ts";
import { cutPlan, type PlanRequest, previewRoom } from "./plan-parts.ts";
import { cutBudgets } from "./profile.ts";
import { thumbnail } from "./thumbnail.ts";
import type { LayerPlan } from "./types.ts";

/**
 * A JPEG: a small picture of it, then its scans in the order in which they help most. Where its
 * original could not be had again from new scans, a progressive one is cut at its own scans.
 * @throws MediaError where it cannot be read at all
 */
export function planJpeg(request: PlanRequest): LayerPlan {
  const { bytes } = request;
  const decoded = decodeJpeg(bytes);
  const preview = jpegThumbnail(decoded, previewRoom(request));
  const notes = preview ? [] : ["The file is too small for a preview."];
  const previewBytes = preview?.length ?? 0;
  const budgets = (bodyBytes: number): readonly number[] => {
    return cutBudgets(request.aims, bodyBytes, previewBytes, bytes.length);
  };
  try {
    const { bytes: body, cuts } = rescanJpeg(bytes, decoded, budgets);
    if (cuts.includes(0)) notes.push("The file is too small for all of the profile's layers.");
    return cutPlan(request, preview, { bytes: body, cuts, transform: "jpeg-rescan" }, notes);
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    notes.push(`Its scans stay as they are: ${error.message}`);
    const cuts = ownCuts(decoded, budgets(bytes.length));
    return cutPlan(request, preview, { bytes, cuts, transform: "none" }, notes);
  }
}

/** A small picture of a JPEG that shows it upright where the JPEG says how. */
export function jpegThumbnail(decoded: DecodedJpeg, room: number): Uint8Array | undefined {
  const extra = orientationSegment(orientationOf(decoded.header));
  return thumbnail(jpegPicture(decoded, PREVIEW_SIDE_MAX), room, extra);
}

/** The ends of a progressive JPEG's own scans that come next below each budget; 0: none does. */
function ownCuts(
  { frame, scans, complete }: DecodedJpeg,
  budgets: readonly number[],
): readonly number[] {
  if (!frame.progressive || !complete) return budgets.map(() => 0);
  return budgets.map((budget) => {
    return scans.reduce((best, { to }) => (to <= budget && to > best ? to : best), 0);
  });
}
