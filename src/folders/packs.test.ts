import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { suite } from "../../test/support/hamlet.ts";
import { fromHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { RecordWrite } from "../ports/index.ts";
import { WireError, Writer } from "../wire/index.ts";
import { packsPrefix, pathsPrefix, runsPrefix } from "./keys.ts";
import type { PathNode } from "./node.ts";
import { LogNames } from "./node-record.ts";
import { decodePack, encodePack, noTotals, PathsWriter } from "./pack-record.ts";
import { type PackLimits, Packs } from "./packs.ts";
import { FolderState, type StateLimits } from "./state.ts";
import type { VersionId } from "./version.ts";
import { writeVersions } from "./version-record.ts";

const FOLDER = "f".repeat(32);
const LOGS = ["0".repeat(32), "1".repeat(32)] as const;
const LIMITS: StateLimits = {
  pathsMax: 1_000,
  oldVersionsMax: 2,
  oldVersionsTotalMax: 1_000,
  removedPathsMax: 1_000,
  bundlesMax: 8,
};
/** So small that everything happens within a few changes. */
const SMALL: PackLimits = {
  ...{ childrenMax: 3, runBytes: 200, runPathsMin: 6, runsMin: 4 },
  ...{ perBatch: 2, perChange: 1 },
};

/** A state, and a disk from which it can be read anew. */
class Disk {
  readonly kept: Map<string, Uint8Array> = new Map();
  readonly #limits: StateLimits;
  state: FolderState;
  packs: Packs;

  constructor(limits = LIMITS) {
    this.#limits = limits;
    this.state = new FolderState(limits);
    this.packs = new Packs(suite, FOLDER, this.state, SMALL);
  }

  save(): void {
    const writes: RecordWrite[] = [];
    this.packs.addTo(writes);
    for (const { key, value } of writes) {
      if (value === null) this.kept.delete(key);
      else this.kept.set(key, value);
    }
  }

  reopen(): void {
    this.state = new FolderState(this.#limits);
    this.packs = new Packs(suite, FOLDER, this.state, SMALL);
    this.#scan(packsPrefix(FOLDER), (rest, value) => this.packs.loadPack(rest, value));
    this.packs.loadedPacks();
    this.#scan(pathsPrefix(FOLDER), (path, value) => this.packs.loadRecord(path, value));
    this.#scan(runsPrefix(FOLDER), (run, value) => this.packs.loadRun(run, value));
  }

  count(prefix: string): number {
    return [...this.kept.keys()].filter((key) => key.startsWith(prefix)).length;
  }

  #scan(prefix: string, take: (rest: string, value: Uint8Array) => void): void {
    const keys = [...this.kept.keys()].filter((key) => key.startsWith(prefix)).sort();
    for (const key of keys) take(key.slice(prefix.length), must(this.kept.get(key), "listed"));
  }
}

/** Everything that a state knows, as text. */
function tell(state: FolderState): readonly string[] {
  const lines: string[] = [];
  const visit = (node: PathNode): void => {
    if (node.isThere || node.isRemembered) {
      const ids = (versions: readonly { readonly id: VersionId }[]): string =>
        versions
          .map(({ id }) => `${id.log[0]}${id.seq}`)
          .sort()
          .join("+");
      lines.push(`${node.path} live ${ids(node.live)} old ${ids(node.old)} below ${node.below}`);
    }
    for (const child of [...node.children()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      visit(child);
    }
  };
  // Before the tree is walked: what is known without reading packs.
  const { fileCount, sizeBytes, pathCount, lamport, conflicted } = state;
  const conflicts = [...conflicted]
    .map(({ path }) => path)
    .sort()
    .join(" ");
  lines.push(`${fileCount} ${sizeBytes} ${pathCount} ${lamport} [${conflicts}]`);
  visit(state.root);
  return lines;
}

interface Step {
  readonly kind: "put" | "folder" | "remove" | "save" | "reopen";
  readonly path: string;
  readonly log: number;
  readonly replaces: boolean;
}

const names = fc.constantFrom("a", "b", "c", "d", "e", "f", "g");
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom("put", "put", "put", "folder", "remove", "save", "save", "reopen"),
    path: fc.array(names, { minLength: 1, maxLength: 3 }).map((path) => path.join("/")),
    log: fc.nat(1),
    replaces: fc.boolean(),
  }),
  { maxLength: 120 },
);

