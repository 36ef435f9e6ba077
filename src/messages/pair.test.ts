import { expect, test } from "vitest";
import { GONE_CHANNELS_MAX } from "./limits.ts";
import {
  CHANNELS_PER_PAIR_MAX,
  decodePair,
  newPair,
  type Pair,
  pairWrite,
  withChannel,
  withoutChannel,
} from "./pair.ts";
import type { Channel } from "./ratchet/types.ts";

const PERSON = "0123456789abcdef".repeat(2);

function channel(number: number, initiator = false): Channel {
  const id = number.toString(16).padStart(32, "0");
  return { id, generation: number, initiator } as Channel;
}

const idOf = (number: number): string => channel(number).id;

function reloaded(pair: Pair): readonly string[] {
  const { value } = pairWrite(pair);
  return decodePair(pair.device, value ?? new Uint8Array(0)).gone;
}

test("channels that they began and that are over are remembered, whatever ended them", () => {
  let pair = newPair("fd1", PERSON);
  expect(reloaded(pair)).toEqual([]);
  for (let number = 1; number <= CHANNELS_PER_PAIR_MAX; number++) {
    pair = withChannel(pair, channel(number));
  }
  expect(pair.gone).toEqual([]);
  pair = withChannel(pair, channel(100, true));
  pair = withoutChannel(pair, idOf(3));
  pair = withoutChannel(pair, idOf(100));
  expect(reloaded(pair)).toEqual([idOf(1), idOf(3)]);
});

test("the last so many of them are remembered, and not one more", () => {
  let pair = newPair("fd1", PERSON);
  for (let number = 1; number <= GONE_CHANNELS_MAX; number++) {
    pair = withoutChannel(withChannel(pair, channel(number)), idOf(number));
  }
  expect(reloaded(pair)).toHaveLength(GONE_CHANNELS_MAX);
  const last = GONE_CHANNELS_MAX + 1;
  pair = withoutChannel(withChannel(pair, channel(last)), idOf(last));
  expect(reloaded(pair)[0]).toBe(idOf(2));
  expect(reloaded(pair)).toHaveLength(GONE_CHANNELS_MAX);
});
