import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FolderEntryBody } from "../../src/api/client/index.ts";
import { type PeerProcess, peernet, until } from "./peer-process.ts";
import { jsonOf, startTwoContacts } from "./two-contacts.ts";

const place = mkdtempSync(join(tmpdir(), "peernet-folder-"));
const source = join(place, "garden");
const large = Buffer.alloc(300_000, "leaf ");
let anna: PeerProcess;
let ben: PeerProcess;

beforeAll(async () => {
  mkdirSync(join(source, "plans", "empty"), { recursive: true });
  writeFileSync(join(source, "large.bin"), large);
  writeFileSync(join(source, "middle.bin"), large.subarray(0, 20_000));
  writeFileSync(join(source, "plans", "beds für alle.txt"), "carrots");
  ({ anna, ben } = await startTwoContacts(place));
});
afterAll(async () => {
  await Promise.all([anna.end(), ben.end()]);
  rmSync(place, { recursive: true, force: true });
});

async function textOf(peer: PeerProcess, path: string): Promise<string> {
  const { stdout } = await peernet(["folder", "get", "garden", path, "--home", peer.home]);
  return stdout;
}

async function namesOf(peer: PeerProcess, path = ""): Promise<readonly string[]> {
  const words = ["folder", "ls", "garden", path];
  const { entries } = (await jsonOf(peer, words)) as { entries: readonly FolderEntryBody[] };
  return entries.map(({ name, kind }) => (kind === "folder" ? `${name}/` : name));
}

test("a folder is made, filled, shared, read and changed by both, and survives a restart", async () => {
  await jsonOf(anna, ["folder", "new", "garden"]);
  const put = await jsonOf(anna, ["folder", "put", "garden", source, "2026"]);
  expect(put).toEqual({ files: 3, sizeBytes: 320_007 });
  const { link } = (await jsonOf(anna, ["folder", "share", "garden"])) as { link: string };
  await jsonOf(ben, ["folder", "add", link]);
  const isThere = async (): Promise<boolean> => {
    const folders = await ben.client.folders.list();
    return folders[0]?.files === 3 && folders[0].missing === 0;
  };
  expect(await until(isThere, 20_000)).toBe(true);
  expect(await namesOf(ben, "2026")).toEqual(["large.bin", "middle.bin", "plans/"]);
  expect(await namesOf(ben, "2026/plans")).toEqual(["beds für alle.txt", "empty/"]);
  const target = join(place, "copy");
  const got = async (): Promise<boolean> =>
    (await peernet(["folder", "get", "garden", "2026", "-o", target, "--home", ben.home])).code ===
    0;
  // Small files can be read by others once their bundle is stored, seconds later.
  expect(await until(got, 20_000)).toBe(true);
  expect(readFileSync(join(target, "large.bin")).equals(large)).toBe(true);
  expect(readFileSync(join(target, "middle.bin")).equals(large.subarray(0, 20_000))).toBe(true);
  expect(readFileSync(join(target, "plans", "beds für alle.txt"), "utf8")).toBe("carrots");

  writeFileSync(join(source, "note"), "by ben");
  await jsonOf(ben, [
    "folder",
    "put",
    "garden",
    join(source, "note"),
    "2026/plans/beds für alle.txt",
  ]);
  await jsonOf(ben, ["folder", "mv", "garden", "2026/middle.bin", "middle.bin"]);
  await jsonOf(ben, ["folder", "rm", "garden", "2026/large.bin"]);
  const isChanged = async (): Promise<boolean> =>
    (await (await anna.client.folders.get("garden", "2026/plans/beds für alle.txt")).text()) ===
    "by ben";
  expect(await until(isChanged, 20_000)).toBe(true);
  expect(await namesOf(anna)).toEqual(["2026/", "middle.bin"]);
  const { versions } = (await jsonOf(anna, [
    ...["folder", "history", "garden", "2026/plans/beds für alle.txt"],
  ])) as { versions: readonly { version: string; writer: string }[] };
  expect(versions.map(({ writer }) => writer)).toEqual(["Ben", "Anna"]);
  await jsonOf(anna, [
    ...["folder", "restore", "garden", "2026/plans/beds für alle.txt", versions[1]?.version ?? ""],
  ]);
  expect(await textOf(anna, "2026/plans/beds für alle.txt")).toBe("carrots");
  await anna.end();
  await anna.start();
  expect(await textOf(anna, "2026/plans/beds für alle.txt")).toBe("carrots");
  expect(await namesOf(anna, "2026")).toEqual(["plans/"]);
}, 180_000);

