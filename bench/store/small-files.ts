import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Bytes of one small file. */
export const FILE_BYTES = 1_024;
/** Files in one directory of a tree of small files. */
export const FILES_PER_FOLDER = 1_000;

/** Fills `into` with what file `number` holds: different in every file, and not compressible. */
export function fileOf(number: number, into: Buffer): Buffer {
  let state = (number + 1) * 2_654_435_761;
  for (let at = 0; at < FILE_BYTES; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    into.writeUInt32LE(state, at);
  }
  return into;
}

/** The directory of file `number`. */
export function directoryOf(number: number): string {
  return String(Math.floor(number / FILES_PER_FOLDER));
}

/** How a tree was before it was read, and how to make it so again. */
export interface TreeState {
  readonly words: string;
  make(): void;
}

/**
 * All of `tree` on the disk and in the system's memory: some backups drop what they have read (borg
 * does), and who waits for the disk must not wait for the tree's own bytes to get there.
 */
export function warmTree(tree: string): TreeState {
  const make = (): void => {
    spawnSync("sync");
    for (const folder of readdirSync(tree)) {
      for (const name of readdirSync(join(tree, folder))) readFileSync(join(tree, folder, name));
    }
    // The first to read a file has the system write down when that was.
    spawnSync("sync");
  };
  return { words: "the tree on the disk and in the system's memory", make };
}

const DROP_CACHES = "/proc/sys/vm/drop_caches";

/**
 * Nothing of any tree in the system's memory, only the programs that will read it.
 * @param programs are started once, so that they need not come from the disk
 * @returns why this machine cannot be made so, where it cannot
 */
export function coldTree(programs: readonly string[]): TreeState | string {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    return `only root on Linux may empty the system's memory of files (${DROP_CACHES})`;
  }
  const make = (): void => {
    spawnSync("sync");
    writeFileSync(DROP_CACHES, "3");
    for (const program of programs) spawnSync(program, ["--version"]);
  };
  try {
    make();
  } catch (error) {
    return `${DROP_CACHES} cannot be written (${String(error)})`;
  }
  return { words: `after 'sync; echo 3 > ${DROP_CACHES}', programs started once since`, make };
}
