import { equalBytes, fromUtf8 } from "../base/bytes.ts";
import type { FileTree, TreeEntry } from "../ports/index.ts";
import { readTreeFile, treeAnswer, treeErrorOf, writeTreeFile } from "./file-tree-calls.ts";
import { type Check, checkWith, type TestApi } from "./suite-api.ts";

/** A tree under test. */
export interface FileTreeSubject {
  readonly tree: FileTree;
  /** Lets the process end and begin again: the same files through a new tree. */
  reopen?(): Promise<FileTree>;
  dispose(): Promise<void>;
}

async function names(tree: FileTree, path: string): Promise<readonly string[]> {
  const entries = await treeAnswer<readonly TreeEntry[]>((done) => tree.list(path, done));
  return (entries ?? []).map(({ name, kind }) => (kind === "folder" ? `${name}/` : name));
}

async function text(tree: FileTree, path: string): Promise<string | undefined> {
  return fromUtf8((await readTreeFile(tree, path)).bytes);
}

const makeFolder = (tree: FileTree, path: string) =>
  treeAnswer<void>((done) => tree.makeFolder(path, done));
const remove = (tree: FileTree, path: string) =>
  treeAnswer<void>((done) => tree.remove(path, done));
const move = (tree: FileTree, from: string, to: string, overwrite = false) =>
  treeAnswer<void>((done) => tree.move(from, to, overwrite, done));
const copy = (tree: FileTree, from: string, to: string, overwrite = false) =>
  treeAnswer<void>((done) => tree.copy(from, to, overwrite, done));
const stat = (tree: FileTree, path: string) =>
  treeAnswer<TreeEntry>((done) => tree.stat(path, done));

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
}

function fileTests(check: Check<FileTreeSubject>, expect: TestApi["expect"]): void {
  check("is an empty folder at first", async ({ tree }) => {
    expect(await names(tree, "")).toEqual([]);
    expect((await stat(tree, ""))?.kind).toBe("folder");
  });

  check("gives back files of all sizes, with what was told of them", async ({ tree }) => {
    for (const length of [0, 1, 4_096, 4_097, 65_535, 65_536, 300_000]) {
      const options = { modifiedAtMs: 1_700_000_000_000 + length, mediaType: "image/png" };
      const entry = await writeTreeFile(tree, `f${length}`, pattern(length), options);
      const { etag } = entry;
      const expected = { name: `f${length}`, kind: "file", sizeBytes: length, etag, ...options };
      expect(entry).toEqual(expected);
      expect(await stat(tree, `f${length}`)).toEqual(expected);
      const read = await readTreeFile(tree, `f${length}`);
      expect(read.entry).toEqual(expected);
      expect(read.bytes.length).toBe(length);
      expect(equalBytes(read.bytes, pattern(length))).toBe(true);
    }
    expect((await names(tree, "")).length).toBe(7);
  });

  check("reads parts", async ({ tree }) => {
    for (const length of [3_000, 30_000, 200_000]) {
      await writeTreeFile(tree, "f", pattern(length));
      const whole = pattern(length);
      const ranges: [number, number][] = [
        [0, 1],
        [length - 1, length],
        [1_000, 2_000],
        [5, length],
        [length, length],
      ];
      for (const [from, to] of ranges) {
        const read = await readTreeFile(tree, "f", { from, to });
        expect([read.from, read.to]).toEqual([from, to]);
        expect(equalBytes(read.bytes, whole.slice(from, to))).toBe(true);
      }
      const behind = await readTreeFile(tree, "f", { from: 10, to: length + 10 });
      expect([behind.to, behind.bytes.length]).toEqual([length, length - 10]);
      expect(await treeErrorOf(readTreeFile(tree, "f", { from: length + 1 }))).toBe("bad-range");
    }
  });
}

