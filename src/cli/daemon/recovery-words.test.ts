import { expect, test } from "vitest";
import type { Home, StoredIdentity } from "../../adapters/node/home.ts";
import { entropyToWords } from "../../identity/index.ts";
import { RecoveryWords } from "./recovery-words.ts";

/** A home of which only the identity is looked at. */
function homeWith(identity: StoredIdentity): Home {
  const home = {
    identity,
    writeIdentity: async (next: StoredIdentity) => {
      home.identity = next;
    },
  };
  return home as unknown as Home;
}

const personEntropy = new Uint8Array(32).fill(5);
const stored: StoredIdentity = { deviceSeed: new Uint8Array(32), personEntropy, name: "anna" };

test("words are shown until somebody knows them, and then no more", async () => {
  const words = new RecoveryWords(homeWith(stored));
  expect(words.show()).toEqual(entropyToWords(personEntropy));
  await expect(words.confirm(["no", "idea", "at all"])).rejects.toMatchObject({ code: "conflict" });
  const shown = words.show();
  await words.confirm(words.asks.map((place) => shown[place - 1] ?? ""));
  expect(words.isConfirmed).toBe(true);
  expect(() => words.show()).toThrow(expect.objectContaining({ code: "forbidden" }));
});

test("a device that was added has none to show", () => {
  const words = new RecoveryWords(
    homeWith({ deviceSeed: new Uint8Array(32), name: "phone" } as StoredIdentity),
  );
  expect(() => words.show()).toThrow(expect.objectContaining({ code: "forbidden" }));
});