test("what was written while apart is shown side by side", async () => {
  await ben.end();
  writeFileSync(join(source, "note"), "anna alone");
  await jsonOf(anna, ["folder", "put", "garden", join(source, "note"), "note.txt"]);
  await anna.end();
  await ben.start();
  writeFileSync(join(source, "note"), "ben alone");
  await jsonOf(ben, ["folder", "put", "garden", join(source, "note"), "note.txt"]);
  await anna.start();
  const isBoth = async (): Promise<boolean> =>
    (await anna.client.folders.entries("garden", "")).filter(({ name }) => name.startsWith("note"))
      .length === 2;
  expect(await until(isBoth, 20_000)).toBe(true);
  const { conflicts } = (await jsonOf(anna, ["folder", "conflicts", "garden"])) as {
    conflicts: readonly { path: string; versions: readonly { writer: string }[] }[];
  };
  expect(conflicts.map(({ path }) => path)).toEqual(["note.txt"]);
  expect(conflicts[0]?.versions.map(({ writer }) => writer).sort()).toEqual(["Anna", "Ben"]);
  await jsonOf(anna, ["folder", "put", "garden", join(source, "note"), "note.txt", "--resolve"]);
  expect((await namesOf(anna)).filter((name) => name.startsWith("note"))).toEqual(["note.txt"]);
}, 120_000);

test("errors say what to do", async () => {
  const run = (...words: readonly string[]) => peernet(["folder", ...words, "--home", anna.home]);
  expect((await run("list", "--json")).code).toBe(0);
  expect((await run("paint")).stderr).toContain("Type: peernet folder <new|list|");
  expect((await run("ls", "nowhere")).stderr).toContain("'peernet folder list' shows");
  expect((await run("get", "garden", "nothing")).stderr).toContain("is not there");
  expect((await run("add", "peernet:folder/abc")).stderr).toContain("This is no folder link");
  expect((await run("put", "garden", "/nonexistent")).stderr).toContain("cannot be read");
  expect((await run("new", "a/b")).stderr).toContain("without slashes");
});

test.runIf(process.platform === "linux")(
  "what cannot be stored of a directory is named, and all else is there",
  async () => {
    const run = (...words: readonly string[]) => peernet(["folder", ...words, "--home", anna.home]);
    const mixed = join(place, "mixed");
    mkdirSync(mixed);
    writeFileSync(join(mixed, "aa"), "1");
    // A name that is no UTF-8 cannot be opened by what the system says of it, like one that vanished.
    writeFileSync(Buffer.concat([Buffer.from(`${mixed}/b`), Uint8Array.of(0xff)]), "2");
    writeFileSync(join(mixed, "c\nd"), "3");
    writeFileSync(join(mixed, "d\ne"), new Uint8Array(100_000));
    writeFileSync(join(mixed, "zz"), "4");
    await jsonOf(anna, ["folder", "new", "mixed"]);
    const { code, stderr } = await run("put", "mixed", mixed);
    expect(code).toBe(1);
    expect(stderr).toContain("3 of what was to be stored is missing, 2 files are there.");
    expect(stderr).toContain("cannot be read");
    expect(stderr).toContain("cannot be the name or place of a file here");
    const { entries } = (await jsonOf(anna, ["folder", "ls", "mixed", "mixed"])) as {
      entries: readonly FolderEntryBody[];
    };
    expect(entries.map(({ name }) => name)).toEqual(["aa", "zz"]);
    // Files that the system makes up say that they are empty.
    const made = await jsonOf(anna, ["folder", "put", "mixed", "/proc/sys/kernel/random"]);
    expect((made as { sizeBytes: number }).sizeBytes).toBeGreaterThan(0);
  },
);