function writeTests(check: Check<FileTreeSubject>, expect: TestApi["expect"]): void {
  check("replaces a file whole and changes its etag", async ({ tree }) => {
    const first = await writeTreeFile(tree, "f", "first, and longer");
    const second = await writeTreeFile(tree, "f", "second");
    expect(await text(tree, "f")).toBe("second");
    expect(first.etag === second.etag).toBe(false);
    expect(/^[A-Za-z0-9_-]{1,64}$/.test(second.etag)).toBe(true);
    expect(await names(tree, "")).toEqual(["f"]);
  });

  check("writes only if the file is what was expected", async ({ tree }) => {
    const { etag } = await writeTreeFile(tree, "f", "1", { ifAbsent: true });
    expect(await treeErrorOf(writeTreeFile(tree, "f", "2", { ifAbsent: true }))).toBe("exists");
    const next = await writeTreeFile(tree, "f", "2", { ifMatch: etag });
    expect(await treeErrorOf(writeTreeFile(tree, "f", "3", { ifMatch: etag }))).toBe("conflict");
    expect(await treeErrorOf(writeTreeFile(tree, "g", "3", { ifMatch: etag }))).toBe("conflict");
    expect(await text(tree, "f")).toBe("2");
    expect((await stat(tree, "f"))?.etag).toBe(next.etag);
  });

  check("keeps nothing of what was aborted", async ({ tree }) => {
    await writeTreeFile(tree, "f", "kept");
    const writer = tree.write(
      "f",
      {},
      {
        onDone: () => expect("told").toBe("not told"),
        onError: () => expect("told").toBe("not told"),
      },
    );
    writer.write(pattern(100_000));
    writer.abort();
    writer.finish();
    expect(await text(tree, "f")).toBe("kept");
    expect(await names(tree, "")).toEqual(["f"]);
  });
}

function pauseTests(check: Check<FileTreeSubject>, expect: TestApi["expect"]): void {
  check("stops a read that is paused or aborted", async ({ tree }) => {
    await writeTreeFile(tree, "f", pattern(200_000));
    const aborted = tree.read(
      "f",
      { from: 0 },
      {
        onStart: () => undefined,
        onBytes: () => expect("bytes").toBe("no bytes"),
        onEnd: () => expect("end").toBe("no end"),
        onError: () => expect("error").toBe("no error"),
      },
    );
    aborted.abort();
    let received = 0;
    let isPaused = false;
    await new Promise<void>((resolve, reject) => {
      const reader = tree.read(
        "f",
        { from: 0 },
        {
          onStart: () => undefined,
          onBytes: (bytes) => {
            if (isPaused) reject(new RangeError("Bytes came during a pause."));
            received += bytes.length;
            isPaused = true;
            reader.pause();
            void stat(tree, "f").then(() => {
              isPaused = false;
              reader.resume();
            });
          },
          onEnd: resolve,
          onError: reject,
        },
      );
    });
    expect(received).toBe(200_000);
  });
}

