import { LOOK_ENTRIES_MAX, LOOK_THUMBNAIL_CHARS_MAX } from "../limits.ts";

/** One file of a folder that was stored as one object. */
export interface ListedFile {
  /** Below the folder, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** A small picture of it as a `data:` URL. */
  readonly look: string | undefined;
}

/** What a folder holds, as its preview tells it. */
export interface Listing {
  readonly fileCount: number;
  readonly totalBytes: number;
  /** At most LOOK_ENTRIES_MAX of them. */
  readonly files: readonly ListedFile[];
}

/**
 * Reads the listing that `peernet put FOLDER` puts first.
 * @returns undefined where the text is something else
 */
export function parseListing(text: string): Listing | undefined {
  try {
    const { v, kind, files, fileCount, totalBytes } = JSON.parse(text) as Record<string, unknown>;
    if (v !== 1 || kind !== "folder" || !Array.isArray(files)) return undefined;
    const known = files.slice(0, LOOK_ENTRIES_MAX).filter(isFile);
    const size = known.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return {
      files: known.map(({ path, sizeBytes, look }) => ({ path, sizeBytes, look: lookOf(look) })),
      fileCount: Math.max(known.length, numberOf(fileCount)),
      totalBytes: Math.max(size, numberOf(totalBytes)),
    };
  } catch {
    return undefined;
  }
}

function lookOf(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > LOOK_THUMBNAIL_CHARS_MAX) return undefined;
  return /^[A-Za-z0-9+/]+={0,2}$/.test(value) ? `data:image/jpeg;base64,${value}` : undefined;
}

function isFile(value: unknown): value is Omit<ListedFile, "look"> & { readonly look: unknown } {
  if (typeof value !== "object" || value === null) return false;
  const { path, sizeBytes } = value as Partial<Record<keyof ListedFile, unknown>>;
  return typeof path === "string" && typeof sizeBytes === "number" && sizeBytes >= 0;
}

function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
