import { afterEach, beforeEach, expect, test } from "vitest";
import { patchBody } from "../../../../test/support/dav-rig.ts";
import { MemoryRecords } from "../../../../test/support/memory-records.ts";
import { type RecordStore, SILENT_LOG } from "../../../ports/index.ts";
import { MemoryFileTree, writeTreeFile } from "../../../testing/index.ts";
import { DavError } from "./errors.ts";
import { MOUNTS_MAX } from "./limits.ts";
import { type MountableFolder, Mounts } from "./mounts.ts";

const folders = new Map<string, MountableFolder>();
let records: MemoryRecords;
let stop: NodeJS.Timeout;
let mounts: Mounts;

function folder(id: string, name: string): MountableFolder {
  const tree = new MemoryFileTree((action) => setImmediate(action));
  const made = { id, name, tree };
  folders.set(id, made);
  return made;
}

function open(disk: RecordStore = records.open()): Promise<Mounts> {
  return Mounts.open({
    records: disk,
    log: SILENT_LOG,
    poke: () => undefined,
    find: (wanted) => {
      const found = [...folders.values()].find(({ id, name }) => id === wanted || name === wanted);
      if (found === undefined) throw new DavError("not-found", "No such folder.");
      return found;
    },
  });
}

beforeEach(async () => {
  folders.clear();
  records = new MemoryRecords();
  // The disk moves by itself, as a real one does.
  stop = setInterval(() => {
    while (records.busy) records.step();
  }, 1);
  mounts = await open();
});

afterEach(async () => {
  await mounts.close();
  clearInterval(stop);
});

test("a mount has the same address after a restart, and the same files and properties", async () => {
  await writeTreeFile(folder("id1", "Photos").tree, "f", "x");
  const made = await mounts.mount("Photos", 0);
  expect(made).toMatchObject({ folderId: "id1", name: "Photos", isOpen: true, trouble: "" });
  expect(await (await fetch(`${made.url}f`)).text()).toBe("x");
  await fetch(`${made.url}f`, { method: "PROPPATCH", body: patchBody({ p: "1" }) });
  await mounts.close();
  await expect(fetch(`${made.url}f`)).rejects.toThrow();
  mounts = await open();
  expect(mounts.list()).toEqual([made]);
  const found = await fetch(`${made.url}f`, { method: "PROPFIND", headers: { depth: "0" } });
  expect(await found.text()).toContain('<u:p xmlns:u="u:">1</u:p>');
});

test("mounting again changes nothing, but for a port that is asked for", async () => {
  folder("id1", "Photos");
  const made = await mounts.mount("id1", 0);
  expect(await mounts.mount("Photos", 0)).toEqual(made);
  const other = await open();
  folder("id2", "Other");
  const { port } = await other.mount("Other", 0);
  await other.unmount("Other");
  const moved = await mounts.mount("Photos", port);
  expect(moved).toMatchObject({ port, token: made.token });
  await expect(fetch(made.url)).rejects.toThrow();
  expect((await fetch(moved.url)).status).toBe(200);
  await other.close();
});

test("what is unmounted stays so; a name that is not mounted is refused", async () => {
  folder("id1", "Photos");
  const { url } = await mounts.mount("Photos", 0);
  await expect(mounts.unmount("Music")).rejects.toMatchObject({ code: "not-found" });
  await mounts.unmount("Photos");
  await expect(fetch(url)).rejects.toThrow();
  await mounts.close();
  mounts = await open();
  expect(mounts.list()).toEqual([]);
});

test("a mount whose port is taken says so, and opens at another one", async () => {
  folder("id1", "Photos");
  const { port, url } = await mounts.mount("Photos", 0);
  const second = await open();
  expect(second.list()).toMatchObject([
    { isOpen: false, url, trouble: expect.stringContaining(`${port} is used`) },
  ]);
  await expect(second.mount("Photos", port)).rejects.toMatchObject({ code: "port-in-use" });
  expect(await second.mount("Photos", 0)).toMatchObject({ isOpen: true, trouble: "" });
  await second.close();
});

test("a mount of a folder that is gone is forgotten", async () => {
  folder("id1", "Photos");
  const { url } = await mounts.mount("Photos", 0);
  await fetch(url, { method: "PROPPATCH", body: patchBody({ p: "1" }) });
  await mounts.close();
  folders.clear();
  mounts = await open();
  expect(mounts.list()).toEqual([]);
  expect([...records.kept.keys()]).toEqual([]);
});

test("a mount that cannot be kept is not made", async () => {
  folder("id1", "Photos");
  records.full = true;
  await expect(mounts.mount("Photos", 0)).rejects.toMatchObject({ code: "full" });
  expect(mounts.list()).toEqual([]);
});

test("there are MOUNTS_MAX mounts at most", async () => {
  for (let i = 0; i <= MOUNTS_MAX; i++) folder(`id${i}`, `n${i}`);
  for (let i = 0; i < MOUNTS_MAX; i++) await mounts.mount(`n${i}`, 0);
  await expect(mounts.mount(`n${MOUNTS_MAX}`, 0)).rejects.toThrow(`${MOUNTS_MAX} folders`);
  await mounts.unmount("n0");
  expect((await mounts.mount(`n${MOUNTS_MAX}`, 0)).isOpen).toBe(true);
});
