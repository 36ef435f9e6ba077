import type { HolographyPoint } from "./holography.ts";

const SIZE = { width: 720, height: 380, left: 56, top: 40, right: 150, bottom: 48 };
const FRAGMENTS = 40;
/** Top of the scale, where the exact file is drawn. */
const EXACT_DB = 60;
const COLOURS = { rich: "#0b6e99", gentle: "#4b7f32", flat: "#b5542b", copies: "#7a4fa3" };

/** A line of the chart: a value for each number of fragments from 0 to 40. */
interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly values: readonly number[];
}

/** Signal to noise by fragments present: ours, flat 20 of 40, three copies on 40 holders. */
export function curveChart(measured: ReadonlyMap<string, readonly HolographyPoint[]>): string {
  const counts = Array.from({ length: FRAGMENTS + 1 }, (_, m) => m);
  const ours = (["rich", "gentle"] as const).map((profile) => {
    const points = measured.get(profile) ?? [];
    const expansion = points.reduce((sum, point) => sum + point.expansion, 0) / points.length;
    return {
      name: `${profile}, × ${expansion.toFixed(2)}`,
      colour: COLOURS[profile],
      values: counts.map((m) => meanShown(points, m)),
    };
  });
  const curves: readonly Curve[] = [
    ...ours,
    {
      name: "flat 20/40, × 2.00",
      colour: COLOURS.flat,
      values: counts.map((m) => (m < 20 ? 0 : EXACT_DB)),
    },
    {
      name: "3 copies, × 3.00",
      colour: COLOURS.copies,
      values: counts.map((m) => EXACT_DB * copyLeft(m)),
    },
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="sans-serif" font-size="12">`,
    "<title>What fragments of a photograph show: signal to noise by number of fragments</title>",
    `<rect width="${SIZE.width}" height="${SIZE.height}" fill="#ffffff"/>`,
    `<text x="${SIZE.left}" y="22" font-weight="bold">PSNR by fragments present, mean of ${measured.get("rich")?.length ?? 0} photographs (three copies: mean over which holders are left)</text>`,
    axes(),
    ...curves.map((curve, index) => line(curve, index)),
    "</svg>",
    "",
  ].join("\n");
}

/** Mean of what m fragments show; nothing is 0. */
function meanShown(points: readonly HolographyPoint[], m: number): number {
  const values = points.map(({ dbByFragments }) => {
    const reached = [...dbByFragments].filter(([needed]) => needed <= m);
    return Math.min(EXACT_DB, reached.at(-1)?.[1] ?? 0);
  });
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** How likely one of three copies is among m of 40 holders. */
function copyLeft(m: number): number {
  const gone = FRAGMENTS - m;
  const none = (gone * (gone - 1) * (gone - 2)) / (FRAGMENTS * (FRAGMENTS - 1) * (FRAGMENTS - 2));
  return 1 - none;
}

function x(m: number): number {
  return SIZE.left + (m / FRAGMENTS) * (SIZE.width - SIZE.left - SIZE.right);
}

function y(db: number): number {
  return SIZE.height - SIZE.bottom - (db / EXACT_DB) * (SIZE.height - SIZE.top - SIZE.bottom);
}

function axes(): string {
  const across = [0, 3, 10, 20, 30, 40].map((m) => {
    return `<text x="${x(m)}" y="${SIZE.height - 28}" text-anchor="middle">${m}</text>`;
  });
  const up = [0, 20, 30, 40, EXACT_DB].map((db) => {
    const label = db === EXACT_DB ? "exact" : db === 0 ? "nothing" : `${db} dB`;
    return `<line x1="${x(0)}" y1="${y(db)}" x2="${x(FRAGMENTS)}" y2="${y(db)}" stroke="#dddddd"/><text x="${SIZE.left - 6}" y="${y(db) + 4}" text-anchor="end">${label}</text>`;
  });
  const label = `<text x="${x(20)}" y="${SIZE.height - 8}" text-anchor="middle">fragments present, of 40</text>`;
  return [...up, ...across, label].join("\n");
}

function line({ name, colour, values }: Curve, index: number): string {
  const steps = values.map(
    (value, m) =>
      `${m === 0 ? "M" : "H"}${x(m).toFixed(1)} ${m === 0 ? y(value).toFixed(1) : ""}V${y(value).toFixed(1)}`,
  );
  const legend = SIZE.top + 20 + 20 * index;
  return [
    `<path d="${steps.join("")}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    `<text x="${SIZE.width - SIZE.right + 10}" y="${legend}" fill="${colour}">${name}</text>`,
  ].join("\n");
}
