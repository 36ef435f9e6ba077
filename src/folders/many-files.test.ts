import { describe, expect, test } from "vitest";
import { Hamlet, type Hamleteer } from "../../test/support/hamlet.ts";
import { utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { DiskError } from "../ports/index.ts";
import { type CborValue, decodeCbor, encodeCbor } from "../wire/index.ts";
import { packsPrefix, runsPrefix } from "./keys.ts";
import {
  CHANGES_AHEAD_MIN,
  CHANGES_PER_BATCH_MAX,
  CHANGES_WAITING_MAX,
  OBJECT_BYTES_MIN,
  PACK_CHILDREN_MAX,
  RUN_PATHS_MIN,
} from "./limits.ts";
import type { SmallFile } from "./tree.ts";

/** Puts files at once; for each the code of what went wrong, or "done". */
function putAll(
  hamlet: Hamlet,
  peer: Hamleteer,
  id: string,
  files: readonly SmallFile[],
): readonly string[] {
  let codes: readonly string[] | undefined;
  peer.live.folderTree(id).putAll(files, false, (errors) => {
    codes = errors.map((error) => error?.code ?? "done");
  });
  while (codes === undefined && hamlet.step());
  return codes ?? ["silent"];
}

function file(path: string, text = path): SmallFile {
  return { path, bytes: utf8(text), options: { modifiedAtMs: 5 } };
}

function folder(path: string): SmallFile {
  return { path, bytes: undefined, options: {} };
}

function count(peer: Hamleteer, prefix: string): number {
  return [...peer.disk.kept.keys()].filter((key) => key.startsWith(prefix)).length;
}

test("files put at once are taken in their order, each for itself", () => {
  const hamlet = new Hamlet(1);
  const anna = hamlet.add("anna");
  const id = hamlet.create(anna, "photos");
  const large = { ...file("large"), bytes: new Uint8Array(OBJECT_BYTES_MIN) };
  const bundled = { ...file("d/bundled"), bytes: new Uint8Array(OBJECT_BYTES_MIN - 1) };
  const files = [
    ...[file("nowhere/a"), folder("d"), folder("d"), file("d/a", "one"), file("d/a", "two")],
    ...[file("d"), folder("d/a"), file("x\n"), large, bundled, { ...file("d/empty", "") }],
  ];
  const codes = putAll(hamlet, anna, id, files);
  expect(codes).toEqual([
    ...["no-parent", "done", "done", "done", "done"],
    ...["not-file", "exists", "bad-path", "too-large", "done", "done"],
  ]);
  expect(putAll(hamlet, anna, id, [])).toEqual([]);
  hamlet.restart(anna);
  while (!anna.isReady && hamlet.step());
  expect(anna.live.info(id)).toMatchObject({ files: 3, conflicts: 0, sizeBytes: 65_538 });
  expect(anna.live.history(id, "d/a").map(({ sizeBytes }) => sizeBytes)).toEqual([3, 3]);
  // Eleven files, one entry.
  expect(count(anna, `folders/e/${id}/`)).toBe(1);
});

describe("a batch that is made while the disk keeps the one before", () => {
  const total = CHANGES_PER_BATCH_MAX + CHANGES_AHEAD_MIN;
  const files = Array.from({ length: total }, (_, i) => file(`${i}`, `text ${i}`));

  test("is read as if it were on the disk", () => {
    const hamlet = new Hamlet(5);
    const anna = hamlet.add("anna");
    const id = hamlet.create(anna, "photos");
    const tree = anna.live.folderTree(id);
    let isDone = false;
    tree.putAll(files, false, () => {
      isDone = true;
    });
    const seen: string[] = [];
    tree.read(
      `${total - 1}`,
      { from: 0 },
      {
        onStart: () => undefined,
        onBytes: (bytes) => seen.push(Buffer.from(bytes).toString(), `${isDone}`),
        onEnd: () => seen.push("end"),
        onError: (error) => seen.push(error.code),
      },
    );
    while (hamlet.step());
    expect(seen).toEqual([`text ${total - 1}`, "false", "end"]);
  });

  test("is lost with that one where the disk fails, though it has room again at once", () => {
    const hamlet = new Hamlet(6);
    const anna = hamlet.add("anna");
    const id = hamlet.create(anna, "photos");
    putAll(hamlet, anna, id, [folder("d")]);
    const before = [...anna.disk.kept.keys()].sort();
    const codes: string[] = [];
    anna.disk.full = true;
    for (const one of files) {
      anna.live.folderTree(id).putAll([one], false, ([error]) => {
        codes.push(error?.code ?? "done");
      });
    }
    while (anna.disk.refusedWrites < 2 && hamlet.step());
    anna.disk.full = false;
    while (hamlet.step());
    expect(codes).toEqual(files.map(() => "full"));
    expect([...anna.disk.kept.keys()].sort()).toEqual(before);
    expect(anna.live.info(id).files).toBe(0);
    expect(new Set(putAll(hamlet, anna, id, files))).toEqual(new Set(["done"]));
    hamlet.restart(anna);
    while (!anna.isReady && hamlet.step());
    expect(anna.live.info(id)).toMatchObject({ files: total, conflicts: 0 });
  });

  test("is told of after that one, and one change less waits for it", () => {
    const hamlet = new Hamlet(7);
    const anna = hamlet.add("anna");
    const id = hamlet.create(anna, "photos");
    for (const [round, count] of [total - 1, total].entries()) {
      const told: number[] = [];
      let inMemory = 0;
      for (let i = 0; i < count; i++) {
        const one = file(`${round}-${i}`);
        anna.live.folderTree(id).putAll([one], false, () => {
          if (told.length === 0) inMemory = anna.live.info(id).files;
          told.push(i);
        });
      }
      while (hamlet.step());
      // When the first is told of, all of the second batch is in memory, or nothing.
      expect(inMemory).toBe(round === 0 ? CHANGES_PER_BATCH_MAX : 2 * total - 1);
      expect(told).toEqual(Array.from({ length: count }, (_, i) => i));
    }
  });
});

test("of files put at once, only those that find no room in the queue are refused", () => {
  const hamlet = new Hamlet(3);
  const anna = hamlet.add("anna");
  const id = hamlet.create(anna, "photos");
  const files = Array.from({ length: CHANGES_WAITING_MAX + 2 }, (_, i) => file(`${i}`));
  const codes = putAll(hamlet, anna, id, files);
  expect(codes.slice(0, CHANGES_WAITING_MAX)).toEqual(
    files.slice(0, CHANGES_WAITING_MAX).map(() => "done"),
  );
  expect(codes.slice(CHANGES_WAITING_MAX)).toEqual(["busy", "busy"]);
  expect(new Set(putAll(hamlet, anna, id, files.slice(CHANGES_WAITING_MAX)))).toEqual(
    new Set(["done"]),
  );
});

test("a directory that was removed and made again is not taken for the one before", () => {
  const hamlet = new Hamlet(4);
  const anna = hamlet.add("anna");
  const id = hamlet.create(anna, "photos");
  for (let round = 0; round < 3; round++) {
    expect(putAll(hamlet, anna, id, [folder("d"), folder("d/e"), file("d/e/a")])).toEqual([
      ...["done", "done", "done"],
    ]);
    expect(anna.live.info(id)).toMatchObject({ files: 1 });
    let removed: string | undefined;
    anna.live.folderTree(id).remove("d", (error) => {
      removed = error?.code ?? "done";
    });
    while (removed === undefined && hamlet.step());
    expect(removed).toBe("done");
    expect(putAll(hamlet, anna, id, [file("d/e/a")])).toEqual(["no-parent"]);
  }
});

test("who may only read puts nothing", () => {
  const hamlet = new Hamlet(2);
  const [anna, ben] = [hamlet.add("anna"), hamlet.add("ben")];
  const id = hamlet.create(anna, "photos");
  hamlet.invite(anna, ben, id, false);
  expect(putAll(hamlet, ben, id, [file("a"), folder("b")])).toEqual(["read-only", "read-only"]);
});

test("thousands of files become packs while they come, and no crash loses one", () => {
  const hamlet = new Hamlet(3);
  const anna = hamlet.add("anna");
  const id = hamlet.create(anna, "photos");
  putAll(hamlet, anna, id, [folder("flat"), folder("deep"), folder("deep/er")]);
  const total = RUN_PATHS_MIN + 3_000;
  const directories = ["flat", "deep", "deep/er", "flat"];
  const kept: string[] = [];
  for (let from = 0; from < total; from += 500) {
    const files = Array.from({ length: 500 }, (_, at) => {
      return file(`${directories[at % directories.length] ?? ""}/${from + at}`);
    });
    expect(new Set(putAll(hamlet, anna, id, files))).toEqual(new Set(["done"]));
    kept.push(...files.map(({ path }) => path));
    if (from < RUN_PATHS_MIN - 1_000) continue;
    // What is under way then reaches the disk in part.
    anna.live.folderTree(id).putAll([file("deep/late", `${from}`)], false, () => undefined);
    for (let steps = from % 7; steps > 0; steps--) hamlet.step();
    hamlet.crash(anna, from % 3);
    hamlet.start(anna);
    while (!anna.isReady && hamlet.step());
    const late = anna.live.history.bind(anna.live, id, "deep/late");
    const lates = anna.live.info(id).files - kept.length;
    expect(lates === 0 || late().length > 0).toBe(true);
  }
  expect(count(anna, packsPrefix(id))).toBeGreaterThan(total / 2 / PACK_CHILDREN_MAX);
  expect(count(anna, runsPrefix(id))).toBeLessThan(40);
  expect(count(anna, `folders/p/${id}/`)).toBe(0);
  const tree = anna.live.tree(id);
  for (const path of kept) {
    tree.stat(path, (error, entry) => {
      expect([error, entry?.sizeBytes]).toEqual([null, path.length]);
    });
  }
  let names = 0;
  tree.list("flat", (_, entries) => {
    names = entries?.length ?? 0;
  });
  expect(names).toBe(kept.filter((path) => path.startsWith("flat/")).length);
});

test("logs as earlier versions kept them are read, those of later ones are not", () => {
  const hamlet = new Hamlet(4);
  const anna = hamlet.add("anna");
  const id = hamlet.create(anna, "photos");
  putAll(hamlet, anna, id, [file("a")]);
  const [key = ""] = [...anna.disk.kept.keys()].filter((each) => each.startsWith("folders/l/"));
  const kept = must(anna.disk.kept.get(key), "there is a log");
  const { v, ...rest } = decodeCbor(kept) as Record<string, CborValue>;
  expect(v).toBe(2);
  anna.disk.kept.set(key, encodeCbor({ ...rest, v: 1 }));
  hamlet.restart(anna);
  while (!anna.isReady && hamlet.step());
  expect(putAll(hamlet, anna, id, [file("b")])).toEqual(["done"]);
  expect(anna.live.info(id)).toMatchObject({ files: 2, writers: 1 });
  anna.disk.kept.set(key, encodeCbor({ ...rest, v: 3 }));
  expect(() => {
    hamlet.restart(anna);
    while (!anna.isReady && hamlet.step());
  }).toThrow(DiskError);
});
