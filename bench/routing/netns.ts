import { availableParallelism, loadavg } from "node:os";
import { FAULTS } from "../../test/netns/faults.ts";
import { whyNoNamespaces } from "../../test/netns/lab.ts";
import { debianPackage } from "../rivals/debian.ts";
import { measureGap, measureIdle, measureReady } from "../rivals/mesh.ts";
import { type BenchOptions, type BenchRow, benchRow, median } from "../row.ts";
import { measureFirstPing } from "./netns-first-ping.ts";
import { measureGaps } from "./netns-gap.ts";
import { measureIdlePeernet, settleMs, WATCH_MS } from "./netns-idle.ts";
import { measureReaddress } from "./netns-readdress.ts";
import { chainOf, percentile } from "./netns-rig.ts";
import { rivals } from "./netns-rivals.ts";
import { measureSwitches } from "./netns-switches.ts";

/** Rows that are measured together. */
interface Group {
  readonly name: string;
  /** Ids and units, for where nothing can be measured. */
  readonly rows: readonly (readonly [id: string, unit: string])[];
  measure(full: boolean): Promise<readonly BenchRow[]>;
}

const rounded = (values: readonly number[]): string => values.map(Math.round).join(" ");

const gap: Group = {
  name: "gap",
  rows: FAULTS.map((fault) => [`routing.gap.${fault}.p95.ms`, "ms"]),
  async measure(full) {
    const gaps = await measureGaps(FAULTS, full ? 20 : 5);
    const rows: BenchRow[] = [];
    for (const fault of FAULTS) {
      const found = gaps.get(fault) ?? [];
      const p95 = percentile(found, 0.95);
      const value = p95 !== null && Number.isFinite(p95) ? p95 : null;
      const others = await rivals(full ? 3 : 1, async (rival) => {
        const silenceMs = await measureGap(rival, fault);
        return silenceMs === null ? null : Math.max(0, silenceMs - 50);
      });
      const row = benchRow(`routing.gap.${fault}.p95.ms`, value, "ms", others);
      rows.push({ ...row, note: `p95 of ${found.length} hits: ${rounded(found)} ms` });
    }
    return rows;
  },
};

const firstPing: Group = {
  name: "first-ping",
  rows: [
    ["routing.first-ping.sockets.ms", "ms"],
    ["routing.first-ping.start.ms", "ms"],
  ],
  async measure(full) {
    const sinceStart: number[] = [];
    const sinceSockets: number[] = [];
    for (let round = 0; round < (full ? 11 : 3); round++) {
      const found = await measureFirstPing();
      if (found === null) break;
      sinceStart.push(found.sinceStartMs);
      sinceSockets.push(found.sinceSocketsMs);
    }
    const others = await rivals(full ? 3 : 1, (rival) => measureReady(rival, 5, chainOf(5)));
    const row = (id: string, found: readonly number[], beside: typeof others = []): BenchRow => ({
      ...benchRow(id, median(found), "ms", beside),
      note: `middle of ${found.length} new chains, five processes at once: ${rounded(found)} ms`,
    });
    return [
      row("routing.first-ping.sockets.ms", sinceSockets),
      row("routing.first-ping.start.ms", sinceStart, others),
    ];
  },
};

const IDLE_COUNTS = [5, 16, 64] as const;
/** Rivals are watched on chains up to this length. */
const RIVALS_HOSTS_MAX = 16;

const idle: Group = {
  name: "idle",
  rows: IDLE_COUNTS.map((count) => [`routing.idle.chain${count}.Bps`, "B/s"]),
  async measure(full) {
    const rows: BenchRow[] = [];
    for (const count of IDLE_COUNTS) {
      const id = `routing.idle.chain${count}.Bps`;
      if (!full && count > RIVALS_HOSTS_MAX) {
        rows.push({ ...benchRow(id, null, "B/s"), note: "measured with --full only" });
        continue;
      }
      const value = await measureIdlePeernet(count);
      const others =
        count > RIVALS_HOSTS_MAX
          ? []
          : await rivals(1, (rival) =>
              measureIdle(rival, count, chainOf(count), settleMs(count), WATCH_MS),
            );
      const note = `left alone for ${settleMs(count) / 1_000} s, watched for ${WATCH_MS / 1_000}`;
      rows.push({ ...benchRow(id, value, "B/s", others), note });
    }
    return rows;
  },
};

