import { writeFileSync } from "node:fs";
import { equalBytes } from "../../src/base/bytes.ts";
import {
  type Displayable,
  displayable,
  expansionFactor,
  type LayerPlan,
  type LayerProfile,
  planLayers,
  thresholdOf,
} from "../../src/media/index.ts";
import { type BenchOptions, type BenchRival, type BenchRow, benchRow } from "../row.ts";
import { copyLeft, curveChart } from "./holography-chart.ts";
import { type Photo, type Pixels, photos, referenceDecoder } from "./photos.ts";

const PROFILES = ["rich", "gentle"] as const;
/** Stands for no difference at all. */
const EXACT_DB = 99;
/** What was measured of one photograph with one profile. */
export interface HolographyPoint {
  readonly name: string;
  readonly expansion: number;
  /** Signal to noise against the whole picture, in decibels, of what so many of 40 fragments show. */
  readonly dbByFragments: ReadonlyMap<number, number>;
  /** Whether ten fragments show anything of it where it has no layers. */
  readonly flatAtTen: boolean;
  /** Whether all layers together are the file. */
  readonly exact: boolean;
}

/** What was measured, by profile. */
export type HolographyPoints = ReadonlyMap<string, readonly HolographyPoint[]>;

/**
 * What few fragments of photographs show, decoded by libjpeg-turbo. Any m fragments open exactly
 * the layers with k <= m, which the codec's own tests prove; here it is measured what these are
 * worth. With PEERNET_BENCH_WRITE=1 the curve goes into docs/images/holography.svg.
 */
export async function holographyRows(_options: BenchOptions): Promise<BenchRow[]> {
  return reportedRows(measuredPoints(photos()));
}

/** Measures photographs with each profile; nothing where there is no reference decoder. */
export function measuredPoints(all: readonly Photo[]): HolographyPoints {
  const decode = referenceDecoder();
  const measured = new Map(PROFILES.map((profile) => [profile, [] as HolographyPoint[]]));
  if (!decode) return measured;
  for (const photo of all) {
    const whole = decode(photo.bytes);
    for (const [profile, points] of measured) {
      const point = measure(photo, profile, whole, decode);
      points.push(point);
      console.error(pointText(profile, point));
    }
  }
  return measured;
}

/** The rows of the bench, and the curve where it is to be written. */
export function reportedRows(measured: HolographyPoints): BenchRow[] {
  if (process.env["PEERNET_BENCH_WRITE"] === "1") {
    writeFileSync("docs/images/holography.svg", curveChart(measured));
  }
  return [...measured].flatMap(([profile, points]) => rowsOf(profile, points));
}

function measure(
  { name, bytes }: Photo,
  profile: LayerProfile,
  whole: Pixels,
  decode: (jpeg: Uint8Array) => Pixels,
): HolographyPoint {
  const plan = planLayers(bytes, name, profile);
  const layers = plan.layers.map(({ level, bytes: { length } }) => ({ level, sizeBytes: length }));
  const dbByFragments = new Map<number, number>();
  for (const m of [3, 10]) {
    const shown = shownBy(plan, m);
    if (shown) dbByFragments.set(m, noise(decode(shown.bytes), whole));
  }
  const whole20 = shownBy(plan, 20);
  const exact = whole20?.exact === true && equalBytes(whole20.bytes, bytes);
  if (exact) dbByFragments.set(20, EXACT_DB);
  const flatAtTen = shownBy(planLayers(bytes, name, "flat"), 10) !== undefined;
  const expansion = expansionFactor(layers, bytes.length);
  return { name, expansion, dbByFragments, flatAtTen, exact };
}

/** What m of 40 fragments show. */
function shownBy({ layers, mediaType, transform }: LayerPlan, m: number): Displayable | undefined {
  const open = layers.filter(({ level }) => thresholdOf("default", level) <= m);
  return displayable({ mediaType, transform, layerCount: layers.length }, open);
}

