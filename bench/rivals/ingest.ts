import { execFileSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { rivalPackages } from "./npm.ts";

/** Somebody else's way of taking a file in. */
export interface IngestRival {
  readonly name: string;
  /** What runs, or why nothing does. */
  readonly note: string;
  /** MB/s of processor time for a whole file, after so many bytes to warm up; null: cannot run. */
  readonly round: ((file: string, warmBytes: number) => number) | null;
}

interface Wanted {
  readonly name: string;
  readonly note: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, string>>;
}

const RIVALS: readonly Wanted[] = [
  {
    name: "hyperdrive",
    note: "npm hyperdrive 11.13.4 on corestore 6.18.4, its own disk; neither sealed nor redundant",
    packages: { hyperdrive: "11.13.4", corestore: "6.18.4" },
  },
  {
    name: "helia",
    note: "npm @helia/unixfs 5.0.3 into blockstore-core's memory: no disk, neither sealed nor redundant",
    packages: { "@helia/unixfs": "5.0.3", "blockstore-core": "5.0.4" },
  },
];

/** All that run here, and why the others do not. */
export function ingestRivals(): IngestRival[] {
  return RIVALS.map(({ name, note, packages, overrides }) => {
    const found = rivalPackages(`ingest-${name}`, packages, overrides);
    if ("why" in found) return { name, note: found.why, round: null };
    // Beside its packages, so that it finds them.
    const script = join(found.folder, `${name}.mjs`);
    copyFileSync(`bench/rivals/ingest-${name}.mjs`, script);
    const round = (file: string, warmBytes: number): number => {
      const words = [script, file, String(warmBytes)];
      return Number(execFileSync(process.execPath, words, { cwd: found.folder }).toString());
    };
    return { name, note, round };
  });
}
