import { MediaError } from "./errors.ts";
import { MEDIA_BYTES_MAX, TINY_BYTES_MAX } from "./limits.ts";
import { planArchive, planOffice, planPdf, planText, planVideo } from "./plan-document.ts";
import { planJpeg } from "./plan-jpeg.ts";
import { flatPlan, type PlanRequest, withPreviews } from "./plan-parts.ts";
import { planPicture } from "./plan-picture.ts";
import { type LayerProfile, PROFILES } from "./profile.ts";
import { isOfficeType, isTextType, sniff } from "./sniff.ts";
import type { LayerPlan } from "./types.ts";

/**
 * Cuts a file into layers, most important first, so that few fragments show the coarse whole.
 * Whatever the bytes are, the body layers with the plan's transform give them back exactly; a file
 * that cannot be looked into is stored flat, and the plan's note says so.
 * @param bytes the whole file
 * @param name its name, for the media type
 */
export function planLayers(bytes: Uint8Array, name: string, profile: LayerProfile): LayerPlan {
  const mediaType = sniff(bytes, name);
  if (profile === "flat" || bytes.length === 0) return flatPlan(bytes, mediaType);
  const request = { bytes, mediaType, aims: PROFILES[profile] };
  if (bytes.length <= TINY_BYTES_MAX) {
    const layers = [{ level: request.aims.preview, role: "body", bytes } as const];
    return { mediaType, layers, transform: "none", note: "A tiny file is kept whole at the top." };
  }
  if (bytes.length > MEDIA_BYTES_MAX) {
    return flatPlan(bytes, mediaType, "The file is too large to be looked into.");
  }
  try {
    return planByType(request);
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    return flatPlan(bytes, mediaType, `No preview: ${error.message}`);
  }
}

/** Planners by media type. */
const PLANNERS: Readonly<Record<string, (request: PlanRequest) => LayerPlan>> = {
  "image/jpeg": planJpeg,
  "image/png": planPicture,
  "image/gif": planPicture,
  "image/bmp": planPicture,
  "image/webp": planPicture,
  "application/pdf": planPdf,
  "application/zip": planArchive,
  "application/x-tar": planArchive,
  "video/mp4": planVideo,
};

function planByType(request: PlanRequest): LayerPlan {
  const { mediaType } = request;
  const planner = PLANNERS[mediaType];
  if (planner) return planner(request);
  if (isTextType(mediaType)) return planText(request);
  if (isOfficeType(mediaType)) return planOffice(request);
  return withPreviews(request, [], "Nothing shows this kind of file before the whole is there.");
}
