import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openBlockStore } from "../../src/adapters/node/blocks.ts";
import { debianPackage } from "../rivals/debian.ts";
import { type BenchOptions, type BenchRival, type BenchRow, benchRow, median } from "../row.ts";
import {
  coldTree,
  directoryOf,
  FILE_BYTES,
  FILES_PER_FOLDER,
  fileOf,
  type TreeState,
  warmTree,
} from "./small-files.ts";
import { type SmallTree, smallFolderRows } from "./small-folder.ts";

const FILES = 1_000_000;
/** For the rivals, whose files have to be made first. */
const FILES_REDUCED = 100_000;
/** Blocks handed over before the first of them is durable. */
const FLYING = 8_000;
const RESTARTS = 5;
const RIVAL_MS_MAX = 3_600_000;

function keyOf(number: number): string {
  return `store/block/${(number >> 10).toString(16).padStart(32, "0")}/${number & 31}/${number}`;
}

interface Filled {
  readonly perSecond: number;
  /** Processor time of a block, that of making it included, in µs. */
  readonly cpuUs: number;
  /** What the newest segment's hint would be, had the process been killed; null: none. */
  readonly killedHint: Buffer | null;
}

/** Puts `count` blocks, each acknowledged when it survives a loss of power. */
async function putAll(directory: string, count: number): Promise<Filled> {
  const store = await openBlockStore(directory);
  const bytes = Buffer.alloc(FILE_BYTES);
  let flying = 0;
  let failed = 0;
  let resume: (() => void) | undefined;
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  for (let number = 0; number < count; number++) {
    flying++;
    store.put(keyOf(number), fileOf(number, bytes), (error) => {
      if (error !== null) failed++;
      if (--flying <= FLYING / 2) resume?.();
    });
    if (flying < FLYING) continue;
    await new Promise<void>((resolve) => {
      resume = resolve;
    });
  }
  while (flying > 0) {
    await new Promise<void>((resolve) => {
      resume = resolve;
    });
  }
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const hint = newestHint(directory);
  const killedHint = existsSync(hint) ? readFileSync(hint) : null;
  await store.close();
  if (failed > 0) throw new RangeError(`${failed} blocks were not kept`);
  return { perSecond: count / seconds, cpuUs: (user + system) / count, killedHint };
}

interface Restart {
  readonly ms: number;
  readonly cpuMs: number;
  readonly rssMB: number;
}

/** A new process opens the store, the start of Node included. */
function restart(directory: string, count: number): Restart {
  const module = pathToFileURL(join(process.cwd(), "dist/adapters/node/blocks.js")).href;
  const last = JSON.stringify(keyOf(count - 1));
  const code = `
    const { openBlockStore } = await import(${JSON.stringify(module)});
    const store = await openBlockStore(${JSON.stringify(directory)});
    const { user, system } = process.cpuUsage();
    const found = await new Promise((done) => store.get(${last}, (_, block) => done(block)));
    const ok = store.usedBytes() === ${count * FILE_BYTES} && found?.length === ${FILE_BYTES};
    console.log(JSON.stringify({ ok, cpuMs: (user + system) / 1000, rss: process.memoryUsage.rss() }));
    process.kill(process.pid, "SIGKILL");`;
  const startMs = performance.now();
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
  });
  const ms = performance.now() - startMs;
  const told = JSON.parse(child.stdout) as { ok: boolean; cpuMs: number; rss: number };
  if (!told.ok) throw new RangeError("the restarted store does not have all blocks");
  return { ms, cpuMs: told.cpuMs, rssMB: told.rss / 1e6 };
}

function restartRow(
  id: string,
  directory: string,
  count: number,
  before: () => void,
  what: string,
): BenchRow {
  const all: Restart[] = [];
  for (let i = 0; i < RESTARTS; i++) {
    before();
    all.push(restart(directory, count));
  }
  const cpuMs = Math.round(median(all.map((one) => one.cpuMs)) ?? 0);
  const rssMB = Math.round(Math.max(...all.map((one) => one.rssMB)));
  const row = benchRow(id, median(all.map((one) => one.ms)), "ms");
  const note = `${count} blocks of 1 KB, ${what}: a new process until the first block is read, median of ${RESTARTS}; ${cpuMs} ms of processor time, ${rssMB} MB resident`;
  return { ...row, note };
}

