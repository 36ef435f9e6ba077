import { type Ffi, loadFfi, type NativeFunction } from "./ffi.ts";

/** MADV_HUGEPAGE (madvise(2)), the same on all processors of Linux. */
const HUGE_PAGES = 14;

let found: NativeFunction | undefined;

/**
 * Asks Linux to keep this memory in large pages where it has any: a direct write pins each page of
 * what it writes, and 512 small ones cost more than one of 2 MiB. Nothing hangs on whether it does.
 * @param buffer begins and ends at bounds of pages, as memory of WebAssembly does
 * @param ffi none: nothing is asked
 */
export function preferLargePages(buffer: ArrayBuffer, ffi: Ffi | undefined = loadFfi()): void {
  if (ffi === undefined || process.platform !== "linux") return;
  try {
    found ??= ffi.find("madvise", ["address", "address", "int"]);
    found(ffi.addressOf(new Uint8Array(buffer)), buffer.byteLength, HUGE_PAGES);
  } catch {
    // A library without it: pages stay as they are.
  }
}
