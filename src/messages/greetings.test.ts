import { expect, test } from "vitest";
import { MemoryRecords } from "../../test/support/memory-records.ts";
import { suite } from "../../test/support/village.ts";
import { testIdentity } from "../testing/index.ts";
import type { FirstWords } from "./greetings.ts";
import { Greetings, type GreetingsOptions } from "./greetings.ts";
import { Ledger } from "./ledger.ts";
import { GREETED_FRAMES_MAX, GREETINGS_MAX, UNGREETED_FRAME_BYTES_MAX } from "./limits.ts";

const KEY = testIdentity(suite, "guest").dhKey.publicKey;
const STRANGER = {
  outcome: "stranger",
  device: undefined,
  isLetter: false,
  settled: [],
} as const;

/** A door whose contacts answer when told to; what is taken is only noted. */
function door() {
  const answers: (() => void)[] = [];
  const taken: number[] = [];
  const disk = new MemoryRecords();
  const who = { device: "d", personId: "p", answer: new Uint8Array(1) };
  const options: Partial<GreetingsOptions> = {
    ledger: new Ledger(disk.open()),
    correspondents: {
      byPerson: () => undefined,
      personOf: () => undefined,
      admit: () => undefined,
      all: () => [],
      own: () => [],
      greeted: (_content, _key, done) => answers.push(() => done(who)),
    },
    take: (frame, _from, done) => {
      taken.push(frame.length);
      done(null, undefined);
    },
    onQueued: () => undefined,
  };
  const greetings = new Greetings(options as GreetingsOptions);
  const fates: string[] = [];
  const bring = (channel: number, sizeBytes: number, hasGreeting: boolean): void => {
    const greeting = hasGreeting ? new Uint8Array(1) : undefined;
    const words: FirstWords = { channelId: `${channel}`, dhKey: KEY, greeting };
    greetings.take(new Uint8Array(sizeBytes), words, STRANGER, (error) =>
      fates.push(error?.code ?? "taken"),
    );
    (options.ledger as Ledger).change(
      () => undefined,
      () => undefined,
    );
  };
  const settle = (): void => {
    for (const answer of answers.splice(0)) answer();
    while (disk.busy) disk.step();
  };
  return { bring, fates, taken, settle, answers };
}

test("so many people are looked at at a time, and so many letters of each, and one more comes again", () => {
  const { bring, fates, taken, settle } = door();
  for (let channel = 0; channel < GREETINGS_MAX; channel++) bring(channel, 10, true);
  for (let frame = 1; frame < GREETED_FRAMES_MAX; frame++) bring(0, 10, false);
  expect(fates).toEqual([]);
  bring(0, 10, false);
  bring(GREETINGS_MAX, 10, true);
  expect(fates).toEqual(["busy", "busy"]);
  settle();
  expect(fates.filter((fate) => fate === "taken")).toHaveLength(
    GREETINGS_MAX + GREETED_FRAMES_MAX - 1,
  );
  expect(taken).toHaveLength(GREETINGS_MAX + GREETED_FRAMES_MAX - 1);
});

test("what comes before its greeting is remembered where it is small, of the newest channels", () => {
  const { bring, fates, taken, settle } = door();
  for (const sizeBytes of [UNGREETED_FRAME_BYTES_MAX, UNGREETED_FRAME_BYTES_MAX + 1]) {
    bring(0, sizeBytes, false);
  }
  bring(0, 1, true);
  settle();
  expect([fates, taken]).toEqual([
    ["busy", "busy", "taken"],
    [1, UNGREETED_FRAME_BYTES_MAX],
  ]);
  for (let channel = 1; channel <= GREETINGS_MAX + 1; channel++) bring(channel, 2, false);
  bring(1, 1, true);
  bring(2, 1, true);
  settle();
  expect(taken.slice(2)).toEqual([1, 1, 2]);
});
