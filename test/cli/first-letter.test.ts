import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { CarriedInBody, InviteBody, MessageBody } from "../../src/api/client/index.ts";
import { PeerProcess, until } from "./peer-process.ts";
import { jsonOf } from "./two-contacts.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-first-letter-"));
const alone = ["--no-discovery", "--listen", "tcp://127.0.0.1:0", "--name"];
const anna = new PeerProcess(join(folder, "anna"), [...alone, "Anna"]);
const ben = new PeerProcess(join(folder, "ben"), [...alone, "Ben"]);

afterAll(async () => {
  await Promise.all([anna.end(), ben.end()]);
  rmSync(folder, { recursive: true, force: true });
});

test("an invite is made and its maker killed; who took it writes, and a file brings the letter and the answer", async () => {
  await anna.start();
  const invite = (await jsonOf(anna, ["invite", "--keys-only", "--uses", "1"])) as InviteBody;
  await anna.kill();
  await ben.start();
  await jsonOf(ben, ["add", invite.link, "--as", "anna"]);
  const sent = (await jsonOf(ben, ["send", "anna", "first word", "--wait", "0"])) as MessageBody;
  expect(sent.state).toBe("waiting");
  const there = join(folder, "there.carry");
  expect(await jsonOf(ben, ["carry", "out", there])).toMatchObject({ left: 0 });
  await ben.kill();
  await anna.start();
  const came = (await jsonOf(anna, ["carry", "in", there])) as CarriedInBody;
  expect(came).toMatchObject({ letters: 2, delivered: 2, refused: 0 });
  const { messages } = await anna.client.messages({ with: "Ben" });
  expect(messages).toMatchObject([{ text: "first word", state: "unread" }]);
  await jsonOf(anna, ["send", "Ben", "and mine", "--wait", "0"]);
  const back = join(folder, "back.carry");
  await jsonOf(anna, ["carry", "out", back]);
  await ben.start();
  await jsonOf(ben, ["carry", "in", back]);
  const answered = async (): Promise<boolean> =>
    (await ben.client.contacts())[0]?.state === "met" &&
    (await ben.client.messages({ with: "anna" })).messages.some(({ text }) => text === "and mine");
  expect(await until(answered, 20_000)).toBe(true);
  const [first] = (await ben.client.messages({ with: "anna" })).messages;
  expect(first).toMatchObject({ text: "first word", state: "delivered" });
});
