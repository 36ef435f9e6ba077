import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PeerProcess, peernet } from "./peer-process.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-drive-"));
const peer = new PeerProcess(join(folder, "home"));

beforeAll(async () => {
  await peer.start();
});
afterAll(async () => {
  await peer.end();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...words: readonly string[]) => peernet([...words, "--home", peer.home]);

async function putOf(...words: readonly string[]): Promise<string> {
  const { stdout, stderr, code } = await run("put", ...words, "--wait", "0");
  expect([code, stderr]).toEqual([0, expect.stringContaining("stored")]);
  return stdout.trim();
}

describe("folders as one object", () => {
  const source = join(folder, "garden");
  const large = Buffer.alloc(300_000, "leaf ");

  beforeAll(() => {
    mkdirSync(join(source, "plans", "empty"), { recursive: true });
    writeFileSync(join(source, "large.bin"), large);
    writeFileSync(join(source, "plans", "beds für alle.txt"), "carrots");
    symlinkSync("/etc/passwd", join(source, "link"));
  });

  test("come back as they were, without links, into a folder that was not there", async () => {
    const put = await run("put", source, "--wait", "0");
    expect(put.stderr).toContain("Left out, as they are no files: link.");
    const target = join(folder, "copy");
    const got = await run("get", put.stdout.trim(), "-o", target);
    expect([got.code, got.stdout.trim()]).toEqual([0, target]);
    expect(readdirSync(target, { recursive: true }).sort()).toEqual(
      ["large.bin", "plans", "plans/beds für alle.txt", "plans/empty"].sort(),
    );
    expect(readFileSync(join(target, "large.bin")).equals(large)).toBe(true);
    const again = await run("get", put.stdout.trim(), "-o", target);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("there already")]);
    expect(readdirSync(folder)).not.toContain("copy.partial");
  });

  test("are a list first, small files next, in the layers that were asked for", async () => {
    const link = await putOf(source, "--layers", "steep", "--code", "home");
    const shown = await run("drive", link);
    expect(shown.stdout).toMatch(/1 +preview +\d+ B +any 1 +yes/);
    expect(shown.stdout).toMatch(/2 +the file itself .* any 5 +yes/);
    expect(shown.stdout).toMatch(/3 +the file itself .* any 10 +yes/);
    const flat = await run("drive", await putOf(source, "--layers", "flat"));
    expect(flat.stdout.match(/any 20/g)).toHaveLength(3);
  });

  test("and files of a wish that is none are refused with what there is", async () => {
    for (const [option, known] of [
      ["--layers", "gentle, rich, flat, steep"],
      ["--code", "home, default, wide"],
    ]) {
      const { code, stderr } = await run("put", source, option ?? "", "odd");
      expect([code, stderr]).toEqual([2, expect.stringContaining(known ?? "")]);
    }
    const missing = await run("put", join(folder, "nothing"));
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("cannot be read")]);
  });
});

test("drive --explain names what is not safe, and why", async () => {
  const { stdout } = await run("drive", "--explain");
  expect(stdout).toContain("Only on this computer");
  expect(stdout).toContain("The fragments leave by themselves");
});
