import { readFile } from "node:fs/promises";
import { type Ffi, loadFfi } from "./ffi.ts";

/** MADV_DONTNEED (madvise(2)), the same on all processors of Linux. */
const DONT_NEED = 4;

/** A part of a file in this process's memory, as /proc/PID/smaps tells of it. */
export interface FilePart {
  readonly address: number;
  readonly sizeBytes: number;
  /** Bytes of it that are in memory now. */
  readonly residentBytes: number;
}

/**
 * Lets go of the pages of Node's own program. Most of them only the start needed: half of what an idle peer holds. What is
 * used again comes back from the system's cache in a microsecond, and from the file where that had other use for the
 * memory.
 * @param ffi none: nothing is done, nor elsewhere than on Linux
 * @param readSmaps injected in tests
 * @returns bytes that were let go
 */
export async function letProgramPagesGo(
  ffi: Ffi | undefined = loadFfi(),
  readSmaps: () => Promise<string> = () => readFile("/proc/self/smaps", "utf8"),
): Promise<number> {
  if (ffi === undefined || process.platform !== "linux") return 0;
  try {
    const advise = ffi.find("madvise", ["address", "address", "int"]);
    const parts = unchangedParts(await readSmaps(), isNode);
    return parts.reduce((sum, { address, sizeBytes, residentBytes }) => {
      const isDone = advise(address, sizeBytes, DONT_NEED) === 0;
      return isDone ? sum + residentBytes : sum;
    }, 0);
  } catch {
    // A system that tells nothing of it, or a library without the call: pages stay as they are.
    return 0;
  }
}

/** Some distributions keep Node in a library beside a small program. */
function isNode(path: string): boolean {
  return path === process.execPath || /\/libnode\.so[.0-9]*$/.test(path);
}

/**
 * The parts of files that are as they are on disk, and cannot be written to: only of these the system can read again what
 * it has let go.
 * @param smaps text of /proc/PID/smaps (proc(5))
 * @param isMeant by the path of a file
 */
export function unchangedParts(smaps: string, isMeant: (path: string) => boolean): FilePart[] {
  const parts: FilePart[] = [];
  for (const entry of smaps.split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/)) {
    const head = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+ +(.*)$/m.exec(entry);
    if (head === null || !/^r-[-x]p$/.test(head[3] ?? "") || !isMeant(head[4] ?? "")) continue;
    const [resident, dirty, anonymous] = ["Rss", "Private_Dirty", "Anonymous"].map((name) =>
      kilobytes(entry, name),
    );
    if (resident === undefined || dirty !== 0 || anonymous !== 0) continue;
    const address = Number.parseInt(head[1] ?? "", 16);
    const sizeBytes = Number.parseInt(head[2] ?? "", 16) - address;
    parts.push({ address, sizeBytes, residentBytes: resident * 1_024 });
  }
  return parts;
}

/** Undefined where it is not told. */
function kilobytes(entry: string, name: string): number | undefined {
  const found = new RegExp(`^${name}: +([0-9]+) kB$`, "m").exec(entry);
  return found === null ? undefined : Number(found[1]);
}
