import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { freePort, PeerProcess, until } from "./peer-process.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-kept-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const POEM =
  "peernet:object/aenwcd7gdkg2psatgjbuuqfa6hpgpnmgcoanqprotwklqu5dapshmjw4wtzonlddgrchn3kecjq2wcbc2tuhbc6hmknpnlijwrlnj5av";
const POEM_SHA256 = "48f12c137e3b430d27afa58900975bed0d5767cd73ded61789fd0c15335fa9fc";

test("homes of format 1: name, contact, messages and object are there, and life goes on", async () => {
  cpSync(resolve("test/homes/v1"), folder, { recursive: true });
  const [idaPort, ottoPort] = await Promise.all([freePort(), freePort()]);
  const words = (mine: number, other: number): string[] => [
    ...["--no-discovery", "--listen", `tcp://127.0.0.1:${mine}`],
    ...["--link", `tcp://127.0.0.1:${other}`],
  ];
  const ida = new PeerProcess(join(folder, "ida"), words(idaPort, ottoPort));
  const otto = new PeerProcess(join(folder, "otto"), words(ottoPort, idaPort));
  try {
    const up = await ida.start();
    expect(up).toMatchObject({ name: "Ida", peerId: "fd9edd1fd0585d427102698cf4905142" });
    expect(up.recoveryWords).toBeUndefined();
    const status = await ida.client.status();
    expect(status).toMatchObject({
      personId: "0f4f65126b33d0aec08b7b2dcb8ad6c5",
      contactCount: 1,
      messagesWaiting: 1,
    });
    expect(await ida.client.contacts()).toMatchObject([{ petname: "Otto", state: "met" }]);
    const { messages } = await ida.client.messages({ with: "otto" });
    expect(messages.map(({ direction, text, state }) => [direction, text, state])).toEqual([
      ["out", "Are you there?", "delivered"],
      ["in", "Yes, here I am.", "read"],
      ["out", "Then keep this: it is the first.", "delivered"],
      ["out", "This one waits.", "waiting"],
    ]);
    const { objects } = await ida.client.objects();
    expect(objects).toMatchObject([
      { name: "poem.txt", sizeBytes: 471, link: POEM, k: 20, n: 40, health: { alive: 40 } },
    ]);
    const bytes = await (await ida.client.getObject(POEM)).arrayBuffer();
    expect(createHash("sha256").update(new Uint8Array(bytes)).digest("hex")).toBe(POEM_SHA256);

    await otto.start();
    const waited = async (): Promise<boolean> => (await ida.client.status()).messagesWaiting === 0;
    expect(await until(waited, 30_000)).toBe(true);
    const { messages: at } = await otto.client.messages({ with: "ida" });
    expect(at.at(-1)).toMatchObject({ text: "This one waits.", state: "unread" });
    expect(at).toHaveLength(4);
  } finally {
    await Promise.all([ida.end(), otto.end()]);
  }
});