/** Peak signal to noise over red, green and blue; a smaller picture is stretched first. */
function noise(shown: Pixels, whole: Pixels): number {
  const { rgb } = shown.width === whole.width ? shown : stretched(shown, whole);
  let squares = 0;
  for (let at = 0; at < whole.rgb.length; at++) {
    const difference = (rgb[at] ?? 0) - (whole.rgb[at] ?? 0);
    squares += difference * difference;
  }
  return squares === 0 ? EXACT_DB : 10 * Math.log10((255 ** 2 * whole.rgb.length) / squares);
}

function stretched({ width, height, rgb }: Pixels, to: Pixels): Pixels {
  const target = new Uint8Array(to.rgb.length);
  const columns = Int32Array.from({ length: to.width }, (_, x) => {
    return 3 * Math.floor(((x + 0.5) * width) / to.width);
  });
  for (let y = 0; y < to.height; y++) {
    const row = 3 * width * Math.floor(((y + 0.5) * height) / to.height);
    const start = 3 * y * to.width;
    for (let x = 0; x < to.width; x++) {
      const from = row + (columns[x] ?? 0);
      target[start + 3 * x] = rgb[from] ?? 0;
      target[start + 3 * x + 1] = rgb[from + 1] ?? 0;
      target[start + 3 * x + 2] = rgb[from + 2] ?? 0;
    }
  }
  return { ...to, rgb: target };
}

function rowsOf(profile: string, points: readonly HolographyPoint[]): BenchRow[] {
  const id = (name: string): string => `store.holography.${profile}.${name}`;
  const at = (m: number): number[] => points.map((point) => point.dbByFragments.get(m) ?? 0);
  const share = (good: number): number | null => {
    return points.length === 0 ? null : (100 * good) / points.length;
  };
  const best = (values: readonly number[], of: (...all: number[]) => number): number | null => {
    return values.length === 0 ? null : of(...values);
  };
  const note = `${points.length} photographs from Debian, each as made, decoded by libjpeg-turbo`;
  const previews = points.filter(({ dbByFragments }) => dbByFragments.has(3)).length;
  const shownAtTen = points.filter(({ dbByFragments }) => dbByFragments.has(10)).length;
  const expansions = points.map(({ expansion }) => expansion);
  const rows = [
    benchRow(id("photos"), points.length, ""),
    benchRow(id("preview-at-3.percent"), share(previews), "%"),
    benchRow(id("shown-at-10.percent"), share(shownAtTen), "%", rivals(points)),
    benchRow(id("at-10.mean.dB"), best(at(10), mean), "dB"),
    benchRow(id("at-10.min.dB"), best(at(10), Math.min), "dB"),
    benchRow(id("exact-at-20.percent"), share(points.filter(({ exact }) => exact).length), "%"),
    benchRow(id("expansion.max"), best(expansions, Math.max), "x"),
    benchRow(id("expansion.mean"), best(expansions, mean), "x"),
  ];
  return rows.map((row) => ({ ...row, note }));
}

/** How often what others do shows anything with 10 of 40 left. */
function rivals(points: readonly HolographyPoint[]): readonly BenchRival[] {
  const shown = points.filter(({ flatAtTen }) => flatAtTen).length;
  const flat = points.length === 0 ? null : (100 * shown) / points.length;
  return [
    { name: "flat 20/40", value: flat, note: "the same photographs as one layer" },
    {
      name: "3 copies",
      value: 100 * copyLeft(10),
      note: "reckoned: that one of three copies is on 10 of 40 holders; the file or nothing",
    },
  ];
}

function mean(...values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function pointText(
  profile: string,
  { name, expansion, dbByFragments, exact }: HolographyPoint,
): string {
  const shown = [...dbByFragments].map(([m, db]) => `${m}: ${db.toFixed(1)} dB`).join(", ");
  return `${profile} ${name}: x ${expansion.toFixed(3)}; ${shown}${exact ? "" : "; NOT EXACT"}`;
}
