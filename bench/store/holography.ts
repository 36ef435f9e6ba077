import { writeFileSync } from "node:fs";
import { equalBytes } from "../../src/base/bytes.ts";
import {
  type Displayable,
  displayable,
  expansionFactor,
  type LayerPlan,
  type LayerProfile,
  planLayers,
  restoreFile,
  thresholdOf,
} from "../../src/media/index.ts";
import { type BenchOptions, type BenchRival, type BenchRow, benchRow } from "../row.ts";
import { curveChart } from "./holography-chart.ts";
import { type Photo, type Pixels, photos, referenceDecoder } from "./photos.ts";

const PROFILES = ["rich", "gentle"] as const;
/** What a code without layers and copies show with ten of forty fragments. */
const RIVALS: readonly BenchRival[] = [
  { name: "flat 20/40", value: 0, note: "shows nothing below 20 fragments, whatever the file" },
  {
    name: "3 copies on 40",
    value: 0,
    note: "with 10 of 40 holders left all is there in 59 % of cases and nothing in 41 %",
  },
];

/** What was measured of one photograph with one profile. */
export interface HolographyPoint {
  readonly name: string;
  readonly expansion: number;
  /** Signal to noise against the whole picture, in decibels, of what so many of 40 fragments show. */
  readonly dbByFragments: ReadonlyMap<number, number>;
  /** Whether all layers together are the file. */
  readonly exact: boolean;
}

/**
 * What few fragments of photographs show, decoded by libjpeg-turbo. Any m fragments open exactly
 * the layers with k <= m, which the codec's own tests prove; here it is measured what these are
 * worth. With PEERNET_BENCH_WRITE=1 the curve goes into docs/images/holography.svg.
 */
export async function holographyRows(_options: BenchOptions): Promise<BenchRow[]> {
  const decode = referenceDecoder();
  const all = decode ? photos() : [];
  const measured = new Map(PROFILES.map((profile) => [profile, [] as HolographyPoint[]]));
  for (const photo of all) {
    if (!decode) break;
    const whole = decode(photo.bytes);
    for (const profile of PROFILES) {
      const point = measure(photo, profile, whole, decode);
      measured.get(profile)?.push(point);
      console.error(pointText(profile, point));
    }
  }
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
  for (const m of [3, 10, 20]) {
    const shown = shownBy(plan, m);
    if (shown) dbByFragments.set(m, shown.exact ? 99 : noise(decode(shown.bytes), whole));
  }
  const body = plan.layers.filter(({ role }) => role === "body").map((layer) => layer.bytes);
  const exact = equalBytes(restoreFile(plan.transform, Buffer.concat(body)), bytes);
  return { name, expansion: expansionFactor(layers, bytes.length), dbByFragments, exact };
}

/** What m of 40 fragments show. */
function shownBy({ layers, mediaType, transform }: LayerPlan, m: number): Displayable | undefined {
  const open = layers.filter(({ level }) => thresholdOf("default", level) <= m);
  return displayable({ mediaType, transform, layerCount: layers.length }, open);
}

/** Peak signal to noise over red, green and blue; a smaller picture is stretched first. */
function noise(shown: Pixels, whole: Pixels): number {
  const { width, height, rgb } = shown;
  let squares = 0;
  for (let y = 0; y < whole.height; y++) {
    const row = scaled(y, height, whole.height);
    for (let x = 0; x < whole.width; x++) {
      const column = scaled(x, width, whole.width);
      for (let part = 0; part < 3; part++) {
        const value = rgb[3 * (row * width + column) + part] ?? 0;
        squares += (value - (whole.rgb[3 * (y * whole.width + x) + part] ?? 0)) ** 2;
      }
    }
  }
  return squares === 0 ? 99 : 10 * Math.log10((255 ** 2 * whole.rgb.length) / squares);
}

function scaled(at: number, small: number, large: number): number {
  return small === large ? at : Math.floor(((at + 0.5) * small) / large);
}

function rowsOf(profile: LayerProfile, points: readonly HolographyPoint[]): BenchRow[] {
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
  const expansions = points.map(({ expansion }) => expansion);
  const rows = [
    benchRow(id("photos"), points.length, ""),
    benchRow(id("preview-at-3.percent"), share(previews), "%"),
    benchRow(id("at-10.mean.dB"), best(at(10), mean), "dB", RIVALS),
    benchRow(id("at-10.min.dB"), best(at(10), Math.min), "dB"),
    benchRow(id("exact-at-20.percent"), share(points.filter(({ exact }) => exact).length), "%"),
    benchRow(id("expansion.max"), best(expansions, Math.max), "x"),
    benchRow(id("expansion.mean"), best(expansions, mean), "x"),
  ];
  return rows.map((row) => ({ ...row, note }));
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
