import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PeerProcess, peernet } from "../../test/cli/peer-process.ts";
import { cpuSeconds, residentMB } from "../hotpath/tools.ts";
import { type BenchRival, type BenchRow, benchRow, median } from "../row.ts";
import { directoryOf, FILE_BYTES, fileOf, type TreeState } from "./small-files.ts";

const NAME = "small";
const RESTARTS = 5;
const PUT_MS_MAX = 3_600_000;

/** Processor time of children that have ended, in seconds. */
function endedCpuSeconds(): number {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** A tree that a folder takes in, and what others need for it in the same state. */
export interface SmallTree {
  readonly tree: string;
  readonly count: number;
  readonly state: TreeState;
  readonly rivals: readonly BenchRival[];
}

/** Puts the tree into a folder with `peernet folder put`; files per second. */
async function put(
  peer: PeerProcess,
  id: string,
  name: string,
  { tree, count, state, rivals }: SmallTree,
  env: Readonly<Record<string, string>> = {},
): Promise<BenchRow> {
  await peer.client.folders.create(name);
  const { pid } = peer.up;
  state.make();
  const [peerBefore, toolBefore] = [cpuSeconds([pid]), endedCpuSeconds()];
  const startMs = performance.now();
  const words = ["folder", "put", name, tree, "tree", "--home", peer.home, "--json"];
  const { code, stderr } = await peernet(words, { env, killAfterMs: PUT_MS_MAX });
  const seconds = (performance.now() - startMs) / 1_000;
  const info = (await peer.client.folders.list()).find((folder) => folder.name === name);
  if (code !== 0 || info?.files !== count) {
    throw new RangeError(`${info?.files} of ${count} files are there: ${stderr}`);
  }
  const perFileUs = (cpu: number): string => ((cpu * 1e6) / count).toFixed(0);
  const row = benchRow(id, count / seconds, "1/s", rivals);
  const cpu = `${perFileUs(cpuSeconds([pid]) - peerBefore)} µs of processor time of the peer and ${perFileUs(endedCpuSeconds() - toolBefore)} µs of the command for each`;
  const note = `a tree of ${count} files of 1 KB by 'peernet folder put', which reads it, ${state.words}; the peer signs, encrypts and keeps it; ${cpu}; ${Math.round(residentMB(pid))} MB resident`;
  return { ...row, note };
}

/** Starts the peer on what it has; milliseconds until the last file has been read. */
async function restart(peer: PeerProcess, count: number): Promise<number> {
  const last = count - 1;
  const startMs = performance.now();
  await peer.start();
  const response = await peer.client.folders.get(NAME, `tree/${directoryOf(last)}/${last}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  const ms = performance.now() - startMs;
  if (!bytes.equals(fileOf(last, Buffer.alloc(FILE_BYTES)))) {
    throw new RangeError("a file that was written reads differently");
  }
  return ms;
}

/** The same with the tree on the disk alone, also by a command that reads one file after the other. */
async function putCold(peer: PeerProcess, cold: SmallTree | string): Promise<BenchRow> {
  const id = "store.small.in-cold.per-s";
  if (typeof cold === "string") return { ...benchRow(id, null, "1/s"), note: cold };
  const { value, note } = await put(peer, id, `${NAME}-alone`, cold, { PEERNET_FFI: "off" });
  const name = "one file after the other (PEERNET_FFI=off)";
  const alone: BenchRival = { name, value, ...(note === undefined ? {} : { note }) };
  return put(peer, id, `${NAME}-cold`, { ...cold, rivals: [...cold.rivals, alone] });
}

/**
 * Small files through a folder, as a person puts them there: files on a disk, the command, the
 * local API, a whole peer. Then that peer is killed and started again.
 * @param warm the tree in the system's memory
 * @param cold the same tree on the disk alone, or why that cannot be had
 */
export async function smallFolderRows(
  place: string,
  warm: SmallTree,
  cold: SmallTree | string,
): Promise<BenchRow[]> {
  const peer = new PeerProcess(join(place, "home"));
  const { count } = warm;
  try {
    await peer.start();
    const row = await put(peer, "store.small.in.per-s", NAME, warm);
    const all: number[] = [];
    const cpus: number[] = [];
    for (let i = 0; i < RESTARTS; i++) {
      await peer.kill();
      all.push(await restart(peer, count));
      cpus.push(cpuSeconds([peer.up.pid]));
    }
    const [ms, cpu] = [median(all), median(cpus) ?? 0];
    const restarted = benchRow("store.small.folder-restart.ms", ms, "ms");
    const note = `${count} files of 1 KB in a folder, after SIGKILL: the start of a whole peer until the first file is read through its API, median of ${RESTARTS}; ${Math.round(1_000 * cpu)} ms of processor time, ${Math.round(residentMB(peer.up.pid))} MB resident`;
    return [row, await putCold(peer, cold), { ...restarted, note }];
  } finally {
    await peer.end();
  }
}
