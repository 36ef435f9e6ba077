import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import { debianPackage } from "./debian.ts";
import { rivalPackages } from "./npm.ts";

/** Object bytes per microsecond of CPU time, which is MB/s with MB = 10^6. */
export interface CodecSpeeds {
  readonly encode: number;
  /** With all data fragments lost. */
  readonly decode: number;
}

/** Somebody else's erasure codec, on one core. */
export interface CodecRival {
  readonly name: string;
  /** What runs, or why nothing does. */
  readonly note: string;
  /** One round for a code; null where it cannot run. */
  readonly round: ((k: number, n: number) => CodecSpeeds) | null;
}

/** Runs a rival's program once; it prints both speeds. */
function runRival(command: string, args: readonly (string | number)[], cwd?: string): CodecSpeeds {
  const options = { stdio: ["ignore", "pipe", "pipe"] as ["ignore", "pipe", "pipe"] };
  const words = args.map(String);
  const output = execFileSync(command, words, cwd === undefined ? options : { ...options, cwd });
  const [encode = Number.NaN, decode = Number.NaN] = output
    .toString()
    .trim()
    .split(" ")
    .map(Number);
  return { encode, decode };
}

/** ISA-L with its routines for AVX2, and with those for the widest vectors of this processor. */
function isal(directory: string, objectBytes: number): CodecRival[] {
  const names = ["ISA-L AVX2", "ISA-L widest"];
  const missing = (note: string): CodecRival[] =>
    names.map((name) => ({ name, note, round: null }));
  const version = debianPackage("libisal-dev");
  if (version === null) return missing("Debian package libisal-dev is missing");
  const program = join(directory, "isal");
  try {
    const source = "bench/rivals/erasure-isal.c";
    execFileSync("cc", ["-O2", "-o", program, source, "-lisal"], { stdio: "pipe" });
  } catch {
    return missing("no C compiler (cc) to build it with");
  }
  return names.map((name) => {
    const width = name.endsWith("AVX2") ? ["avx2"] : [];
    const vectors = width.length > 0 ? "AVX2" : "the widest vectors of this processor";
    const note = `Debian libisal-dev ${version}, ${vectors}, one thread`;
    return { name, note, round: (k, n) => runRival(program, [k, n, objectBytes, ...width]) };
  });
}

function zfec(objectBytes: number): CodecRival {
  const name = "zfec";
  const version = debianPackage("python3-zfec");
  if (version === null) {
    return { name, note: "Debian package python3-zfec is missing", round: null };
  }
  const script = "bench/rivals/erasure-zfec.py";
  const note = `Debian python3-zfec ${version}, one thread`;
  return { name, note, round: (k, n) => runRival("/usr/bin/python3", [script, k, n, objectBytes]) };
}

function subspace(objectBytes: number): CodecRival {
  const name = "@subspace";
  const version = "0.2.5";
  const found = rivalPackages("codec", { "@subspace/reed-solomon-erasure.wasm": version });
  if ("why" in found) return { name, note: found.why, round: null };
  const script = resolve("bench/rivals/erasure-subspace.mjs");
  const note = `npm @subspace/reed-solomon-erasure.wasm ${version}, which rebuilds lost parity too`;
  const round = (k: number, n: number): CodecSpeeds =>
    runRival(process.execPath, [script, k, n, objectBytes], found.folder);
  return { name, note, round };
}

/** All that run here, and why the others do not. @param directory for what must be compiled */
export function codecRivals(directory: string, objectBytes: number): CodecRival[] {
  return [...isal(directory, objectBytes), zfec(objectBytes), subspace(objectBytes)];
}
