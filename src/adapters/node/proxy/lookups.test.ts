import { createServer } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { dialPlace } from "./dial.ts";
import { ADDRESSES_TRIED_MAX, LOOKUPS_MAX } from "./limits.ts";

/** Lookups that have been asked for and not answered. */
const waiting: ((error: Error | null, found: readonly object[]) => void)[] = [];

vi.mock("node:dns", () => ({
  lookup: (_name: string, _options: object, done: (typeof waiting)[number]) => waiting.push(done),
}));

afterEach(() => {
  for (const answer of waiting.splice(0)) answer(new Error("no such name"), []);
});

test("names being looked up for others: at the limit and one above", () => {
  const told: (string | null)[] = [];
  const dial = (index: number): (() => void) =>
    dialPlace(
      { t: "internet", host: `host${index}.example`, port: 80, mayReach: () => true },
      (refusal) => told.push(refusal),
    );
  for (let index = 0; index < LOOKUPS_MAX; index++) dial(index);
  expect([waiting.length, told]).toEqual([LOOKUPS_MAX, []]);
  dial(LOOKUPS_MAX);
  expect([waiting.length, told]).toEqual([LOOKUPS_MAX, ["busy"]]);
  // What needs no lookup is not held up, and a name that fails makes room.
  dialPlace(
    { t: "internet", host: "10.0.0.1", port: 80, mayReach: () => false },
    () => undefined,
  )();
  waiting.shift()?.(new Error("no such name"), []);
  expect(told).toEqual(["busy", "unreachable"]);
  dial(LOOKUPS_MAX);
  expect([waiting.length, told.length]).toEqual([LOOKUPS_MAX, 2]);
});

test.skipIf(process.platform !== "linux")(
  "addresses of one host that are tried: at the limit and one above",
  async () => {
    const addresses = Array.from({ length: ADDRESSES_TRIED_MAX + 1 }, (_, i) => `127.0.9.${i + 1}`);
    for (const [listens, outcome] of [
      [ADDRESSES_TRIED_MAX, "connected"],
      [ADDRESSES_TRIED_MAX + 1, "not-listening"],
    ] as const) {
      const server = createServer((socket) => socket.destroy());
      await new Promise<void>((go) => server.listen(0, `127.0.9.${listens}`, go));
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const told = new Promise((resolve) => {
        const place = { t: "internet", host: "many.example", port, mayReach: () => true } as const;
        dialPlace(place, (refusal, socket) => {
          socket?.destroy();
          resolve(refusal ?? "connected");
        });
      });
      waiting.shift()?.(
        null,
        addresses.map((one) => ({ address: one })),
      );
      expect([listens, await told]).toEqual([listens, outcome]);
      await new Promise((gone) => server.close(gone));
    }
  },
);
