import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PeerProcess, peernet } from "../../test/cli/peer-process.ts";
import { debianPackage } from "../rivals/debian.ts";
import { type BenchRival, type BenchRow, benchRow } from "../row.ts";

const FILE_BYTES = 64 << 20;
const CHANGES = 3;
const MS_MAX = 300_000;
const MIB = 1 << 20;

/** The file with a few bytes put in at three places. */
function changed(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i < CHANGES; i++) {
    const from = Math.floor((i * bytes.length) / CHANGES);
    const to = Math.floor(((i + 1) * bytes.length) / CHANGES);
    parts.push(bytes.subarray(from, to - 5_000), randomBytes(40), bytes.subarray(to - 5_000, to));
  }
  return Buffer.concat(parts);
}

async function objectBytes(peer: PeerProcess): Promise<number> {
  const { objects } = await peer.client.objects();
  return objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

async function putInto(peer: PeerProcess, file: string): Promise<void> {
  const words = ["folder", "put", "work", file, "file", "--home", peer.home, "--json"];
  const { code, stderr } = await peernet(words, { killAfterMs: MS_MAX });
  if (code !== 0) throw new RangeError(stderr);
}

/** What restic adds to its repository for the same change. */
function restic(folder: string, file: string, before: Buffer, after: Buffer): BenchRival {
  const name = "restic backup";
  const version = debianPackage("restic");
  if (version === null) return { name, value: null, note: "restic is not installed" };
  const repository = join(folder, "restic");
  const env = { ...process.env, RESTIC_PASSWORD: "bench" };
  const run = (...words: readonly string[]): string => {
    const all = [...words, "--repo", repository, "--no-cache"];
    const done = spawnSync("restic", all, { env, encoding: "utf8", timeout: MS_MAX });
    if (done.status !== 0) throw new RangeError(`restic: ${done.stderr}`);
    return done.stdout;
  };
  run("init");
  writeFileSync(file, before);
  run("backup", file);
  writeFileSync(file, after);
  const summary = run("backup", file, "--json").trim().split("\n").at(-1) ?? "{}";
  const { data_added: added } = JSON.parse(summary) as { data_added?: number };
  return {
    name,
    value: (added ?? Number.NaN) / MIB,
    note: `${version}, second backup of the file`,
  };
}

/**
 * A file that is saved again with a few bytes more: what of it has to be stored and sent anew, in a
 * folder as a person uses it.
 */
export async function resaveRows(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "peernet-resave-"));
  const peer = new PeerProcess(join(folder, "home"));
  try {
    const [file, before] = [join(folder, "file"), randomBytes(FILE_BYTES)];
    const after = changed(before);
    await peer.start();
    await peer.client.folders.create("work");
    writeFileSync(file, before);
    await putInto(peer, file);
    const first = await objectBytes(peer);
    writeFileSync(file, after);
    await putInto(peer, file);
    const again = (await objectBytes(peer)) - first;
    const response = await peer.client.folders.get("work", "file");
    const read = Buffer.from(await response.arrayBuffer());
    const hash = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
    if (hash(read) !== hash(after)) throw new RangeError("the file reads differently");
    const rival = restic(folder, file, before, after);
    const row = benchRow("store.resave.MiB", again / MIB, "MiB", [rival]);
    const note = `${FILE_BYTES / MIB} MiB saved again with 40 bytes put in at ${CHANGES} places; the first time ${(first / MIB).toFixed(1)} MiB were stored; bytes of the file, before they are coded and spread`;
    return [{ ...row, note }];
  } finally {
    await peer.end();
    rmSync(folder, { recursive: true, force: true });
  }
}
