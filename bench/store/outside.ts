import { mountFolder } from "../../test/outside/mounted.ts";
import { Backups, LITMUS_SUITES, runLitmus } from "../../test/outside/programs.ts";
import { debianPackage } from "../rivals/debian.ts";
import { type BenchOptions, type BenchRow, benchRow } from "../row.ts";

const LARGE_BYTES = 200_000_000;
const REDUCED_BYTES = 20_000_000;

/**
 * Programs and suites that nobody here wrote, over `peernet mount` of a peer in a process of its own:
 * litmus, rclone and restic, from Debian.
 */
export async function outsideRows(options: BenchOptions): Promise<BenchRow[]> {
  const largeBytes = options.full ? LARGE_BYTES : REDUCED_BYTES;
  return [await litmusRow(), await rcloneRow(largeBytes), ...(await resticRows(largeBytes))];
}

/** A row without value where a program is not to be had. */
function missing(id: string, unit: string, program: string): BenchRow {
  return { ...benchRow(id, null, unit), note: `${program} is not installed` };
}

async function litmusRow(): Promise<BenchRow> {
  const id = "store.outside.litmus.percent";
  const version = debianPackage("litmus");
  if (version === null) return missing(id, "%", "litmus");
  const mounted = await mountFolder();
  try {
    let [run, passed] = [0, 0];
    for (const suite of LITMUS_SUITES) {
      const result = await runLitmus(mounted.url, suite);
      // A suite that breaks off has not run all of its tests.
      run += result.code === 0 ? result.run : Math.max(result.run, result.passed + 1);
      passed += result.passed;
    }
    const note = `litmus ${version}: ${passed} of ${run} tests of ${LITMUS_SUITES.join(", ")}`;
    return { ...benchRow(id, (passed / run) * 100, "%"), note };
  } finally {
    await mounted.close();
  }
}

async function rcloneRow(largeBytes: number): Promise<BenchRow> {
  const id = "store.outside.rclone.differences";
  const version = debianPackage("rclone");
  if (version === null) return missing(id, "files", "rclone");
  const mounted = await mountFolder();
  const backups = await Backups.begin(mounted.url, largeBytes);
  try {
    const copied = await backups.run("owncloud", "rclone", "copy", "tree", "P:tree");
    const words = ["check", "--download", "tree", "P:tree"];
    const { text } = await backups.run("owncloud", "rclone", ...words);
    const [, found] = /(\d+) differences found/.exec(text) ?? [];
    const note = `rclone ${version} copied a tree, then compared every byte`;
    const value = found === undefined || copied.code !== 0 ? null : Number(found);
    return { ...benchRow(id, value, "files"), note: value === null ? text : note };
  } finally {
    await mounted.close();
    await backups.end();
  }
}

async function resticRows(largeBytes: number): Promise<BenchRow[]> {
  const ids = ["store.outside.restic.errors", "store.outside.restic.backup.MBps"] as const;
  const version = debianPackage("restic");
  if (version === null || debianPackage("rclone") === null) {
    return [missing(ids[0], "errors", "restic"), missing(ids[1], "MB/s", "restic")];
  }
  const mounted = await mountFolder();
  const backups = await Backups.begin(mounted.url, largeBytes);
  try {
    await backups.restic("init");
    const startedAtMs = performance.now();
    const { text: backup } = await backups.restic("backup", "tree", "--json");
    const seconds = (performance.now() - startedAtMs) / 1_000;
    const [, added] = /"data_added":(\d+)/.exec(backup) ?? [];
    const { code, text } = await backups.restic("check", "--read-data");
    const isSound = code === 0 && text.includes("no errors were found");
    const errors = isSound ? 0 : Math.max(1, text.match(/\berror\b/gi)?.length ?? 0);
    const note = `restic ${version} over rclone: backup, then check --read-data`;
    const speed = added === undefined ? null : Number(added) / 1e6 / seconds;
    return [
      { ...benchRow(ids[0], errors, "errors"), note: isSound ? note : text },
      {
        ...benchRow(ids[1], speed, "MB/s"),
        note: `${added ?? 0} bytes, start of the programs included`,
      },
    ];
  } finally {
    await mounted.close();
    await backups.end();
  }
}
