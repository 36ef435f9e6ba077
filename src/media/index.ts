export { type Displayable, type DisplayFacts, displayable, restoreFile } from "./displayable.ts";
export { MediaError } from "./errors.ts";
export {
  decodeFolderPreview,
  encodeFolderPreview,
  type FolderEntry,
  type FolderPreview,
} from "./folder.ts";
export * as limits from "./limits.ts";
export { planLayers } from "./plan.ts";
export {
  CODES,
  type CodeThresholds,
  expansionFactor,
  type LayerCode,
  type LayerLevel,
  type LayerProfile,
  thresholdOf,
} from "./profile.ts";
export { isTextType, sniff } from "./sniff.ts";
export type { LayerPlan, PlannedLayer, Transform } from "./types.ts";
