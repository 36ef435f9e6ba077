import { expect, test } from "vitest";
import { DROP_FILES_MAX } from "../limits.ts";
import { type DropEntry, walkDrop } from "./dropped.ts";

interface Entry extends DropEntry {
  readonly inner: readonly Entry[];
}

const file = (name: string): Entry => ({ name, isDirectory: false, inner: [] });
const folder = (name: string, ...inner: Entry[]): Entry => ({ name, isDirectory: true, inner });
const READER = {
  fileOf: async ({ name }: Entry): Promise<File> => new File([name], name),
  entriesOf: async ({ inner }: Entry): Promise<readonly Entry[]> => inner,
};

test("a drop is listed with its folders, parents first, empty ones too", async () => {
  const trip = folder("trip", file("a.txt"), folder("deep", file("b.txt")), folder("empty"));
  const { files, folders, isCut } = await walkDrop([trip, file("c.txt")], READER);
  expect(files.map(({ path }) => path)).toEqual(["c.txt", "trip/a.txt", "trip/deep/b.txt"]);
  expect(folders).toEqual(["trip", "trip/deep", "trip/empty"]);
  expect(isCut).toBe(false);
});

test("takes DROP_FILES_MAX and says that there was more", async () => {
  const many = Array.from({ length: DROP_FILES_MAX }, (_, at) => file(String(at)));
  expect(await walkDrop(many, READER)).toMatchObject({ isCut: false });
  const more = await walkDrop([...many, file("last")], READER);
  expect(more.isCut).toBe(true);
  expect(more.files).toHaveLength(DROP_FILES_MAX);
});
