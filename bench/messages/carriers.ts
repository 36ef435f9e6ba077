import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import {
  acceptChannel,
  beginChannel,
  type Channel,
  makePrekey,
  type RatchetKit,
} from "../../src/messages/ratchet/index.ts";
import type { Random } from "../../src/ports/index.ts";
import { testRandom } from "../../src/testing/index.ts";
import { type BenchRow, benchRow } from "../row.ts";
import { Linker } from "./linker.ts";

const suite = createNodeSuite();
const CONVERSATIONS = 120;
const DAYS = 6;
const MESSAGES_PER_DAY = 12;
const DAY_MS = 86_400_000;
const START_MS = 1_800_000_000_000;
const TRAINING_PAIRS = 8_000;
const TEST_PAIRS = 40_000;

/** A frame as a passive carrier logs it. */
export interface Logged {
  readonly frame: Uint8Array;
  readonly atMs: number;
}

interface Conversation {
  /** By day. */
  readonly days: readonly (readonly Logged[])[];
}

/** What people send: how many bytes. */
type Habit = (dice: Random) => number;

const anybody: Habit = (dice) => 5 + (dice.u32() % 140);

/** Somebody whose messages are always about so long. */
function creature(dice: Random): Habit {
  const usual = 10 + (dice.u32() % 120);
  return (own) => Math.max(5, usual + (own.u32() % 31) - 15);
}

function begin(label: string, dice: Random): [Channel, Channel] {
  const kits = ["a", "b"].map((name): RatchetKit => {
    const random = testRandom(`${label} ${name}`);
    return { suite, random, instance: random.bytes(8) };
  });
  const [ours, theirs] = kits;
  const [ourDhKey, theirKey] = [0, 1].map(() => suite.dhKey(dice.bytes(32)));
  if (!(ours && theirs && ourDhKey && theirKey)) throw new RangeError("two of each");
  const bundle = makePrekey(theirs, START_MS, 30 * DAY_MS, true);
  const theirDhKey = theirKey.publicKey;
  const options = { ourDhKey, theirDhKey, bundle, nowMs: START_MS };
  const first = beginChannel(ours, options).seal(new Uint8Array(50), START_MS);
  const taken = { ourDhKey: theirKey, prekeys: [bundle], nowMs: START_MS };
  const answer = acceptChannel(theirs, taken, first.frame).next.seal(new Uint8Array(0), START_MS);
  return [first.next.open(answer.frame, START_MS).next, answer.next];
}

function converse(label: string, habit: Habit, alter: (frame: Uint8Array) => void): Conversation {
  const dice = testRandom(label);
  const channels = begin(label, dice);
  const days = Array.from({ length: DAYS }, (_, day) =>
    Array.from({ length: MESSAGES_PER_DAY }, (): Logged => {
      const atMs = START_MS + day * DAY_MS + (dice.u32() % DAY_MS);
      const from = dice.u32() & 1;
      const [sender, receiver] = from === 0 ? channels : [channels[1], channels[0]];
      const { frame, next } = sender.seal(dice.bytes(habit(dice)), atMs);
      const opened = receiver.open(frame, atMs).next;
      channels[from === 0 ? 0 : 1] = next;
      channels[from === 0 ? 1 : 0] = opened;
      alter(frame);
      return { frame, atMs };
    }),
  );
  return { days };
}

/** Two frames of different days, half of the pairs of one conversation. */
function draw(all: readonly Conversation[], dice: Random) {
  const pick = <T>(list: readonly T[]): T => {
    const one = list[dice.u32() % list.length];
    if (one === undefined) throw new RangeError("nothing to pick from");
    return one;
  };
  const isSame = (dice.u32() & 1) === 0;
  const first = pick(all);
  let second = first;
  while (!isSame && second === first) second = pick(all);
  const day = dice.u32() % DAYS;
  const other = (day + 1 + (dice.u32() % (DAYS - 1))) % DAYS;
  return { isSame, pair: [pick(first.days[day] ?? []), pick(second.days[other] ?? [])] as const };
}

/** The advantage of the linker: true links found minus false ones, in hundredths. */
function advantage(label: string, habits: (dice: Random) => Habit, alter = noChange): number {
  const all = Array.from({ length: CONVERSATIONS }, (_, i) => {
    const name = `${label} ${i}`;
    return converse(name, habits(testRandom(`${name} habit`)), alter(testRandom(`${name} mark`)));
  });
  // The linker learns from other conversations than those that it is asked about.
  const known = all.slice(0, CONVERSATIONS / 2);
  const unknown = all.slice(CONVERSATIONS / 2);
  const linker = new Linker();
  const dice = testRandom(`${label} pairs`);
  for (let i = 0; i < TRAINING_PAIRS; i++) linker.learn(draw(known, dice));
  linker.settle();
  let [hits, same, alarms, different] = [0, 0, 0, 0];
  for (let i = 0; i < TEST_PAIRS; i++) {
    const { isSame, pair } = draw(unknown, dice);
    const says = linker.links(pair) ? 1 : 0;
    if (isSame) [hits, same] = [hits + says, same + 1];
    else [alarms, different] = [alarms + says, different + 1];
  }
  return Math.round(10_000 * Math.abs(hits / same - alarms / different)) / 100;
}

function noChange(_dice: Random): (frame: Uint8Array) => void {
  return () => undefined;
}

/** What formats do that name the conversation in the clear, to see that the linker would find it. */
function fixedTag(dice: Random): (frame: Uint8Array) => void {
  const tag = dice.bytes(4);
  return (frame) => frame.set(tag, 1);
}

/** The same with nothing but a counter that goes on from day to day. */
function openCounter(dice: Random): (frame: Uint8Array) => void {
  let count = dice.u32() % 60_000;
  return (frame) => frame.set([count >>> 8, count++ & 0xff], 1);
}

/** How well a passive carrier links two frames of one conversation across days. */
export async function run(): Promise<BenchRow[]> {
  const alike = advantage("alike", () => anybody);
  const habits = advantage("habits", creature);
  const tagged = advantage("tagged", () => anybody, fixedTag);
  const counted = advantage("counted", () => anybody, openCounter);
  const note = `${TEST_PAIRS} pairs; people who write alike; a frame's bytes, size and hour are all that is used`;
  const row = benchRow("messages.carriers.advantage", alike, "%", [
    { name: "a fixed tag", value: tagged, note: "the same frames with 4 bytes that stay" },
    { name: "an open counter", value: counted, note: "the same frames with 2 bytes that count" },
  ]);
  const own = benchRow("messages.carriers.habits.advantage", habits, "%");
  return [
    { ...row, note },
    {
      ...own,
      note: "each writes messages of much the same length: sizes in steps of 16 bytes tell",
    },
  ];
}
