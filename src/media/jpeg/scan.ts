import { MediaError } from "../errors.ts";
import type { Component, Frame } from "./frame.ts";

/** A component within a scan. */
export interface ScanComponent {
  /** Its place in the frame. */
  readonly index: number;
  /** Its Huffman tables, 0 to 3. */
  readonly dc: number;
  readonly ac: number;
}

/** What a scan carries (ITU T.81 sections B.2.3 and G.1.1.1). */
export interface ScanSpec {
  readonly components: readonly ScanComponent[];
  /** First and last coefficient in zigzag order. */
  readonly first: number;
  readonly last: number;
  /** Bit position that came before (0: none) and bit position of this scan. */
  readonly high: number;
  readonly low: number;
}

/** How the blocks of a scan are coded. */
export type ScanKind = "sequential" | "dc-first" | "dc-refine" | "ac-first" | "ac-refine";

/** The way of coding that frame and scan ask for. */
export function scanKind(frame: Frame, { first, high }: ScanSpec): ScanKind {
  if (!frame.progressive) return "sequential";
  if (first === 0) return high === 0 ? "dc-first" : "dc-refine";
  return high === 0 ? "ac-first" : "ac-refine";
}

/**
 * Reads a start-of-scan segment.
 * @throws MediaError for what T.81 does not allow
 */
export function parseScan(frame: Frame, payload: Uint8Array): ScanSpec {
  const count = payload[0] ?? 0;
  if (count < 1 || count > 4 || payload.length !== 4 + 2 * count) throw senseless();
  const components = Array.from({ length: count }, (_, slot) => {
    const id = payload[1 + 2 * slot] ?? 0;
    const tables = payload[2 + 2 * slot] ?? 0;
    const index = frame.components.findIndex((component) => component.id === id);
    return { index, dc: tables >> 4, ac: tables & 15 };
  });
  const bits = payload[3 + 2 * count] ?? 0;
  const spec = {
    components,
    first: payload[1 + 2 * count] ?? 0,
    last: payload[2 + 2 * count] ?? 0,
    high: bits >> 4,
    low: bits & 15,
  };
  checkScan(frame, spec);
  return spec;
}

function checkScan(frame: Frame, { components, first, last, high, low }: ScanSpec): void {
  const indices = new Set(components.map(({ index }) => index));
  if (indices.has(-1) || indices.size < components.length) throw senseless();
  if (components.some(({ dc, ac }) => dc > 3 || ac > 3)) throw senseless();
  if (!frame.progressive) {
    if (first !== 0 || last !== 63 || high !== 0 || low !== 0) throw senseless();
    return;
  }
  if (first === 0 ? last !== 0 : last < first || last > 63 || components.length > 1) {
    throw senseless();
  }
  if (low > 13 || (high !== 0 && high !== low + 1)) throw senseless();
}

function senseless(): MediaError {
  return new MediaError("malformed", "A scan of the JPEG makes no sense.");
}

/** Is told of every block of a scan, in the order of the scan. */
export interface BlockVisitor {
  /** @param slot place of the component in the scan; @param at first of its 64 coefficients */
  block(slot: number, at: number): void;
  /** Comes before the first block after a restart interval. */
  restart(): void;
  /** A row of units is done. */
  row(): void;
}

/** How many blocks a scan visits. */
export function scanBlocks(frame: Frame, { components }: ScanSpec): number {
  return components.reduce((sum, { index }) => {
    const component = frame.components[index];
    if (!component) return sum;
    const { ownWide, ownHigh, blocksWide, blocksHigh } = component;
    return sum + (components.length === 1 ? ownWide * ownHigh : blocksWide * blocksHigh);
  }, 0);
}

/**
 * Visits the blocks of a scan: one component row by row, several interleaved in units
 * (T.81 section A.2).
 * @param interval units between restarts; 0: there are none
 */
export function walkScan(
  frame: Frame,
  spec: ScanSpec,
  interval: number,
  visitor: BlockVisitor,
): void {
  const parts = spec.components.flatMap(({ index }) => frame.components[index] ?? []);
  const [only] = parts;
  const alone = parts.length === 1 && only !== undefined;
  const wide = alone ? only.ownWide : frame.unitsWide;
  const high = alone ? only.ownHigh : frame.unitsHigh;
  let left = interval;
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      if (interval > 0 && left-- === 0) {
        visitor.restart();
        left = interval - 1;
      }
      if (alone) visitor.block(0, 64 * (y * only.blocksWide + x));
      else visitUnit(parts, x, y, visitor);
    }
    visitor.row();
  }
}

function visitUnit(parts: readonly Component[], x: number, y: number, visitor: BlockVisitor): void {
  for (let slot = 0; slot < parts.length; slot++) {
    const part = parts[slot];
    if (!part) continue;
    for (let row = 0; row < part.v; row++) {
      const start = (y * part.v + row) * part.blocksWide + x * part.h;
      for (let column = 0; column < part.h; column++) visitor.block(slot, 64 * (start + column));
    }
  }
}
