import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { toHex } from "../../src/base/bytes.ts";
import { must } from "../../src/base/errors.ts";
import { encodeKeptOp, keptOpBytes, takeKeptOp } from "../../src/groups/kept-op.ts";
import { type Body, GroupLog, type Op } from "../../src/groups/log/index.ts";
import { duePages, NONE_RESTORED, restorePages } from "../../src/groups/pages.ts";
import { certificateVouching, proofOf } from "../../src/groups/proof.ts";
import { fuzzRound } from "../../src/simulation/groups/fuzz.ts";
import {
  type FuzzDevice,
  inviteKeyOf,
  joinBody,
  written,
} from "../../src/simulation/groups/fuzz-people.ts";
import { createToySuite } from "../../src/simulation/index.ts";
import { testIdentity, testRandom } from "../../src/testing/fixtures.ts";
import { rivalPackages } from "../rivals/npm.ts";
import { type BenchOptions, type BenchRival, type BenchRow, benchRow, median } from "../row.ts";
import { groupChatRows } from "./group-chat.ts";
import { joinByLink } from "./group-joining.ts";

const suite = createNodeSuite();
const MEMBERS = 1_000;
const ADMINS = 20;
const OPS = 10_000;
const BATCH = 500;
const ROUNDS = 100_000;
const ROUNDS_REDUCED = 15_000;
const LOADS = 5;
/** The child that reads a log is told the file here. */
const LOAD_TASK = "PEERNET_BENCH_GROUP_LOG";

const vouching = certificateVouching(suite);

/** Somebody with real keys and a real certificate. */
function personOf(index: number): FuzzDevice {
  const { signKey: key, certificate, person } = testIdentity(suite, `member ${index}`);
  const keyHex = toHex(key.publicKey);
  return { person: person.personId, key, keyHex, proof: proofOf(certificate) };
}

/** Writes to a log and measures how long it takes to take an operation up, signature and all. */
class Writing {
  readonly log: GroupLog = new GroupLog(suite, vouching);
  readonly appendMs: number[] = [];

  write(by: FuzzDevice, body: Body): Op {
    const op = written(suite, this.log, by, body);
    const fromMs = process.cpuUsage();
    this.log.add(op);
    this.log.members();
    const used = process.cpuUsage(fromMs);
    this.appendMs.push((used.user + used.system) / 1_000);
    return op;
  }

  get bytes(): number {
    return this.log.ops.entries.reduce((sum, { op }) => sum + op.bytes.length, 0);
  }
}

function founded(people: readonly FuzzDevice[]): Writing {
  const writing = new Writing();
  const [founder] = people;
  const { person } = must(founder, "there is a founder");
  const nonce = new Uint8Array(16);
  const genesis: Body = {
    t: "genesis",
    title: "Coop",
    nonce,
    owners: [person],
    quorum: 1,
    label: "founder",
  };
  writing.write(must(founder, "there is a founder"), genesis);
  return writing;
}

const target = ({ person }: FuzzDevice, index: number): { person: string; label: string } => ({
  person,
  label: `member ${index}`,
});

/** All members added by the founder, many in one operation: as the rival's are. */
function added(people: readonly FuzzDevice[]): Writing {
  const writing = founded(people);
  const founder = must(people[0], "there is a founder");
  const admins = people.slice(1, ADMINS).map(target);
  writing.write(founder, { t: "add", role: "admin", targets: admins });
  for (let at = ADMINS; at < people.length; at += BATCH) {
    const targets = people.slice(at, at + BATCH).map(target);
    writing.write(founder, { t: "add", role: "member", targets });
  }
  return writing;
}

/** All members but the admins came one by one with a link. */
function invited(people: readonly FuzzDevice[]): Writing {
  const writing = founded(people);
  const founder = must(people[0], "there is a founder");
  const admins = people.slice(1, ADMINS).map(target);
  writing.write(founder, { t: "add", role: "admin", targets: admins });
  const key = inviteKeyOf(suite, founder.person);
  const terms = { key: key.publicKey, uses: MEMBERS, expiresAtMs: 1, role: "member" } as const;
  const { id } = writing.write(founder, { t: "invite", ...terms });
  for (const guest of people.slice(ADMINS)) {
    writing.write(guest, joinBody(writing.log, guest, id, key));
  }
  return writing;
}

