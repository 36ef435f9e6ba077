import { beforeEach, describe, expect, test } from "vitest";
import { ControlReceiver } from "./control-receiver.ts";
import { ControlSender } from "./control-sender.ts";
import { CONTROL_WINDOW_SEGMENTS_FIRST, CONTROL_WINDOW_SEGMENTS_MAX } from "./limits.ts";
import type { Ack, Segment } from "./messages.ts";

const RETRANSMIT_MS = 100;
const NEVER = Number.POSITIVE_INFINITY;

describe("the sending half of a control channel", () => {
  let sender: ControlSender;

  beforeEach(() => {
    sender = new ControlSender(7, 10);
  });

  const queue = (count: number): void => {
    for (let i = 0; i < count; i++) sender.push(Uint8Array.of(i));
  };
  /** Numbers of the segments that leave at this time. */
  const sent = (nowMs: number): number[] => {
    const numbers: number[] = [];
    sender.collect(nowMs, RETRANSMIT_MS, ({ seq }) => numbers.push(seq));
    return numbers;
  };
  const ackOf = (next: number, bitmap = 0, tag = 7): Ack => ({ type: "ack", tag, next, bitmap });
  const upTo = (from: number, to: number): number[] =>
    Array.from({ length: to - from }, (_, i) => from + i);

  test("cuts a message into segments, all but the last marked, an empty one into one", () => {
    const segments: Segment[] = [];
    const message = Uint8Array.from({ length: 21 }, (_, i) => i);
    sender.push(message);
    message.fill(0);
    sender.push(new Uint8Array(0));
    sender.push(new Uint8Array(10));
    sender.collect(0, RETRANSMIT_MS, (segment) => segments.push(segment));
    expect(segments.map(({ seq, more, content }) => [seq, more, content.length])).toEqual([
      ...[
        [0, true, 10],
        [1, true, 10],
        [2, false, 1],
        [3, false, 0],
        [4, false, 10],
      ],
    ]);
    expect([segments[0]?.tag, segments[2]?.content[0], sender.queuedBytes]).toEqual([7, 20, 31]);
  });

  test("has something to do at once, then when an answer is late, then never", () => {
    expect(sender.deadlineMs(RETRANSMIT_MS)).toBe(NEVER);
    queue(2);
    expect(sender.deadlineMs(RETRANSMIT_MS)).toBe(Number.NEGATIVE_INFINITY);
    expect(sent(50)).toEqual([0, 1]);
    expect(sender.deadlineMs(RETRANSMIT_MS)).toBe(150);
    expect(sent(149)).toEqual([]);
    expect(sent(150)).toEqual([0, 1]);
    expect(sender.deadlineMs(RETRANSMIT_MS)).toBe(350);
    sender.acknowledged(ackOf(2), 200, 50);
    expect([sender.deadlineMs(RETRANSMIT_MS), sender.queuedBytes]).toEqual([NEVER, 0]);
  });

  test("waits twice as long each time, up to two seconds", () => {
    queue(1);
    const times: number[] = [];
    for (let nowMs = 0; nowMs < 12_000; nowMs++) if (sent(nowMs).length > 0) times.push(nowMs);
    const pauses = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    expect(pauses.slice(0, 8)).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000]);
  });

  test("opens its window by what was acknowledged, and halves it when an answer is late", () => {
    queue(500);
    const first = CONTROL_WINDOW_SEGMENTS_FIRST;
    expect(sent(0)).toEqual(upTo(0, first));
    sender.acknowledged(ackOf(10), 20, 20);
    expect(sent(20)).toEqual(upTo(first, first + 20));
    let next = 10;
    for (; next < 200; next += 10) {
      sender.acknowledged(ackOf(next), 30, 20);
      sent(30);
    }
    sender.acknowledged(ackOf(next), 30, 20);
    const [, ...rest] = sent(30);
    expect(rest.length).toBeLessThan(CONTROL_WINDOW_SEGMENTS_MAX);
    expect(sent(130).length).toBe(CONTROL_WINDOW_SEGMENTS_MAX);
    expect(sent(330).length).toBe(CONTROL_WINDOW_SEGMENTS_MAX / 2);
    expect(sent(730).length).toBe(first);
    expect(sent(1_530).length).toBe(first);
  });

  test("believes nothing of another channel, nor of what was never sent", () => {
    queue(4);
    sent(0);
    sender.acknowledged(ackOf(2, 0, 8), 10, 10);
    sender.acknowledged(ackOf(5), 10, 10);
    expect(sender.queuedBytes).toBe(4);
    sender.acknowledged(ackOf(4), 10, 10);
    expect(sender.queuedBytes).toBe(0);
    sender.acknowledged(ackOf(1), 10, 10);
    expect(sender.queuedBytes).toBe(0);
  });

  test("repeats at once what three later ones have overtaken, once, a round trip later", () => {
    queue(8);
    sent(0);
    // 1 and 2 have come: too few to tell. Then 3 as well.
    sender.acknowledged(ackOf(0, 0b011), 20, 20);
    expect(sent(20)).toEqual([]);
    sender.acknowledged(ackOf(0, 0b111), 19, 20);
    expect(sent(19)).toEqual([]);
    sender.acknowledged(ackOf(0, 0b111), 20, 20);
    expect(sent(20)).toEqual([0]);
    sender.acknowledged(ackOf(0, 0b1111), 60, 20);
    expect(sent(60)).toEqual([]);
    // What has arrived is not repeated; the rest is, in its time.
    expect(sent(100)).toEqual([5, 6, 7]);
    sender.acknowledged(ackOf(5), 110, 20);
    expect(sender.queuedBytes).toBe(3);
  });

  test("marks by their numbers, also where the acknowledgement is an old one", () => {
    queue(8);
    sent(0);
    sender.acknowledged(ackOf(2), 10, 10);
    sender.acknowledged(ackOf(1, 0b1000), 10, 10);
    expect(sent(100)).toEqual([2, 3, 4, 6, 7]);
    sender.acknowledged(ackOf(8, 0xffff_ffff), 110, 10);
    expect(sender.queuedBytes).toBe(0);
  });
});

