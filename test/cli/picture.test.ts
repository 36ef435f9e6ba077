import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jpegPhoto } from "../browser/photo.ts";
import { type PeerProcess, peernet, until } from "./peer-process.ts";
import { startTwoContacts } from "./two-contacts.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-picture-"));
let anna: PeerProcess;
let ben: PeerProcess;

beforeAll(async () => {
  ({ anna, ben } = await startTwoContacts(folder));
}, 90_000);
afterAll(async () => {
  await Promise.all([anna.end(), ben.end()]);
  rmSync(folder, { recursive: true, force: true });
});

const atBens = async (): Promise<number | null | undefined> =>
  (await ben.client.contacts())[0]?.pictureAtMs;

test("a picture goes to a contact, also after a new start of theirs, and is taken away again", async () => {
  const photo = join(folder, "me.jpg");
  writeFileSync(photo, jpegPhoto());
  const shown = await peernet(["picture", photo, "--home", anna.home]);
  expect([shown.code, shown.stdout]).toEqual([
    0,
    expect.stringContaining("groups see the picture of"),
  ]);
  expect(await until(async () => typeof (await atBens()) === "number", 30_000)).toBe(true);
  const who = (await ben.client.contacts())[0]?.personId ?? "";
  const bytes = await ben.client.people.picture(who);
  expect(bytes.length).toBeLessThanOrEqual(16_384);
  expect([...bytes.subarray(0, 2)]).toEqual([0xff, 0xd8]);
  await ben.end();
  await ben.start();
  expect(await ben.client.people.picture(who)).toEqual(bytes);

  const removed = await peernet(["picture", "--remove", "--home", anna.home]);
  expect([removed.code, removed.stdout]).toEqual([0, expect.stringContaining("show no picture")]);
  expect(await until(async () => (await atBens()) === null, 30_000)).toBe(true);
  await expect(ben.client.people.picture(who)).rejects.toMatchObject({ code: "not-found" });
}, 120_000);

test("what is no picture, is not there, or is too much says so", async () => {
  const said = async (...words: readonly string[]): Promise<string> => {
    const { code, stderr } = await peernet(["picture", ...words, "--home", anna.home]);
    expect([words, code]).not.toEqual([words, 0]);
    return stderr;
  };
  const text = join(folder, "words.txt");
  writeFileSync(text, "no picture");
  expect(await said(text)).toContain("This picture cannot be used");
  expect(await said(join(folder, "nowhere.jpg"))).toContain(
    "cannot be read: there is no such file",
  );
  expect(await said(text, "--remove")).toContain("not both");
  writeFileSync(text, Buffer.alloc((8 << 20) + 1));
  expect(await said(text)).toContain("above 8388608 bytes");
}, 60_000);