function folderTests(check: Check<FileTreeSubject>, expect: TestApi["expect"]): void {
  check("makes folders and lists them in order", async ({ tree }) => {
    await makeFolder(tree, "b");
    await makeFolder(tree, "b/inner");
    await writeTreeFile(tree, "b/file", "x");
    await writeTreeFile(tree, "a.txt", "x");
    await writeTreeFile(tree, "B", "x");
    await writeTreeFile(tree, "日本", "x");
    expect(await names(tree, "")).toEqual(["B", "a.txt", "b/", "日本"]);
    expect(await names(tree, "b")).toEqual(["file", "inner/"]);
    expect(await names(tree, "b/inner")).toEqual([]);
    expect((await stat(tree, "b"))?.kind).toBe("folder");
  });

  check("refuses what cannot be", async ({ tree }) => {
    await makeFolder(tree, "d");
    await writeTreeFile(tree, "f", "x");
    expect(await treeErrorOf(stat(tree, "nothing"))).toBe("not-found");
    expect(await treeErrorOf(names(tree, "nothing"))).toBe("not-found");
    expect(await treeErrorOf(names(tree, "f"))).toBe("not-folder");
    expect(await treeErrorOf(readTreeFile(tree, "d"))).toBe("not-file");
    expect(await treeErrorOf(readTreeFile(tree, "nothing"))).toBe("not-found");
    expect(await treeErrorOf(writeTreeFile(tree, "d", "x"))).toBe("not-file");
    expect(await treeErrorOf(writeTreeFile(tree, "no/x", "x"))).toBe("no-parent");
    expect(await treeErrorOf(writeTreeFile(tree, "f/x", "x"))).toBe("not-folder");
    expect(await treeErrorOf(makeFolder(tree, "d"))).toBe("exists");
    expect(await treeErrorOf(makeFolder(tree, "f"))).toBe("exists");
    expect(await treeErrorOf(makeFolder(tree, "no/x"))).toBe("no-parent");
    expect(await treeErrorOf(makeFolder(tree, "f/x"))).toBe("not-folder");
    expect(await treeErrorOf(remove(tree, "nothing"))).toBe("not-found");
    expect(await names(tree, "")).toEqual(["d/", "f"]);
  });

  check("refuses names that lead elsewhere", async ({ tree }) => {
    const bad = ["..", ".", "a/../b", "/a", "a//b", "a/", "a\0", "a\nb", "x".repeat(256)];
    for (const path of bad) {
      expect(await treeErrorOf(writeTreeFile(tree, path, "x"))).toBe("bad-path");
      expect(await treeErrorOf(makeFolder(tree, path))).toBe("bad-path");
      expect(await treeErrorOf(stat(tree, path))).toBe("bad-path");
    }
    expect(await treeErrorOf(remove(tree, ""))).toBe("bad-path");
    expect(await names(tree, "")).toEqual([]);
  });

  check("takes names of other Unicode forms as one", async ({ tree }) => {
    await writeTreeFile(tree, "nai\u0308ve", "x");
    expect(await names(tree, "")).toEqual(["naïve"]);
    expect(await text(tree, "naïve")).toBe("x");
  });
}

function removeTests(check: Check<FileTreeSubject>, expect: TestApi["expect"]): void {
  check("removes files, and folders with all that is in them", async ({ tree }) => {
    await makeFolder(tree, "d");
    await makeFolder(tree, "d/e");
    await writeTreeFile(tree, "d/e/f", "x");
    await writeTreeFile(tree, "dd", "x");
    await remove(tree, "d");
    expect(await names(tree, "")).toEqual(["dd"]);
    expect(await treeErrorOf(stat(tree, "d/e/f"))).toBe("not-found");
    await remove(tree, "dd");
    expect(await names(tree, "")).toEqual([]);
    await makeFolder(tree, "d");
    expect(await names(tree, "d")).toEqual([]);
  });
}

