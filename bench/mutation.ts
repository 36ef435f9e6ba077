import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Mutant, mutantsOf } from "./mutation/operators.ts";
import { Pool } from "./mutation/pool.ts";
import { type Verdict, work } from "./mutation/worker.ts";
import { type BenchRow, benchRow } from "./row.ts";

/** Floors 0 and 1: the protocol that everything rests on. */
const ROOMS: readonly string[] = [
  "base",
  "wire",
  "crypto",
  "identity",
  "link",
  "routing",
  "session",
];
const DEFAULT_SAMPLE = 60;
const PROCESSES = 2;
/** Survivors land here, one text file per room. */
const REPORTS = ".cache/mutation";
/** What is mutated is a copy, so that whoever goes on working meanwhile disturbs nothing. */
const TREE = `${REPORTS}/tree`;
const COPIED: readonly string[] = ["package.json", "src", "bench/mutation"];

/** Minutes rather than seconds: `all` leaves it out. */
export const slow = true;

/** What the environment asks for; docs/adr/0008-mutation.md lists it. */
interface Wish {
  readonly rooms: readonly string[];
  /** Mutants per room. */
  readonly count: number;
  readonly seed: string;
}

function wish(): Wish {
  const { PEERNET_MUTANTS, PEERNET_MUTANT_ROOMS, PEERNET_MUTANT_SEED } = process.env;
  const count = PEERNET_MUTANTS === "all" ? Number.POSITIVE_INFINITY : Number(PEERNET_MUTANTS);
  const asked = PEERNET_MUTANT_ROOMS?.split(",") ?? ROOMS;
  return {
    rooms: ROOMS.filter((room) => asked.includes(room)),
    count: count >= 1 ? count : DEFAULT_SAMPLE,
    seed: PEERNET_MUTANT_SEED ?? "1",
  };
}

/** Sources with behaviour of their own; numbers in limits.ts are decisions, not behaviour. */
function sourcesOf(room: string): string[] {
  return readdirSync(join(TREE, "src", room), { recursive: true, encoding: "utf8" })
    .filter((file) => /^(?!.*(\.test|\.fixture|\blimits)\.ts$).*\.ts$/.test(file))
    .map((file) => `src/${room}/${file}`)
    .sort();
}

/** Draws by a hash of what a mutant does, so that a change elsewhere in the room moves no other. */
function drawn(mutants: readonly Mutant[], { count, seed }: Wish): readonly Mutant[] {
  const seen = new Map<string, number>();
  const ranked = mutants.map((mutant) => {
    const what = `${mutant.file} ${mutant.original} ${mutant.replacement}`;
    const nth = seen.get(what) ?? 0;
    seen.set(what, nth + 1);
    const rank = createHash("sha256").update(`${seed} ${nth} ${what}`).digest("hex");
    return { mutant, rank };
  });
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return ranked.slice(0, Math.min(count, ranked.length)).map(({ mutant }) => mutant);
}

function describe({ file, line, original, replacement }: Mutant): string {
  const short = (code: string): string => code.replace(/\s+/g, " ").slice(0, 100);
  return `${file}:${line}  ${short(original)}  =>  ${short(replacement)}`;
}

async function verdictOf(pool: Pool, mutant: Mutant, tests: Covering): Promise<Verdict> {
  if (tests.length === 0) return "survived";
  const answer = await pool.ask({ kind: "mutant", mutant, tests });
  return answer?.kind === "verdict" ? answer.verdict : "crashed";
}

type Covering = Extract<Parameters<Pool["ask"]>[0], { readonly kind: "mutant" }>["tests"];

async function measureRoom(pool: Pool, room: string, asked: Wish): Promise<BenchRow> {
  const all = sourcesOf(room).flatMap((file) =>
    mutantsOf(file, readFileSync(join(TREE, file), "utf8")),
  );
  const mutants = drawn(all, asked);
  const isSample = mutants.length < all.length;
  const row = (percent: number | null, note: string): BenchRow => {
    const id = `mutation.${room}.${isSample ? "sample" : "all"}.percent`;
    return { ...benchRow(id, percent, "%"), note };
  };
  const answer = await pool.ask({ kind: "baseline", folder: `src/${room}`, mutants });
  if (answer?.kind !== "baseline") return row(null, "the worker process ended");
  const { fault, covering } = answer.baseline;
  if (fault !== null) return row(null, fault);
  const verdicts = await Promise.all(
    mutants.map((mutant, at) => verdictOf(pool, mutant, covering[at] ?? [])),
  );
  const count = (verdict: Verdict): number => verdicts.filter((one) => one === verdict).length;
  const untested = covering.filter((tests) => tests.length === 0).length;
  const survivors = mutants
    .map(
      (mutant, at) =>
        `${covering[at]?.length === 0 ? "(runs in no test) " : ""}${describe(mutant)}`,
    )
    .filter((_, at) => verdicts[at] === "survived");
  writeFileSync(`${REPORTS}/${room}.txt`, `${survivors.sort().join("\n")}\n`);
  const percent = (100 * (mutants.length - count("survived"))) / Math.max(1, mutants.length);
  return row(
    percent,
    `${mutants.length} of ${all.length} mutants, seed ${asked.seed}: ${count("killed")} killed, ` +
      `${count("timeout")} did not end, ${count("crashed")} crashed, ${count("survived")} survived, ${untested} of them in no ` +
      `test; see ${REPORTS}/${room}.txt`,
  );
}

/** Share of small changes to the code of floors 0 and 1 that their own tests notice. */
export async function run(): Promise<BenchRow[]> {
  const asked = wish();
  rmSync(TREE, { recursive: true, force: true });
  mkdirSync(TREE, { recursive: true });
  for (const path of COPIED) cpSync(path, join(TREE, path), { recursive: true });
  const pool = new Pool(fileURLToPath(import.meta.url), PROCESSES);
  const measure = async (room: string): Promise<BenchRow> => {
    const row = await measureRoom(pool, room, asked);
    console.error(`${room}: ${row.value?.toFixed(1) ?? "-"} %, ${row.note}`);
    return row;
  };
  try {
    return await Promise.all(asked.rooms.map(measure));
  } finally {
    pool.close();
  }
}

if (process.argv[2] === "mutation-worker") await work(join(process.cwd(), TREE));
