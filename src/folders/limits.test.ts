import { describe, expect, test } from "vitest";
import { Hamlet, suite } from "../../test/support/hamlet.ts";
import { toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { TreeReader, TreeWriter } from "../ports/index.ts";
import { writeKeys } from "./capability.ts";
import {
  BUNDLES_WAITING_MAX,
  CHANGES_WAITING_MAX,
  FOLDERS_MAX,
  INLINE_BYTES_MAX,
  LINK_HINTS_MAX,
  OBJECT_BYTES_MIN,
  OPERATIONS_MAX,
  READS_MAX,
  REFERENCES_MAX,
  REPLACES_MAX,
  WRITES_MAX,
} from "./limits.ts";
import { formatFolderLink, parseFolderLink } from "./link.ts";
import { decodeBody, EntryWriter, isMediaType, type Operation } from "./operation.ts";
import { FolderState, type StateLimits } from "./state.ts";
import type { VersionId } from "./version.ts";

const LOG = "0".repeat(32);
const file = { modifiedAtMs: 0, mediaType: "", parts: [] };

function put(path: string, ...replaces: readonly VersionId[]): Operation {
  return { kind: "put", path, replaces, file };
}

function apply(state: FolderState, operation: Operation, seq: number): VersionId {
  const id = { log: LOG, seq, index: 0 };
  state.apply(operation, { id, lamport: seq, writtenAtMs: seq });
  return id;
}

describe("the state of a folder", () => {
  const limits: StateLimits = {
    pathsMax: 5,
    oldVersionsMax: 3,
    oldVersionsTotalMax: 6,
    removedPathsMax: 2,
    bundlesMax: 2,
  };

  test("has room up to its paths and bundles", () => {
    const state = new FolderState(limits);
    for (let seq = 1; seq <= 4; seq++) apply(state, put(`p${seq}`), seq);
    expect([state.pathCount, state.hasRoomFor(1), state.hasRoomFor(2)]).toEqual([4, true, false]);
    for (let bundle = 1; bundle <= 2; bundle++) {
      expect(state.hasRoomFor(1)).toBe(true);
      apply(state, { kind: "bundle", bundle, link: new Uint8Array(64) }, 4 + bundle);
    }
    expect(state.hasRoomFor(1)).toBe(false);
  });

  test("remembers so many old versions of a path, the newest ones", () => {
    const state = new FolderState(limits);
    let last = apply(state, put("p"), 1);
    for (let seq = 2; seq <= 6; seq++) last = apply(state, put("p", last), seq);
    const node = must(state.find("p"), "it was written");
    expect(node.live.map(({ id }) => id.seq)).toEqual([6]);
    expect(node.old.map(({ id }) => id.seq)).toEqual([5, 4, 3]);
  });

  test("keeps only one old version of what changes once the folder has too many", () => {
    const state = new FolderState({ ...limits, pathsMax: 100 });
    const ids: VersionId[] = [];
    for (let i = 0; i < 7; i++) ids.push(apply(state, put(`p${i}`), 1 + i));
    for (let i = 0; i < 6; i++) apply(state, put(`p${i}`, must(ids[i], "written")), 10 + i);
    apply(state, put("p0", { log: LOG, seq: 10, index: 0 }), 20);
    expect(state.find("p0")?.old.length).toBe(1);
    expect(state.find("p1")?.old.length).toBe(1);
  });

  test("forgets the path that was removed longest ago", () => {
    const state = new FolderState(limits);
    for (let i = 1; i <= 3; i++) {
      const id = apply(state, put(`d/p${i}`), i);
      apply(state, { kind: "remove", path: `d/p${i}`, replaces: [id] }, 10 + i);
    }
    expect(state.find("d/p1")).toBeUndefined();
    expect(state.find("d/p2")?.old.length).toBe(1);
    expect(state.pathCount).toBe(2);
    const forgotten = state.takeTouched().filter(({ old, live }) => old.length + live.length === 0);
    expect(forgotten.map(({ path }) => path)).toEqual(["d/p1"]);
  });
});

describe("an entry", () => {
  test(`has ${OPERATIONS_MAX} operations at most`, () => {
    const writer = new EntryWriter(LOG);
    for (let i = 0; i < OPERATIONS_MAX; i++) expect(writer.add(put(`p${i}`))).toBe(true);
    expect(writer.add(put("more"))).toBe(false);
    expect(decodeBody(writer.done(1, 1), LOG, 1).operations.length).toBe(OPERATIONS_MAX);
  });

  test(`refers to ${REFERENCES_MAX} other logs at most`, () => {
    const writer = new EntryWriter(LOG);
    const other = (i: number): VersionId => {
      return { log: (i + 1).toString(16).padStart(32, "0"), seq: 1, index: 0 };
    };
    for (let i = 0; i < REFERENCES_MAX; i++) expect(writer.add(put("p", other(i)))).toBe(true);
    expect(writer.add(put("p", other(REFERENCES_MAX)))).toBe(false);
    // What is known already still fits.
    expect(writer.add(put("p", other(0)))).toBe(true);
    const { operations } = decodeBody(writer.done(1, 1), LOG, 1);
    const last = operations.at(-2);
    expect(last?.kind === "put" && last.replaces).toEqual([other(REFERENCES_MAX - 1)]);
  });

  test("is full before it is too long to be signed", () => {
    const writer = new EntryWriter(LOG);
    const inline = new Uint8Array(INLINE_BYTES_MAX);
    let count = 0;
    while (writer.add({ ...put(`p${count}`), inline } as Operation)) count++;
    const body = writer.done(1, 1);
    expect([count, body.length < 65_536 - 28]).toEqual([14, true]);
  });

  test(`replaces ${REPLACES_MAX} versions with one operation, one more is refused`, () => {
    const ids = (count: number): VersionId[] =>
      Array.from({ length: count }, (_, index) => ({ log: LOG, seq: 1, index }));
    for (const count of [REPLACES_MAX, REPLACES_MAX + 1]) {
      const writer = new EntryWriter(LOG);
      writer.add(put("p", ...ids(count)));
      const decode = (): unknown => decodeBody(writer.done(1, 1), LOG, 2);
      if (count === REPLACES_MAX) expect(decode).not.toThrow();
      else expect(decode).toThrow("not within");
    }
  });

  test("media types are short and plain", () => {
    expect(isMediaType("a".repeat(127))).toBe(true);
    expect(isMediaType("a".repeat(128))).toBe(false);
    expect(isMediaType("text/plain; charset=utf-8")).toBe(true);
    for (const bad of ["a\nb", " a", "a ", "ä"]) expect(isMediaType(bad)).toBe(false);
  });
});

describe("where a file goes", () => {
  test.each([
    [INLINE_BYTES_MAX, 0],
    [INLINE_BYTES_MAX + 1, 1],
    [OBJECT_BYTES_MIN - 1, 1],
    [OBJECT_BYTES_MIN, 0],
  ])("%d bytes: %d in a bundle", (length, bundled) => {
    const hamlet = new Hamlet(1);
    const anna = hamlet.add("anna");
    const id = hamlet.create(anna, "f");
    hamlet.write(anna, id, "x", "y".repeat(length));
    hamlet.settle();
    const waiting = [...anna.disk.kept.keys()].filter((key) => key.startsWith("folders/b/"));
    expect(waiting.length).toBe(bundled);
    expect(hamlet.objects.puts).toBe(length >= OBJECT_BYTES_MIN ? 1 : 0);
    hamlet.settle(3);
    const left = [...anna.disk.kept.keys()].filter((key) => key.startsWith("folders/b/"));
    expect([left.length, hamlet.objects.puts]).toEqual([0, length > INLINE_BYTES_MAX ? 1 : 0]);
  });

  test("many small files share one object, and a store that is down makes them wait, not get lost", () => {
    const hamlet = new Hamlet(2);
    const anna = hamlet.add("anna");
    const id = hamlet.create(anna, "f");
    hamlet.objects.isDown = true;
    for (let i = 0; i < 30; i++) hamlet.write(anna, id, `x${i}`, `${i}`.padEnd(20_000, "."));
    hamlet.settle(3);
    expect(hamlet.objects.puts).toBe(0);
    hamlet.restart(anna);
    hamlet.settle(1);
    hamlet.objects.isDown = false;
    hamlet.settle(5);
    expect(hamlet.objects.puts).toBe(1);
    expect([...hamlet.objects.kept.values()].map(({ length }) => length)).toEqual([600_000]);
    let read = "";
    anna.live.tree(id).read(
      "x17",
      { from: 0, to: 2 },
      {
        onStart: () => undefined,
        onBytes: (bytes) => {
          read += toHex(bytes);
        },
        onEnd: () => undefined,
        onError: (error) => {
          throw error;
        },
      },
    );
    hamlet.settle();
    expect([read, hamlet.objects.servedBytes]).toEqual(["3137", 2]);
  });

  test(`${BUNDLES_WAITING_MAX} bundles may wait for the store, then small files are refused`, () => {
    const hamlet = new Hamlet(3);
    const anna = hamlet.add("anna");
    const id = hamlet.create(anna, "f");
    hamlet.objects.isDown = true;
    const size = 60_000;
    const perBundle = Math.ceil(1_048_576 / size);
    const results = [];
    for (let i = 0; i < BUNDLES_WAITING_MAX * perBundle + 1; i++) {
      results.push(hamlet.write(anna, id, `x${i}`, "y".repeat(size)));
      hamlet.settle();
    }
    const codes = results.map(({ error }) => error?.code);
    expect(codes.slice(0, -1).every((code) => code === undefined)).toBe(true);
    expect(codes.at(-1)).toBe("busy");
  });
});

describe("the room", () => {
  test(`keeps ${FOLDERS_MAX} folders and no more`, () => {
    const hamlet = new Hamlet(4);
    const anna = hamlet.add("anna");
    for (let i = 0; i < FOLDERS_MAX; i++) hamlet.create(anna, `f${i}`);
    let code = "";
    anna.live.create("more", (error) => {
      code = error?.code ?? "none";
    });
    expect([anna.live.list().length, code]).toEqual([FOLDERS_MAX, "full"]);
  });

  test("reads and writes so many files at once", () => {
    const hamlet = new Hamlet(5);
    const anna = hamlet.add("anna");
    const id = hamlet.create(anna, "f");
    hamlet.write(anna, id, "x", "y");
    hamlet.settle();
    const tree = anna.live.tree(id);
    const errors: string[] = [];
    const onError = ({ code }: { readonly code: string }): void => void errors.push(code);
    const readers: TreeReader[] = [];
    const events = { onStart: () => {}, onBytes: () => {}, onEnd: () => {}, onError };
    for (let i = 0; i < READS_MAX + 1; i++) readers.push(tree.read("x", { from: 0 }, events));
    const writers: TreeWriter[] = [];
    for (let i = 0; i < WRITES_MAX + 1; i++) {
      writers.push(tree.write(`w${i}`, {}, { onDone: () => {}, onError }));
    }
    hamlet.settle();
    expect(errors).toEqual(["busy", "busy"]);
    for (const writer of writers) writer.abort();
    for (const reader of readers) reader.abort();
    tree.read("x", { from: 0 }, events);
    tree.write("w", {}, { onDone: () => {}, onError }).abort();
    hamlet.settle();
    expect(errors.length).toBe(2);
  });

  test(`${CHANGES_WAITING_MAX} changes may wait for the disk`, () => {
    const hamlet = new Hamlet(6);
    const anna = hamlet.add("anna");
    const id = hamlet.create(anna, "f");
    const codes: string[] = [];
    for (let i = 0; i < CHANGES_WAITING_MAX + 1; i++) {
      anna.live.tree(id).makeFolder(`d${i}`, (error) => codes.push(error?.code ?? "done"));
    }
    expect(codes).toEqual(["busy"]);
    hamlet.settle();
    expect(codes.filter((code) => code === "done").length).toBe(CHANGES_WAITING_MAX);
  });

  test("a full disk refuses the change and nothing of it is to be seen; later it works again", () => {
    const hamlet = new Hamlet(7);
    const anna = hamlet.add("anna");
    const id = hamlet.create(anna, "f");
    hamlet.write(anna, id, "kept", "x");
    hamlet.settle();
    anna.disk.full = true;
    const refused = hamlet.write(anna, id, "lost", "x");
    const alsoRefused = hamlet.write(anna, id, "kept", "newer");
    hamlet.settle();
    expect([refused.error?.code, alsoRefused.error?.code]).toEqual(["full", "full"]);
    anna.disk.full = false;
    let names: readonly string[] = [];
    const list = (): void =>
      anna.live.tree(id).list("", (_, entries) => {
        names = entries?.map(({ name, sizeBytes }) => `${name} ${sizeBytes}`) ?? [];
      });
    list();
    expect(names).toEqual(["kept 1"]);
    hamlet.write(anna, id, "kept", "newer");
    hamlet.settle();
    hamlet.restart(anna);
    hamlet.settle();
    list();
    expect(names).toEqual(["kept 5"]);
    expect(anna.live.conflicts(id)).toEqual([]);
  });
});

describe("links", () => {
  const keys = writeKeys(suite, new Uint8Array(32).fill(5));
  const hints = Array.from({ length: LINK_HINTS_MAX + 1 }, (_, i) => `fd${`0${i}`.repeat(15)}`);

  test("come back as they were, name and hints included", () => {
    for (const mayWrite of [true, false]) {
      const link = formatFolderLink({ keys, name: "Fotos – Ümläut", hints }, mayWrite);
      const read = parseFolderLink(suite, `  ${link}\n`);
      expect(read.name).toBe("Fotos – Ümläut");
      expect(read.hints).toEqual(hints.slice(0, LINK_HINTS_MAX));
      expect(read.keys.id).toBe(keys.id);
      expect(read.keys.keepKey).toEqual(keys.keepKey);
      expect(read.keys.write?.seed).toEqual(mayWrite ? keys.write?.seed : undefined);
    }
  });

  test("a read link says nothing of the seed, and the keep key nothing of the read key", () => {
    const link = formatFolderLink({ keys, name: "f", hints: [] }, false);
    const read = parseFolderLink(suite, link);
    expect(read.keys.write).toBeUndefined();
    expect(toHex(read.keys.readKey)).not.toContain(toHex(keys.write?.seed ?? new Uint8Array(1)));
    expect(read.keys.keepKey).not.toEqual(read.keys.readKey);
  });

  test.each([
    "",
    "peernet:folder/",
    "peernet:folder/abc",
    `peernet:folder/${"a".repeat(600)}`,
    "peernet:object/abc",
    "peernet:folder/????",
  ])("%j is none", (text) => {
    expect(() => parseFolderLink(suite, text)).toThrow("no folder link");
  });

  test("with a name that cannot be, or too many hints, or of another format: none", () => {
    const bad = formatFolderLink({ keys, name: "a/b", hints: [] }, true);
    expect(() => parseFolderLink(suite, bad)).toThrow("no folder link");
    const long = formatFolderLink({ keys, name: "n".repeat(65), hints: [] }, true);
    expect(() => parseFolderLink(suite, long)).toThrow("no folder link");
    const future = formatFolderLink({ keys, name: "n", hints: [] }, true).replace("/ae", "/am");
    expect(() => parseFolderLink(suite, future)).toThrow(/format \d+/);
  });
});