/** Years of names, titles, removals and additions by many admins. */
function live(writing: Writing, people: readonly FuzzDevice[]): void {
  for (let step = 0; writing.log.ops.size < OPS; step++) {
    const admin = must(people[step % ADMINS], "admins are people");
    const other = must(people[ADMINS + (step % (MEMBERS - ADMINS))], "members are people");
    const meant = { t: "person", id: other.person } as const;
    const kinds: readonly Body[] = [
      { t: "name", label: `name-${step % 300}`, target: meant },
      { t: "add", role: "member", targets: [target(other, step)] },
      { t: "policy", key: "title", value: `Coop ${step}` },
      { t: "name", label: `name-${step % 200}`, target: meant },
      { t: "remove", targets: [other.person] },
    ];
    writing.write(admin, must(kinds[step % kinds.length], "a kind"));
  }
}

/** What a disk has of a log: records of operations, and pages that tell what they say. */
function keep(file: string, log: GroupLog, hasPages: boolean): void {
  const ops = log.ops.entries.map(encodeKeptOp);
  const due = duePages(suite, log, { ops, pages: [] }, NONE_RESTORED);
  const pages = hasPages ? due.map(({ value }) => must(value, "a page is written")) : [];
  const text = (records: readonly Uint8Array[]): string[] =>
    records.map((record) => Buffer.from(record).toString("base64"));
  writeFileSync(file, JSON.stringify({ ops: text(ops), pages: text(pages) }));
}

/** In a process of its own, so that nothing is compiled before: reads a kept log and evaluates it. */
function loadInChild(file: string): void {
  const texts: { ops: string[]; pages: string[] } = JSON.parse(readFileSync(file, "utf8"));
  const records = (list: string[]): Uint8Array[] =>
    list.map((text) => new Uint8Array(Buffer.from(text, "base64")));
  const kept = { ops: records(texts.ops), pages: records(texts.pages) };
  const from = process.cpuUsage();
  const fromMs = performance.now();
  const log = new GroupLog(suite, vouching);
  const restored = restorePages(suite, log, kept, keptOpBytes);
  for (const record of kept.ops.slice(restored.ops)) {
    takeKeptOp(suite, log, record, restored.isDoubted);
  }
  const members = log.members().size;
  const wallMs = performance.now() - fromMs;
  const used = process.cpuUsage(from);
  console.log(JSON.stringify({ cpuMs: (used.user + used.system) / 1_000, wallMs, members }));
}

