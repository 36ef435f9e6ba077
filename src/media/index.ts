// How the bytes of a file are cut into layers, most important first (docs/protocol/media.md).
//
//   const plan = planLayers(bytes, "photo.jpg", "rich")     layers, media type, transform, note
//   restoreFile(plan.transform, body)                       the file, from its body layers in order
//   displayable(facts, layers)                              the best that the first layers show
//   thresholdOf("default", layer.level)                     how many fragments open a layer
//
export { type Displayable, type DisplayFacts, displayable, restoreFile } from "./displayable.ts";
export { MediaError } from "./errors.ts";
export * as limits from "./limits.ts";
export { BOX_HEAD_BYTES, boxHead } from "./mp4.ts";
export { planLayers } from "./plan.ts";
export { foreignPortrait, portrait } from "./portrait.ts";
export {
  CODES,
  type CodeThresholds,
  expansionFactor,
  type LayerCode,
  type LayerLevel,
  type LayerProfile,
  thresholdOf,
} from "./profile.ts";
export { type SmallPicture, smallPicture } from "./small-picture.ts";
export { isTextType, sniff } from "./sniff.ts";
export type { LayerPlan, PlannedLayer, Transform } from "./types.ts";
export { type VideoLooks, videoLooks } from "./video-looks.ts";
