import { createReadStream } from "node:fs";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rootCode, whyNoHome, whyUnread, whyUnwritten } from "./file-words.ts";

const caught = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

test("what the system says of a file is said in words, without its codes", async () => {
  const folder = await mkdtemp(join(tmpdir(), "peernet-file-words-"));
  try {
    const nowhere = join(folder, "nowhere", "letter.txt");
    expect(whyUnread(await caught(readFile(nowhere)))).toBe("there is no such file");
    expect(whyUnwritten(await caught(writeFile(nowhere, "")))).toBe(
      "the folder for it is not there",
    );
    expect(whyUnread(await caught(readFile(folder)))).toBe("it is a folder");
    expect(whyUnwritten(await caught(writeFile(folder, "")))).toBe("it is a folder");
    const file = join(folder, "file");
    await writeFile(file, "");
    expect(whyUnwritten(await caught(open(join(file, "below"), "w")))).toBe(
      "a part of its path is no folder",
    );
    const gone = await new Promise((done) => createReadStream(nowhere).once("error", done));
    expect(whyUnread(gone)).toBe("there is no such file");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test.each([
  ["EACCES", "you may not read it", "you may not write there"],
  ["EPERM", "you may not read it", "you may not write there"],
  ["EROFS", "no: EROFS", "that disk can only be read"],
  ["ENOSPC", "no: ENOSPC", "no space is left on that disk"],
  ["EIO", "the disk reports an error", "the disk reports an error"],
  ["EODD", "no: EODD", "no: EODD"],
])("%s: reading and writing have words of their own", (code, read, written) => {
  const error = Object.assign(new Error(`no: ${code}`), { code });
  expect([whyUnread(error), whyUnwritten(error)]).toEqual([read, written]);
});

test("what is no error of the system keeps its text", () => {
  expect(whyUnread("odd")).toBe("odd");
  expect(whyUnwritten(new Error("cut off"))).toBe("cut off");
});

test("what a database tells in words only, deep in its causes, is understood", () => {
  const told = (text: string): Error =>
    new Error("Database failed to open", {
      cause: Object.assign(new Error(`IO error: /h/lock/LOCK: ${text}`), {
        code: "LEVEL_IO_ERROR",
      }),
    });
  expect(whyNoHome(told("No space left on device"))).toBe("no space is left on that disk");
  expect(whyNoHome(told("Permission denied"))).toBe("you may not read or write there");
  expect(whyNoHome(told("Read-only file system"))).toBe("that disk can only be read");
  expect(whyNoHome(told("Something odd"))).toBe("Database failed to open");
  expect(rootCode(new Error("No space left on device"))).toBe("");
});
