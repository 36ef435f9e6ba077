import { closeSync, openSync, readdirSync } from "node:fs";
import { type Ffi, loadFfi, type NativeFunction } from "./ffi.ts";
import { Pinned } from "./pinned.ts";

/** `struct linux_dirent64` (getdents64(2)), the same on all CPUs: its members that are used here. */
const NAME = { number: 0, bytes: 16, kind: 18, name: 19 } as const;
/** DT_DIR, DT_REG and DT_UNKNOWN. */
const KIND = { directory: 4, file: 8, unknown: 0 } as const;
/** Bytes of names that one call of the system brings. */
const MEMORY_BYTES = 65_536;
const TWO_32 = 0x1_0000_0000;

/** A name in a directory. */
export interface DirectoryName {
  readonly name: string;
  readonly kind: "directory" | "file" | "other";
}

/**
 * Lists directories in the order of the files' numbers where the system tells them: that is how most
 * file systems lay files and what they know of them side by side, while the order of the names in
 * a large directory is that of their hashes.
 */
export class DirectoryNames {
  readonly #list: NativeFunction | undefined;
  readonly #memory: Pinned | undefined;

  /** @param ffi without it, directories are listed in whatever order the system does */
  constructor(ffi: Ffi | undefined = loadFfi()) {
    if (ffi === undefined || process.platform !== "linux") return;
    try {
      this.#list = ffi.find("getdents64", ["int", "address", "address"]);
      this.#memory = new Pinned(ffi, MEMORY_BYTES);
    } catch {
      // Another C library: then they are listed without numbers.
    }
  }

  /** What is in a directory. @throws Error the system's, where it cannot be read */
  list(directory: string): readonly DirectoryName[] {
    return this.#listNumbered(directory) ?? listPlainly(directory);
  }

  /** Undefined where the system does not tell numbers and kinds. */
  #listNumbered(directory: string): readonly DirectoryName[] | undefined {
    const [list, memory] = [this.#list, this.#memory];
    if (list === undefined || memory === undefined) return undefined;
    const found: (DirectoryName & { readonly number: number })[] = [];
    const handle = openSync(directory, "r");
    try {
      for (;;) {
        const bytes = list(handle, memory.address, MEMORY_BYTES);
        if (bytes < 0) return undefined;
        if (bytes === 0) break;
        for (const one of namesIn(memory.bytes, bytes)) {
          if (one.kind === KIND.unknown) return undefined;
          found.push({ ...one, kind: kindOf(one.kind) });
        }
      }
    } finally {
      closeSync(handle);
    }
    return found.sort((one, other) => one.number - other.number);
  }
}

/** What one call of the system brought, but for the directory itself and the one above. */
function* namesIn(
  memory: Uint8Array,
  bytes: number,
): Iterable<{ readonly name: string; readonly number: number; readonly kind: number }> {
  const view = Buffer.from(memory.buffer, memory.byteOffset, bytes);
  for (let at = 0; at < bytes; at += view.readUInt16LE(at + NAME.bytes)) {
    const from = at + NAME.name;
    const name = view.toString("utf8", from, view.indexOf(0, from));
    if (name === "." || name === "..") continue;
    const number = view.readUInt32LE(at + 4) * TWO_32 + view.readUInt32LE(at + NAME.number);
    yield { name, number, kind: view.readUInt8(at + NAME.kind) };
  }
}

function kindOf(kind: number): DirectoryName["kind"] {
  if (kind === KIND.directory) return "directory";
  return kind === KIND.file ? "file" : "other";
}

function listPlainly(directory: string): readonly DirectoryName[] {
  return readdirSync(directory, { withFileTypes: true }).map((entry) => {
    const kind = entry.isDirectory() ? "directory" : entry.isFile() ? "file" : "other";
    return { name: entry.name, kind };
  });
}
