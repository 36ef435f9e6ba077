import { expect, test } from "vitest";
import { makeStoreNet } from "../../test/support/store-net.ts";
import { must } from "../base/errors.ts";
import { hasAnswerRoom } from "./answer-room.ts";
import { Attack } from "./attack.fixture.ts";
import { pattern, tryPut } from "./jobs.fixture.ts";
import {
  MESSAGE_BYTES_MAX,
  SERVED_STREAMS_PER_PEER,
  SERVED_UNREAD_BYTES_MAX,
  STRIPE_BYTES,
} from "./limits.ts";
import { rootOf } from "./link.ts";
import type { StoreMessage } from "./messages.ts";
import type { TestPeer } from "./net.fixture.ts";

/** They keep nothing, so what the victim has stays with it. */
const NO_SPACE = { quotaBytes: 0 };
const on = (from: string, unreadBytes: number) => ({ from, unreadBytes });

test("a peer may have as much on its way as is free, and not a byte more", () => {
  const room = SERVED_UNREAD_BYTES_MAX - MESSAGE_BYTES_MAX;
  expect(hasAnswerRoom([], "a")).toBe(true);
  expect(hasAnswerRoom([on("b", room)], "a")).toBe(true);
  expect(hasAnswerRoom([on("b", room + 1)], "a")).toBe(false);
  expect(hasAnswerRoom([on("a", room / 2), on("b", 0)], "a")).toBe(true);
  expect(hasAnswerRoom([on("a", room / 4), on("a", room / 4 + 1)], "a")).toBe(false);
});

test("peers that ask and do not read fill what there is for them, and others are answered", () => {
  const net = makeStoreNet();
  const victim = net.add();
  const { link } = tryPut(net, victim, pattern(STRIPE_BYTES), { k: 1, n: 2 });
  const root = must(rootOf(must(link, "it was stored")), "a root");
  const shard: StoreMessage = { t: "shard", root, index: 0, stripe: 0 };
  const askers = net.addMany(8, NO_SPACE).map((peer) =>
    Array.from({ length: SERVED_STREAMS_PER_PEER }, () => {
      const deaf = new Attack(peer, victim).hello();
      deaf.stream.consume = () => {};
      return deaf.say(...new Array<StoreMessage>(8).fill(shard));
    }),
  );
  net.settle(5_000);
  const queued = [...victim.session.streams].map((stream) => stream.unacknowledgedBytes);
  const queuedBytes = queued.reduce((sum, bytes) => sum + bytes, 0);
  expect(queuedBytes).toBeLessThanOrEqual(SERVED_UNREAD_BYTES_MAX);
  expect(queuedBytes).toBeGreaterThan(SERVED_UNREAD_BYTES_MAX / 2);
  const reader = new Attack(net.add(NO_SPACE), victim).hello().say(shard, shard);
  net.settle(1_000);
  expect(reader.received.map(({ t }) => t)).toEqual(["shardIs", "shardIs"]);
  for (const deaf of askers.flat()) deaf.stream.reset();
  net.settle(100);
  const next = new Attack(must(net.peers[1], "an asker"), victim).hello().say(shard);
  net.settle(1_000);
  expect(next.received.map(({ t }) => t)).toEqual(["shardIs"]);
});

test("a request that found no room is answered once there is some", () => {
  const net = makeStoreNet();
  const victim = net.add();
  const { link } = tryPut(net, victim, pattern(STRIPE_BYTES), { k: 1, n: 2 });
  const root = must(rootOf(must(link, "it was stored")), "a root");
  const shard: StoreMessage = { t: "shard", root, index: 0, stripe: 0 };
  const peers = net.addMany(8, NO_SPACE);
  const ask = (consumes: boolean) => (peer: TestPeer) => {
    const asking = new Attack(peer, victim).hello();
    if (!consumes) asking.stream.consume = () => {};
    return asking.say(...new Array<StoreMessage>(8).fill(shard));
  };
  const deaf = peers.flatMap((peer) => Array.from({ length: 44 }, () => ask(false)(peer)));
  net.settle(1_000);
  const late = peers.map(ask(true));
  net.settle(1_000);
  expect(late.every(({ received }) => received.length === 0)).toBe(true);
  for (const one of deaf) one.stream.reset();
  net.settle(1_000);
  expect(late.every(({ received }) => received.length === 8)).toBe(true);
});