/** Minutes under load that the goal speaks of, and without --full. */
const SATURATED_MINUTES = 10;
const SATURATED_MINUTES_REDUCED = 1;

const switches: Group = {
  name: "switches",
  rows: [["routing.switches.saturated.count", "switches"]],
  async measure(full) {
    const minutes = full ? SATURATED_MINUTES : SATURATED_MINUTES_REDUCED;
    const found = await measureSwitches(minutes * 60_000);
    const { suspicions, neighboursLost, wayChanges, sentBytesPerSecond } = found;
    const row = benchRow("routing.switches.saturated.count", suspicions + wayChanges, "switches");
    const note =
      `${suspicions} suspicions, ${wayChanges} changes of way, ${neighboursLost} neighbours lost in ` +
      `${minutes} min of transfers both ways across a diamond, ` +
      `${(sentBytesPerSecond / 1e6).toFixed(1)} MB/s on all its links together`;
    return [{ ...row, note }];
  },
};

const readdress: Group = {
  name: "readdress",
  rows: [
    ["routing.readdress.gap.ms", "ms"],
    ["routing.readdress.lost.bytes", "bytes"],
  ],
  async measure(full) {
    const found = await measureReaddress(full ? 20 : 3);
    const gaps = found.map(({ gapMs }) => gapMs);
    const p95 = percentile(gaps, 0.95);
    const value = p95 !== null && Number.isFinite(p95) ? p95 : null;
    const lost = found.reduce((sum, one) => sum + one.lostBytes, 0);
    const during = found.filter(({ underWay }) => underWay).length;
    return [
      {
        ...benchRow("routing.readdress.gap.ms", value, "ms"),
        note: `p95 of ${found.length} changes of all addresses at both ends: ${rounded(gaps)} ms`,
      },
      {
        ...benchRow("routing.readdress.lost.bytes", found.length > 0 ? lost : null, "bytes"),
        note: `of ${found.length} transfers of 30 MB, ${during} of them under way at the change`,
      },
    ];
  },
};

const GROUPS: readonly Group[] = [gap, firstPing, readdress, switches, idle];

/**
 * Rows measured with real processes in network namespaces. PEERNET_BENCH_ROWS (gap, first-ping,
 * readdress, switches, idle) chooses fewer; not `full`: fewer and shorter runs. A busy machine is
 * late itself, so rows tell its load; `nice -n -10` before the command helps.
 */
export async function netnsRows({ full }: BenchOptions): Promise<BenchRow[]> {
  const asked = process.env["PEERNET_BENCH_ROWS"]?.split(",");
  const groups = GROUPS.filter(({ name }) => asked?.includes(name) ?? true);
  const reason = whyNoNamespaces();
  if (reason !== undefined) {
    console.error(`Without network namespaces (${reason}) these rows have no value.`);
    return groups.flatMap(({ rows }) => rows.map(([id, unit]) => benchRow(id, null, unit)));
  }
  for (const name of ["nftables", "iputils-ping"]) debianPackage(name);
  const rows: BenchRow[] = [];
  for (const group of groups) {
    const found = await group.measure(full);
    const load = `load ${(loadavg()[0] ?? 0).toFixed(1)} on ${availableParallelism()} cores`;
    for (const row of found) {
      const note = row.note === undefined ? load : `${row.note}; ${load}`;
      rows.push({ ...row, note, ...(full ? {} : { reduced: true }) });
    }
  }
  return rows;
}
