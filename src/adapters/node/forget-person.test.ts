import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createNodeSuite } from "./crypto.ts";
import { forgetPerson } from "./forget-person.ts";
import { openHome } from "./home.ts";
import { openRecordStore } from "./records.ts";
import { localIdentityOf } from "./stored-identity.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-forget-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a home that forgets its person's secret is the same device of the same person", async () => {
  const suite = createNodeSuite();
  const personEntropy = new Uint8Array(32).fill(0xab);
  const home = await openHome(folder);
  const stored = { deviceSeed: new Uint8Array(32).fill(1), personEntropy, name: "Laptop" };
  await home.writeIdentity({ ...stored, wordsConfirmed: true });
  const before = localIdentityOf(suite, stored);
  const records = await openRecordStore(home.recordsDirectory);
  const share = [{ key: "devices/o", value: new Uint8Array([1]) }];
  await new Promise((done) => records.write(share, done));
  await records.close();
  writeFileSync(join(folder, "rescue.json"), "the shares of a restore that died at its end");
  await forgetPerson(home);
  expect(existsSync(join(folder, "rescue.json"))).toBe(false);
  await home.close();
  expect(readFileSync(join(folder, "identity.json"), "utf8")).not.toContain("abababab");
  const again = await openHome(folder);
  const left = again.identity;
  expect(left).toMatchObject({ name: "Laptop", wordsConfirmed: true });
  const after = localIdentityOf(suite, left ?? stored);
  expect([after.id, after.person.personId]).toEqual([before.id, before.person.personId]);
  expect([after.person.root, left?.personEntropy]).toEqual([undefined, undefined]);
  expect(after.certificate).toEqual(before.certificate);
  const kept = await openRecordStore(again.recordsDirectory);
  const found = await new Promise<readonly unknown[]>((done) =>
    kept.scan("devices/o", (_, list) => done(list)),
  );
  await kept.close();
  expect(found).toEqual([]);
  await again.close();
});
