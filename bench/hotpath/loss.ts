import { unknownRows } from "../groups.ts";
import { debianPackage } from "../rivals/debian.ts";
import { yggdrasil } from "../rivals/mesh.ts";
import { type BenchOptions, type BenchRow, benchRow, median } from "../row.ts";
import { rivalCarrier } from "./carriers.ts";
import { bareTcp, type Contender, streamFlow, tcpOver, tunFlow } from "./contenders.ts";
import { type BenchPath, impairedPath, shortPath, whyNoDrops } from "./paths.ts";

/** Of a round trip of 50 ms. */
const HALF_MS = 25;
const OURS = ["tun", "stream"] as const;

const PATHS: readonly BenchPath[] = [
  shortPath("loss5.short", 0.05),
  ...[1, 5, 10].map((percent) =>
    impairedPath(`loss${percent}.50ms`, { delayMs: HALF_MS, lossShare: percent / 100 }),
  ),
];

/**
 * One bulk flow on paths that lose packets, either way alike; PEERNET_BENCH_PATHS=loss1.50ms,loss5.short
 * measures only these. The paths of 50 ms round trip are
 * processes of our own (bench/impair); the rows `impair` tell how good those are.
 */
export async function lossRows({ full }: BenchOptions): Promise<BenchRow[]> {
  debianPackage("nftables");
  const whyNot = whyNoDrops();
  const asked = process.env["PEERNET_BENCH_PATHS"]?.split(",");
  const known = PATHS.map(({ name }) => name);
  const rows: BenchRow[] = unknownRows("hotpath", asked, known);
  for (const path of PATHS.filter(({ name }) => asked?.includes(name) ?? true)) {
    if (path.name.endsWith(".short") && whyNot !== undefined) {
      rows.push(...rowsOf(path, new Map()).map((row) => ({ ...row, note: whyNot })));
    } else rows.push(...rowsOf(path, await measure(path, full)));
  }
  return rows;
}

type Found = ReadonlyMap<string, readonly number[]>;

/** Interleaved rounds of all contenders; one that does not come up in a round adds nothing. */
async function measure(path: BenchPath, full: boolean): Promise<Found> {
  const found = new Map<string, number[]>();
  const rival = yggdrasil();
  const rivals = rival.version === null ? [] : [tcpOver(rivalCarrier(rival))];
  const contenders: readonly Contender[] = [tunFlow(), streamFlow(), ...rivals, bareTcp()];
  for (let round = 0; round < (full ? 5 : 1); round++) {
    for (const contender of contenders) {
      const value = await flowOnce(path, contender, full ? 20 : 5);
      if (value !== null) found.set(contender.name, [...(found.get(contender.name) ?? []), value]);
    }
  }
  return found;
}

async function flowOnce(
  path: BenchPath,
  contender: Contender,
  seconds: number,
): Promise<number | null> {
  try {
    const value = await path.run((lab) => contender.flow(lab, seconds));
    console.error(`${path.name}, ${contender.name}: ${value.toFixed(2)} Mbit/s`);
    return value;
  } catch (error) {
    console.error(`${path.name}, ${contender.name}: ${String(error)}`);
    return null;
  }
}

function rowsOf({ name }: BenchPath, found: Found): BenchRow[] {
  const middle = (who: string): number | null => median(found.get(who) ?? []);
  const rivals = [
    {
      name: "yggdrasil",
      value: middle("yggdrasil"),
      note: "one TCP connection over it, CUBIC inside and out",
    },
    {
      name: "kernel",
      value: middle("kernel"),
      note: "one TCP connection, CUBIC, nothing in between",
    },
  ];
  return OURS.flatMap((who) => {
    const [value, theirs] = [middle(who), middle("yggdrasil")];
    const ratio = value === null || theirs === null || theirs === 0 ? null : value / theirs;
    const at = `hotpath.${name}.${who}`;
    return [
      benchRow(`${at}.Mbps`, value, "Mbit/s", rivals),
      benchRow(`${at}.over-yggdrasil`, ratio, "x"),
    ];
  });
}