function newestHint(directory: string): string {
  const segments = readdirSync(directory).filter((name) => name.endsWith(".blk"));
  return join(
    directory,
    segments
      .sort()
      .at(-1)
      ?.replace(/\.blk$/, ".hint") ?? "none.hint",
  );
}

/** As a SIGKILL would have left it. */
function putBackHint(directory: string, hint: Buffer | null): void {
  if (hint === null) rmSync(newestHint(directory), { force: true });
  else writeFileSync(newestHint(directory), hint);
}

function makeTree(directory: string, count: number): void {
  const bytes = Buffer.alloc(FILE_BYTES);
  for (let number = 0; number < count; number++) {
    const folder = join(directory, directoryOf(number));
    if (number % FILES_PER_FOLDER === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, String(number)), fileOf(number, bytes));
  }
}

interface Backup {
  readonly name: string;
  readonly package: string;
  readonly command: string;
  readonly init: (repository: string) => readonly string[];
  readonly run: (repository: string, tree: string) => readonly string[];
}

const BACKUPS: readonly Backup[] = [
  {
    ...{ name: "restic backup", package: "restic", command: "restic" },
    init: (repository) => ["init", "--quiet", "--repo", repository],
    run: (repository, tree) => ["backup", "--quiet", "--no-cache", "--repo", repository, tree],
  },
  {
    ...{ name: "borg create", package: "borgbackup", command: "borg" },
    init: (repository) => ["init", "--encryption=repokey", repository],
    run: (repository, tree) => ["create", `${repository}::all`, tree],
  },
];

function backup(
  rival: Backup,
  folder: string,
  tree: string,
  count: number,
  state: TreeState,
): BenchRival {
  const { name, command } = rival;
  const version = debianPackage(rival.package);
  if (version === null) return { name, value: null, note: `${rival.package} is not installed` };
  const repository = join(mkdtempSync(join(folder, command)), "repository");
  const env = {
    ...process.env,
    ...{ RESTIC_PASSWORD: "bench", BORG_PASSPHRASE: "bench", BORG_BASE_DIR: folder },
  };
  const options = { env, encoding: "utf8", timeout: RIVAL_MS_MAX } as const;
  const made = spawnSync(command, rival.init(repository), options);
  state.make();
  const startMs = performance.now();
  const done = spawnSync(command, rival.run(repository, tree), options);
  const seconds = (performance.now() - startMs) / 1_000;
  const isDone = made.status === 0 && done.status === 0;
  const note = isDone
    ? `${version}, a tree of ${count} files of 1 KB, which it reads, ${state.words}, encrypts and packs`
    : `${version}: ${(made.stderr + done.stderr).slice(0, 200)}`;
  return { name, value: isDone ? count / seconds : null, note };
}

/**
 * Many small things: in the store of blocks, one by one, and in a folder, as a person puts them
 * there. Each is durable before it is acknowledged.
 */
export async function smallRows({ full }: BenchOptions): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "peernet-small-"));
  try {
    const blocks = join(folder, "blocks");
    const { perSecond, cpuUs, killedHint } = await putAll(blocks, FILES);
    const clean = restartRow(
      ...(["store.small.restart.ms", blocks, FILES] as const),
      () => undefined,
      "closed",
    );
    const killed = restartRow(
      ...(["store.small.restart-killed.ms", blocks, FILES] as const),
      () => putBackHint(blocks, killedHint),
      "killed while the newest segment was open",
    );
    rmSync(blocks, { recursive: true });
    const count = full ? FILES : FILES_REDUCED;
    const tree = join(folder, "tree");
    makeTree(tree, count);
    const inState = (state: TreeState): SmallTree => {
      const rivals = BACKUPS.map((rival) => backup(rival, folder, tree, count, state));
      return { tree, count, state, rivals };
    };
    const warm = inState(warmTree(tree));
    const cold = coldTree([process.execPath, ...BACKUPS.map(({ command }) => command)]);
    const { rivals } = warm;
    const row = benchRow("store.small.blocks.per-s", perSecond, "1/s", rivals);
    const note = `${FILES} blocks of 1 KB from memory, up to ${FLYING} not yet durable at a time; ${cpuUs.toFixed(1)} µs of processor time for each, that of making it included`;
    const inFolder = await smallFolderRows(
      folder,
      warm,
      typeof cold === "string" ? cold : inState(cold),
    );
    const all = [{ ...row, note }, clean, killed, ...inFolder];
    return full
      ? all
      : all.map((one) => (inFolder.includes(one) ? { ...one, reduced: true } : one));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
