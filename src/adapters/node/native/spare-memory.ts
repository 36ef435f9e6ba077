import { type Ffi, loadFfi } from "./ffi.ts";

/** Reading the program, what the start left behind, and then whatever comes. */
const GAPS_MS = [1_000, 9_000] as const;
const EVERY_MS = 10_000;

/**
 * Gives memory that C code has freed back to the system now and then (`malloc_trim` of glibc, 1 ms).
 * What the start of a peer leaves lies scattered, so the library keeps all of it: a tenth of what an
 * idle peer holds.
 * @param ffi none: nothing is done, nor where the C library has no such function
 * @returns stops it
 */
export function returnSpareMemory(ffi: Ffi | undefined = loadFfi()): () => void {
  const trim = findTrim(ffi);
  if (trim === undefined) return () => undefined;
  const gapsMs = GAPS_MS.values();
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const next = gapsMs.next();
    timer = setTimeout(
      () => {
        trim();
        wait();
      },
      next.done ? EVERY_MS : next.value,
    ).unref();
  };
  wait();
  return () => clearTimeout(timer);
}

function findTrim(ffi: Ffi | undefined): (() => void) | undefined {
  if (ffi === undefined || process.platform !== "linux") return undefined;
  try {
    const trim = ffi.find("malloc_trim", ["address"]);
    return () => void trim(0);
  } catch {
    // musl, which keeps less to begin with.
    return undefined;
  }
}