describe("the receiving half of a control channel", () => {
  const segment = (seq: number, more = false, byte = seq): Segment => ({
    ...{ type: "segment", tag: 7, seq, more, content: Uint8Array.of(byte) },
  });

  test("says what is missing and hands on in order what is whole", () => {
    const receiver = new ControlReceiver(7);
    const got: number[][] = [];
    const take = (...segments: Segment[]): void => {
      for (const one of segments) receiver.take(one, (message) => got.push([...message]));
    };
    take(segment(2), segment(1, true), segment(33), segment(34));
    expect(receiver.ack()).toEqual({ type: "ack", tag: 7, next: 0, bitmap: 0b11 });
    take(segment(2, true, 99), segment(0), segment(3));
    expect(got).toEqual([[0], [1, 2], [3]]);
    expect(receiver.ack()).toEqual({ ...receiver.ack(), next: 4, bitmap: 0b11 * 2 ** 28 });
    take(segment(4), segment(5));
    expect(receiver.ack()).toMatchObject({ next: 6, bitmap: 0b11 * 2 ** 26 });
  });

  test("takes what is within its window, acknowledges all of its channel, and nothing else", () => {
    const receiver = new ControlReceiver(7);
    const got: number[][] = [];
    const deliver = (message: Uint8Array): void => void got.push([...message]);
    expect(receiver.take({ ...segment(0), tag: 8 }, deliver)).toBe(false);
    expect(receiver.take(segment(CONTROL_WINDOW_SEGMENTS_MAX), deliver)).toBe(true);
    expect(receiver.take(segment(CONTROL_WINDOW_SEGMENTS_MAX - 1), deliver)).toBe(true);
    for (let i = 0; i < CONTROL_WINDOW_SEGMENTS_MAX - 1; i++) receiver.take(segment(i), deliver);
    expect([receiver.ack().next, got.length]).toEqual([
      CONTROL_WINDOW_SEGMENTS_MAX,
      CONTROL_WINDOW_SEGMENTS_MAX,
    ]);
    expect(receiver.take(segment(0), deliver)).toBe(true);
    expect(got.length).toBe(CONTROL_WINDOW_SEGMENTS_MAX);
  });
});