interface Load {
  /** Of all threads, those that compile among them. */
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** Medians of fresh processes. */
function load(log: GroupLog, hasPages: boolean): { cpuMs: number | null; wallMs: number | null } {
  const folder = mkdtempSync(join(tmpdir(), "peernet-bench-"));
  const file = join(folder, "log");
  try {
    keep(file, log, hasPages);
    const times = Array.from({ length: LOADS }, () => {
      const env = { ...process.env, [LOAD_TASK]: file };
      const text = execFileSync(process.execPath, [fileURLToPath(import.meta.url)], { env });
      const { members, ...times }: Load & { members: number } = JSON.parse(text.toString());
      if (members !== log.members().size) throw new RangeError("the log was read otherwise");
      return times;
    });
    return {
      cpuMs: median(times.map(({ cpuMs }) => cpuMs)),
      wallMs: median(times.map(({ wallMs }) => wallMs)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const MLS = {
  "ts-mls": "1.6.4",
  "@hpke/core": "1.9.0",
  "@hpke/chacha20poly1305": "1.8.0",
  "@hpke/dhkem-x448": "1.8.0",
  "@hpke/hybridkem-x-wing": "0.7.0",
  "@hpke/ml-kem": "0.3.0",
  "@noble/ciphers": "2.1.1",
  "@noble/curves": "2.0.1",
  "@noble/hashes": "2.0.1",
  "@noble/post-quantum": "0.5.2",
};

interface MlsFigures {
  readonly welcomeBytes: number;
  readonly joinMs: number;
  readonly addMs: number;
  readonly loadMs: number;
  readonly stateBytes: number;
}

/** The rival's figures in this run, each as a row wants it. */
function mls(): (value: (figures: MlsFigures) => number, note: string) => BenchRival[] {
  const found = rivalPackages("mls", MLS);
  const name = "ts-mls 1.6.4";
  if ("why" in found) return () => [{ name, value: null, note: found.why }];
  const script = join(found.folder, "mls.mjs");
  copyFileSync("bench/rivals/mls.mjs", script);
  try {
    const words = [script, String(MEMBERS)];
    const text = execFileSync(process.execPath, words, { cwd: found.folder });
    const figures: MlsFigures = JSON.parse(text.toString());
    return (value, note) => [{ name, value: value(figures), note }];
  } catch (error) {
    return () => [{ name, value: null, note: String(error).slice(0, 120) }];
  }
}

function fuzz(options: BenchOptions): BenchRow[] {
  const rounds = options.full ? ROUNDS : ROUNDS_REDUCED;
  const toy = createToySuite(suite);
  let [diverged, leaked, ops, evil, refused, newcomers, misled] = [0, 0, 0, 0, 0, 0, 0];
  for (let seed = 0; seed < rounds; seed++) {
    const round = fuzzRound(toy, testRandom(seed));
    if (round.diverged.length > 0) diverged++;
    if (round.leaks.length > 0) leaked++;
    if (round.diverged.length + round.leaks.length > 0) console.error("fuzz seed", seed, round);
    ops += round.ops;
    evil += round.evilTaken;
    refused += round.evilRefused;
    newcomers += round.newcomers;
    misled += round.misled;
  }
  const note = `${rounds} rounds in 2 to 5 parts, ${ops} operations; of twisted ones ${evil} got into logs and ${refused} were refused at the door; ${newcomers} newcomers began with a checkpoint, and ${misled} with one that was false`;
  const scale = options.full ? {} : { reduced: true };
  return [
    { ...benchRow("messages.groups.fuzz.diverged", diverged, "rounds"), note, ...scale },
    { ...benchRow("messages.groups.fuzz.leaks", leaked, "rounds"), note, ...scale },
  ];
}

/** What it takes to come into a group by a link. */
export async function runJoining(): Promise<BenchRow[]> {
  const people = Array.from({ length: MEMBERS }, (_, index) => personOf(index));
  // The founder and the second owner have peers of their own, and so has the newcomer.
  const joining = joinByLink(people.slice(2, ADMINS), people.slice(ADMINS, -1));
  const { members, whole, bytes, allBytes } = joining;
  const row = benchRow("messages.groups.join.by-link.kB", bytes / 1_000, "kB");
  const note = `${members} members of whom all but ${ADMINS} came one by one by a link: bytes both ways on streams, with two members in reach, until a newcomer knows them all, by a checkpoint and ${whole} whole operations; ${Math.round(allBytes / 1_000)} kB once the history has followed`;
  return [{ ...row, note }];
}

/** What private groups take. */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  const people = Array.from({ length: MEMBERS }, (_, index) => personOf(index));
  const byAdmin = added(people);
  const byLink = invited(people);
  const joinBytes = byAdmin.bytes;
  const before = byLink.appendMs.length;
  live(byLink, people);
  const appends = byLink.appendMs.slice(before);
  const mean = appends.reduce((sum, ms) => sum + ms, 0) / appends.length;
  const worst = appends.toSorted((a, b) => b - a)[Math.floor(appends.length / 100)] ?? null;
  const rival = mls();
  const byPages = load(byLink.log, true);
  const size = `${MEMBERS} members`;
  return [
    {
      ...benchRow(
        "messages.groups.join.kB",
        joinBytes / 1_000,
        "kB",
        rival((each) => each.welcomeBytes / 1_000, "the welcome, with the tree"),
      ),
      note: `${size}, added by an admin up to ${BATCH} at a time: all operations that a newcomer gets, checked one by one`,
    },
    {
      ...benchRow(
        "messages.groups.append.ms",
        mean,
        "ms",
        rival((each) => each.addMs, "CPU to process a commit that adds one member"),
      ),
      note: `CPU to check and take up one operation in a log of up to ${OPS}, mean of ${appends.length}`,
    },
    {
      ...benchRow("messages.groups.append.p99.ms", worst, "ms"),
      note: "the same, the slowest of a hundred",
    },
    {
      ...benchRow(
        "messages.groups.load.ms",
        byPages.wallMs,
        "ms",
        rival((each) => each.loadMs, "CPU to decode the kept state, warm, without a history"),
      ),
      note: `by the wall clock, to read ${OPS} kept operations by their pages, all compared by their hash, and to evaluate them; median of ${LOADS} fresh processes; ${byPages.cpuMs?.toFixed(0)} ms of processor, which compile on another core meanwhile`,
    },
    {
      ...benchRow("messages.groups.load.without-pages.ms", load(byLink.log, false).wallMs, "ms"),
      note: "the same at the first start after so much is new, before pages are written",
    },
    ...groupChatRows(),
    ...fuzz(options),
  ];
}

const task = process.env[LOAD_TASK];
if (task !== undefined) {
  loadInChild(task);
  process.exit(0);
}