function moveTests(check: Check<FileTreeSubject>, expect: TestApi["expect"]): void {
  check("moves files and folders", async ({ tree }) => {
    await makeFolder(tree, "d");
    await makeFolder(tree, "d/e");
    const options = { modifiedAtMs: 5_000, mediaType: "text/plain" };
    await writeTreeFile(tree, "d/e/f", "deep", options);
    await writeTreeFile(tree, "d/big", pattern(200_000));
    await move(tree, "d", "n");
    expect(await names(tree, "")).toEqual(["n/"]);
    expect(await names(tree, "n")).toEqual(["big", "e/"]);
    expect(await text(tree, "n/e/f")).toBe("deep");
    const entry = await stat(tree, "n/e/f");
    expect([entry?.modifiedAtMs, entry?.mediaType]).toEqual([5_000, "text/plain"]);
    await move(tree, "n/big", "n/e/large");
    expect(equalBytes((await readTreeFile(tree, "n/e/large")).bytes, pattern(200_000))).toBe(true);
    expect(await names(tree, "n")).toEqual(["e/"]);
  });

  check("copies files and folders", async ({ tree }) => {
    await makeFolder(tree, "d");
    await writeTreeFile(tree, "d/f", "one");
    await makeFolder(tree, "d/empty");
    await copy(tree, "d", "c");
    await writeTreeFile(tree, "d/f", "two");
    expect(await names(tree, "c")).toEqual(["empty/", "f"]);
    expect(await text(tree, "c/f")).toBe("one");
    expect(await text(tree, "d/f")).toBe("two");
    await copy(tree, "c/f", "g");
    expect(await text(tree, "g")).toBe("one");
  });

  check("overwrites only when told to, and then all of it", async ({ tree }) => {
    await makeFolder(tree, "d");
    await writeTreeFile(tree, "d/f", "d");
    await makeFolder(tree, "e");
    await writeTreeFile(tree, "e/g", "e");
    await writeTreeFile(tree, "f", "f");
    for (const call of [move, copy]) {
      expect(await treeErrorOf(call(tree, "d", "e"))).toBe("exists");
      expect(await treeErrorOf(call(tree, "f", "d/f"))).toBe("exists");
    }
    await copy(tree, "d", "e", true);
    expect(await names(tree, "e")).toEqual(["f"]);
    await move(tree, "f", "e", true);
    expect(await names(tree, "")).toEqual(["d/", "e"]);
    expect(await text(tree, "e")).toBe("f");
    await move(tree, "d", "e", true);
    expect(await names(tree, "")).toEqual(["e/"]);
  });

  check("moves and copies nowhere else", async ({ tree }) => {
    await makeFolder(tree, "d");
    await makeFolder(tree, "d/e");
    await writeTreeFile(tree, "f", "x");
    for (const call of [move, copy]) {
      expect(await treeErrorOf(call(tree, "nothing", "x"))).toBe("not-found");
      expect(await treeErrorOf(call(tree, "f", "no/x"))).toBe("no-parent");
      expect(await treeErrorOf(call(tree, "d/e", "f/x"))).toBe("not-folder");
      expect(await treeErrorOf(call(tree, "d", "d/e/x"))).toBe("bad-path");
      expect(await treeErrorOf(call(tree, "d", "d/e", true))).toBe("bad-path");
      expect(await treeErrorOf(call(tree, "d/e", "d", true))).toBe("bad-path");
    }
    expect(await treeErrorOf(copy(tree, "f", "f", true))).toBe("bad-path");
    expect(await treeErrorOf(move(tree, "f", "f", true))).toBe("none");
    expect(await names(tree, "")).toEqual(["d/", "f"]);
    expect(await text(tree, "f")).toBe("x");
  });
}

function restartTests(check: Check<FileTreeSubject>, expect: TestApi["expect"]): void {
  check("is there after a restart", async (subject) => {
    const { tree, reopen } = subject;
    await makeFolder(tree, "d");
    await writeTreeFile(tree, "d/small", "x");
    await writeTreeFile(tree, "d/big", pattern(200_000));
    await writeTreeFile(tree, "gone", "x");
    await remove(tree, "gone");
    const before = await stat(tree, "d/big");
    if (reopen === undefined) return;
    const again = await reopen();
    expect(await names(again, "")).toEqual(["d/"]);
    expect(await text(again, "d/small")).toBe("x");
    expect(equalBytes((await readTreeFile(again, "d/big")).bytes, pattern(200_000))).toBe(true);
    expect(await stat(again, "d/big")).toEqual(before);
  });
}

/**
 * What every `FileTree` must do.
 * @param make a new, empty tree for each test
 */
export function fileTreeSuite(
  { describe, test, expect }: TestApi,
  name: string,
  make: () => Promise<FileTreeSubject>,
): void {
  const check = checkWith(test, make);

  describe(`file tree: ${name}`, () => {
    fileTests(check, expect);
    writeTests(check, expect);
    pauseTests(check, expect);
    folderTests(check, expect);
    removeTests(check, expect);
    moveTests(check, expect);
    restartTests(check, expect);
  });
}
