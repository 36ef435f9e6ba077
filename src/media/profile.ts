/** How much of a file few fragments show. */
export type LayerProfile = "flat" | "gentle" | "rich" | "steep";

/** How an object is erasure-coded. */
export type LayerCode = "home" | "default" | "wide";

/**
 * Importance of a layer: 0 any one fragment, 1 a few, 2 about half of what the whole needs, 3 as
 * many as the whole needs.
 */
export type LayerLevel = 0 | 1 | 2 | 3;

/** A code and how many fragments open a layer of each level. */
export interface CodeThresholds {
  /** Fragments that are made. */
  readonly n: number;
  /** By level. */
  readonly k: readonly [number, number, number, number];
}

/**
 * Thresholds by code. Levels 1 and 2 are at 15 % and 50 % of what the whole needs, so that the
 * expansion bounds of PROFILES, divided by n / k, hold for every code.
 */
export const CODES: Readonly<Record<LayerCode, CodeThresholds>> = {
  home: { n: 30, k: [1, 2, 5, 10] },
  default: { n: 40, k: [1, 3, 10, 20] },
  wide: { n: 96, k: [1, 5, 16, 32] },
};

/** How many fragments of a code open a layer. */
export function thresholdOf(code: LayerCode, level: LayerLevel): number {
  return CODES[code].k[level];
}

/**
 * How many bytes all fragments have together for each byte of the file: n * sum(s_i / k_i) / S, the
 * girth of Priority Encoding Transmission (Albanese and others 1996) over the file's size.
 * @param layers sizes in bytes
 * @param fileBytes the file's size; 0 gives 0
 */
export function expansionFactor(
  layers: readonly { readonly level: LayerLevel; readonly sizeBytes: number }[],
  fileBytes: number,
  code: LayerCode = "default",
): number {
  if (fileBytes === 0) return 0;
  const { n, k } = CODES[code];
  return (
    (n * layers.reduce((sum, { level, sizeBytes }) => sum + sizeBytes / k[level], 0)) / fileBytes
  );
}

/** What a profile allows and aims at. */
export interface ProfileAims {
  /** Expansion with the default code that a plan stays within, where the file can afford it. */
  readonly expansionMax: number;
  /** The level of the preview. */
  readonly preview: LayerLevel;
  /** Cuts through the body, most important first: up to which share of it, and the level before. */
  readonly cuts: readonly { readonly share: number; readonly level: LayerLevel }[];
}

/** Aims by profile; flat has none. */
export const PROFILES: Readonly<Record<Exclude<LayerProfile, "flat">, ProfileAims>> = {
  gentle: { expansionMax: 2.3, preview: 1, cuts: [{ share: 0.12, level: 2 }] },
  rich: { expansionMax: 2.7, preview: 1, cuts: [{ share: 0.6, level: 2 }] },
  steep: {
    expansionMax: 4,
    preview: 0,
    cuts: [
      { share: 0.1, level: 1 },
      { share: 0.29, level: 2 },
    ],
  },
};

/** Share of a file that its preview may take. */
export const PREVIEW_SHARE = 0.01;

/**
 * Bytes of the body that may lie before each cut so that the whole stays within the profile's
 * expansion, rising.
 * @param bodyBytes of all body layers; @param previewBytes of the preview; @param fileBytes of the file
 */
export function cutBudgets(
  { expansionMax, preview, cuts }: ProfileAims,
  bodyBytes: number,
  previewBytes: number,
  fileBytes: number,
): readonly number[] {
  const { n, k } = CODES.default;
  const flat = n / k[3];
  let room = expansionMax * fileBytes - flat * bodyBytes - (n / k[preview]) * previewBytes;
  let before = 0;
  return cuts.map(({ share, level }) => {
    // Each byte before this cut costs so much more than in the last layer.
    const extra = n / k[level] - flat;
    const wanted = Math.max(0, share * bodyBytes - before);
    const granted = Math.max(0, Math.min(wanted, Math.floor(room / extra)));
    room -= granted * extra;
    before += granted;
    return before;
  });
}