function change(state: FolderState, { kind, path, log, replaces }: Step, seq: number): void {
  const live = replaces || kind === "remove" ? (state.find(path)?.live ?? []) : [];
  const ids = live.map(({ id }) => id);
  if (kind === "remove" && ids.length === 0) return;
  const place = {
    id: { log: LOGS[log] ?? LOGS[0], seq, index: 0 },
    ...{ lamport: seq, writtenAtMs: 1_000 + seq },
  };
  const part = { kind: "inline", at: place.id, lengthBytes: seq } as const;
  const file = { modifiedAtMs: seq, mediaType: "text/plain", parts: [part] };
  if (kind === "remove") state.apply({ kind, path, replaces: ids }, place);
  else {
    const content = kind === "put" ? file : undefined;
    state.apply({ kind: "put", path, replaces: ids, file: content }, place);
  }
}

describe("packed paths", () => {
  test("a state that was saved and read at any time is the one that was never read", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const disk = new Disk();
        const memory = new FolderState(LIMITS);
        for (const [index, step] of all.entries()) {
          if (step.kind === "save") {
            disk.save();
          } else if (step.kind === "reopen") {
            disk.save();
            disk.reopen();
            expect(tell(disk.state)[0]).toBe(tell(memory)[0]);
          } else {
            change(disk.state, step, index + 1);
            change(memory, step, index + 1);
          }
        }
        expect(tell(disk.state)).toEqual(tell(memory));
        disk.save();
        disk.reopen();
        expect(tell(disk.state)).toEqual(tell(memory));
      }),
      { numRuns: 300 },
    );
  });

  test("runs become packs, large directories several, and nothing stays that is replaced", () => {
    const disk = new Disk();
    for (let seq = 1; seq <= 40; seq++) {
      change(disk.state, put(`d/${seq}`), seq);
      disk.save();
      expect(disk.count(runsPrefix(FOLDER))).toBeLessThanOrEqual(20);
    }
    for (let seq = 41; seq <= 60; seq++) {
      change(disk.state, { ...put("other"), replaces: true }, seq);
      disk.save();
    }
    expect(disk.count(packsPrefix(FOLDER))).toBeGreaterThan(40 / SMALL.childrenMax);
    expect(disk.count(runsPrefix(FOLDER))).toBeLessThan(10);
    for (let seq = 61; seq <= 100; seq++) {
      change(disk.state, { ...put(`d/${seq - 60}`), kind: "remove" }, seq);
      disk.save();
    }
    for (const path of [...disk.state.root.children()].map((node) => node.path)) {
      expect(["d", "other"]).toContain(path);
    }
    disk.reopen();
    expect(disk.state.fileCount).toBe(1);
    expect(disk.state.find("d/7")?.old.length).toBe(1);
  });

  test("what was removed longest ago is forgotten, also where a pack has what is above it", () => {
    const disk = new Disk({ ...LIMITS, removedPathsMax: 2 });
    change(disk.state, { ...put("d"), kind: "folder" }, 1);
    for (let seq = 2; seq <= 6; seq++) change(disk.state, put(`d/${seq}`), seq);
    for (let seq = 7; seq <= 8; seq++) {
      change(disk.state, { ...put(`d/${seq - 5}`), kind: "remove" }, seq);
      disk.save();
    }
    disk.reopen();
    for (let seq = 9; seq <= 11; seq++) {
      change(disk.state, { ...put(`d/${seq - 5}`), kind: "remove" }, seq);
      disk.save();
    }
    disk.reopen();
    expect(disk.state.pathCount).toBe(3);
    expect(disk.state.find("d")?.live.length).toBe(1);
    expect(disk.state.find("d")?.childCount).toBe(2);
  });

  test("records of single paths, as they were, are read and give way to packs", () => {
    const disk = new Disk();
    const id = (seq: number): VersionId => ({ log: LOGS[1], seq, index: 0 });
    for (let seq = 1; seq <= 10; seq++) {
      const writer = new Writer().u8(1);
      const version = { id: id(seq), lamport: seq, writtenAtMs: seq };
      const file = { modifiedAtMs: 1, mediaType: "", parts: [] };
      writeVersions(writer, [{ ...version, file }], writeWholeLog);
      writeVersions(writer, [], writeWholeLog);
      disk.kept.set(`${pathsPrefix(FOLDER)}d/${seq}`, writer.done());
    }
    disk.reopen();
    expect([disk.state.fileCount, disk.state.lamport]).toEqual([10, 10]);
    expect(disk.state.find("d/3")?.live[0]?.id).toEqual(id(3));
    change(disk.state, { ...put("d/3"), kind: "remove", log: 1 }, 11);
    for (let seq = 12; disk.count(pathsPrefix(FOLDER)) > 0; seq++) {
      expect(seq).toBeLessThan(30);
      disk.save();
      disk.reopen();
      expect(disk.state.fileCount).toBe(9);
      change(disk.state, { ...put("d/3"), log: 1 }, seq++);
      change(disk.state, { ...put("d/3"), kind: "remove", log: 1 }, seq);
    }
    expect(disk.count(packsPrefix(FOLDER))).toBeGreaterThan(1);
    disk.save();
    disk.reopen();
    expect([disk.state.fileCount, disk.state.pathCount]).toEqual([9, 10]);
  });

  test("a directory of which only records were left is gone with them", () => {
    const disk = new Disk({ ...LIMITS, removedPathsMax: 0 });
    const writer = new Writer().u8(1);
    const id = { log: LOGS[0], seq: 1, index: 0 };
    const file = { modifiedAtMs: 1, mediaType: "", parts: [] };
    writeVersions(writer, [{ id, lamport: 1, writtenAtMs: 1, file }], writeWholeLog);
    writeVersions(writer, [], writeWholeLog);
    disk.kept.set(`${pathsPrefix(FOLDER)}d/e/1`, writer.done());
    disk.reopen();
    change(disk.state, { ...put("d/e/1"), kind: "remove" }, 2);
    disk.save();
    disk.save();
    expect([disk.count(pathsPrefix(FOLDER)), disk.state.pathCount]).toEqual([0, 0]);
    expect(disk.state.root.childCount).toBe(0);
  });

  test("sizes that a writer made up, above what a number holds, are packed all the same", () => {
    const disk = new Disk();
    const part = { kind: "object", link: new Uint8Array(64), offset: 0 } as const;
    const parts = Array.from({ length: 64 }, () => ({ ...part, lengthBytes: 2 ** 48 - 1 }));
    const id = { log: LOGS[0], seq: 1, index: 0 };
    const file = { modifiedAtMs: 1, mediaType: "", parts };
    disk.state.apply(
      { kind: "put", path: "d/huge", replaces: [], file },
      { id, lamport: 1, writtenAtMs: 1 },
    );
    for (let seq = 2; disk.count(packsPrefix(FOLDER)) === 0; seq++) {
      change(disk.state, put(`d/${seq}`), seq);
      disk.save();
    }
    disk.reopen();
    expect(disk.state.find("d/huge")?.live[0]?.file?.parts.length).toBe(64);
    change(disk.state, { ...put("d/huge"), kind: "remove" }, 100);
    expect(disk.state.sizeBytes).toBeGreaterThanOrEqual(0);
  });

  test("paths that name very many logs are written in time", () => {
    const paths = new PathsWriter();
    const id = { log: LOGS[0], seq: 1, index: 0 };
    const part = { kind: "bundle", bundle: 1, offset: 0, lengthBytes: 1 } as const;
    const count = 40_000;
    for (let at = 0; at < count; at += 250) {
      const parts = Array.from({ length: 250 }, (_, index) => {
        return { ...part, log: (at + index).toString(16).padStart(32, "0") };
      });
      const file = { modifiedAtMs: 1, mediaType: "", parts };
      paths.add(`${at}`, [{ id, lamport: 1, writtenAtMs: 1, file }], []);
    }
    const pack = decodePack(suite, encodePack(suite, noTotals(), paths), new LogNames());
    const logs = new Set<string>();
    pack.read((_, [version]) => {
      for (const each of version?.file?.parts ?? []) if (each.kind === "bundle") logs.add(each.log);
    });
    expect(logs.size).toBe(count);
  });

  test("a damaged pack or run is found when the folder is read, not when it is used", () => {
    const disk = new Disk();
    for (let seq = 1; seq <= 20; seq++) {
      change(disk.state, put(`d/${seq}`), seq);
      disk.save();
    }
    for (let seq = 21; disk.count(runsPrefix(FOLDER)) === 0; seq++) {
      change(disk.state, put(`d/${seq}`), seq);
      disk.save();
    }
    const isOf = (prefix: string) => (key: string) => key.startsWith(prefix);
    const pack = must([...disk.kept.keys()].find(isOf(packsPrefix(FOLDER))), "there are some");
    const run = must([...disk.kept.keys()].find(isOf(runsPrefix(FOLDER))), "there are some");
    const whole = must(disk.kept.get(pack), "listed");
    for (let at = 0; at < whole.length; at++) {
      disk.kept.set(
        pack,
        whole.map((byte, index) => (index === at ? byte ^ 1 : byte)),
      );
      expect(() => disk.reopen()).toThrow(WireError);
    }
    disk.kept.set(pack, whole);
    disk.kept.set(run, must(disk.kept.get(run), "listed").slice(0, -1));
    expect(() => disk.reopen()).toThrow(WireError);
    disk.kept.delete(run);
    disk.kept.set(`${packsPrefix(FOLDER)}x/d`, whole);
    expect(() => disk.reopen()).toThrow(WireError);
  });
});

function put(path: string): Step {
  return { kind: "put", path, log: 0, replaces: false };
}

/** As earlier versions named a log: by its whole id. */
function writeWholeLog(writer: Writer, log: string): void {
  writer.bytes(must(fromHex(log), "ids are hexadecimal"));
}
