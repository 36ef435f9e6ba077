import { describe, expect, test } from "vitest";
import { ControlReceiver } from "./control-receiver.ts";
import { ControlSender } from "./control-sender.ts";
import {
  CONTROL_ATTEMPTS_MAX,
  CONTROL_MESSAGE_BYTES_MAX,
  CONTROL_QUEUE_BYTES_MAX,
  CONTROL_QUEUE_MESSAGES_MAX,
  CONTROL_SEGMENT_BYTES_MAX,
  CONTROL_SEQ_MAX,
  CONTROL_WINDOW_SEGMENTS_FIRST,
  CONTROL_WINDOW_SEGMENTS_MAX,
} from "./limits.ts";
import type { Segment } from "./messages.ts";

function collect(sender: ControlSender, nowMs: number): Segment[] {
  const segments: Segment[] = [];
  sender.collect(nowMs, 100, (segment) => segments.push(segment));
  return segments;
}

function segment(seq: number, content: Uint8Array, more = false): Segment {
  return { type: "segment", tag: 1, seq, more, content };
}

describe("sender", () => {
  test("takes 4,096 messages and no more", () => {
    const sender = new ControlSender(1, 100);
    for (let i = 0; i < CONTROL_QUEUE_MESSAGES_MAX; i++) {
      expect(sender.push(Uint8Array.of(1))).toBe(true);
    }
    expect(sender.broken).toBe(false);
    expect(sender.push(Uint8Array.of(1))).toBe(false);
    expect(sender.broken).toBe(true);
  });

  test("takes 4 MiB and not a byte more", () => {
    const sender = new ControlSender(1, 1_000);
    for (let i = 0; i < 128; i++) expect(sender.push(new Uint8Array(32_768))).toBe(true);
    expect(sender.queuedBytes).toBe(CONTROL_QUEUE_BYTES_MAX);
    expect(sender.push(Uint8Array.of(1))).toBe(false);
    expect(sender.broken).toBe(true);
  });

  test("a message that is too long is refused without breaking the channel", () => {
    const sender = new ControlSender(1, 1_000);
    expect(sender.push(new Uint8Array(CONTROL_MESSAGE_BYTES_MAX + 1))).toBe(false);
    expect(sender.broken).toBe(false);
    expect(sender.push(new Uint8Array(CONTROL_MESSAGE_BYTES_MAX))).toBe(true);
  });

  test("ends where the sequence numbers end", () => {
    const sender = new ControlSender(1, 10, CONTROL_SEQ_MAX - 1);
    expect(sender.push(Uint8Array.of(1))).toBe(true);
    expect(sender.push(Uint8Array.of(1))).toBe(false);
    expect(sender.broken).toBe(true);
  });

  test("keeps to its window, repeats with growing waits and gives up at last", () => {
    const sender = new ControlSender(1, 10);
    for (let i = 0; i < 40; i++) sender.push(Uint8Array.of(i));
    expect(collect(sender, 0)).toHaveLength(CONTROL_WINDOW_SEGMENTS_FIRST);
    expect(collect(sender, 99)).toHaveLength(0);
    expect(sender.deadlineMs(100)).toBe(100);
    expect(collect(sender, 100)).toHaveLength(CONTROL_WINDOW_SEGMENTS_FIRST);
    expect(sender.deadlineMs(100)).toBe(300);
    let nowMs = 100;
    for (let attempt = 3; attempt <= CONTROL_ATTEMPTS_MAX; attempt++) {
      nowMs += 2_000;
      expect(collect(sender, nowMs)).toHaveLength(CONTROL_WINDOW_SEGMENTS_FIRST);
      expect(sender.broken).toBe(false);
    }
    collect(sender, nowMs + 2_000);
    expect(sender.broken).toBe(true);
  });

  test("acknowledgements free the queue and open the window, wrong ones change nothing", () => {
    const sender = new ControlSender(1, 10);
    for (let i = 0; i < 40; i++) sender.push(Uint8Array.of(i));
    collect(sender, 0);
    sender.acknowledged({ type: "ack", tag: 2, next: 16, bitmap: 0 }, 1, 1);
    sender.acknowledged({ type: "ack", tag: 1, next: 41, bitmap: 0 }, 1, 1);
    expect(sender.queuedBytes).toBe(40);
    sender.acknowledged({ type: "ack", tag: 1, next: 16, bitmap: 0 }, 1, 1);
    expect(sender.queuedBytes).toBe(24);
    expect(collect(sender, 1).map(({ seq }) => seq)).toEqual(
      [...Array(24).keys()].map((i) => i + 16),
    );
    sender.acknowledged({ type: "ack", tag: 1, next: 40, bitmap: 0 }, 2, 1);
    expect(sender.deadlineMs(100)).toBe(Number.POSITIVE_INFINITY);
  });

  test("a gap is filled as soon as three later segments have arrived", () => {
    const sender = new ControlSender(1, 10);
    for (let i = 0; i < 6; i++) sender.push(Uint8Array.of(i));
    collect(sender, 0);
    sender.acknowledged({ type: "ack", tag: 1, next: 1, bitmap: 0b11 }, 10, 10);
    expect(collect(sender, 10)).toEqual([]);
    sender.acknowledged({ type: "ack", tag: 1, next: 1, bitmap: 0b111 }, 11, 10);
    expect(collect(sender, 11).map(({ seq }) => seq)).toEqual([1]);
  });
});

describe("receiver", () => {
  test("an empty piece of a message that goes on is refused: it could be sent for ever", () => {
    const receiver = new ControlReceiver(1);
    const heard: number[] = [];
    const deliver = (message: Uint8Array): void => void heard.push(message.length);
    receiver.take(segment(0, new Uint8Array(0)), deliver);
    receiver.take(segment(1, Uint8Array.of(1), true), deliver);
    receiver.take(segment(2, new Uint8Array(0)), deliver);
    expect([heard, receiver.broken]).toEqual([[0, 1], false]);
    expect(receiver.take(segment(3, new Uint8Array(0), true), deliver)).toBe(false);
    expect(receiver.broken).toBe(true);
  });

  test("delivers in order and says what is here", () => {
    const receiver = new ControlReceiver(1);
    const seen: number[] = [];
    const deliver = (message: Uint8Array): void => void seen.push(message[0] ?? -1);
    receiver.take(segment(2, Uint8Array.of(2)), deliver);
    expect(receiver.ack()).toMatchObject({ next: 0, bitmap: 0b10 });
    receiver.take(segment(0, Uint8Array.of(0)), deliver);
    receiver.take(segment(0, Uint8Array.of(7)), deliver);
    receiver.take(segment(1, Uint8Array.of(1)), deliver);
    expect(seen).toEqual([0, 1, 2]);
    expect(receiver.ack()).toMatchObject({ next: 3, bitmap: 0 });
    expect(receiver.take({ ...segment(3, Uint8Array.of(3)), tag: 2 }, deliver)).toBe(false);
  });

  test("keeps segments within the window only", () => {
    const receiver = new ControlReceiver(1);
    const seen: number[] = [];
    const deliver = (message: Uint8Array): void => void seen.push(message[0] ?? -1);
    receiver.take(segment(CONTROL_WINDOW_SEGMENTS_MAX, Uint8Array.of(9)), deliver);
    receiver.take(segment(CONTROL_WINDOW_SEGMENTS_MAX - 1, Uint8Array.of(8)), deliver);
    for (let i = 0; i < CONTROL_WINDOW_SEGMENTS_MAX - 1; i++) {
      receiver.take(segment(i, Uint8Array.of(1)), deliver);
    }
    expect(seen.slice(-2)).toEqual([1, 8]);
    expect(receiver.ack().next).toBe(CONTROL_WINDOW_SEGMENTS_MAX);
  });

  test("a message or a segment beyond its limit breaks the channel", () => {
    const receiver = new ControlReceiver(1);
    const sizes: number[] = [];
    const deliver = (message: Uint8Array): void => void sizes.push(message.length);
    const full = new Uint8Array(CONTROL_SEGMENT_BYTES_MAX);
    const whole = Math.floor(CONTROL_MESSAGE_BYTES_MAX / full.length);
    const rest = CONTROL_MESSAGE_BYTES_MAX - whole * full.length;
    let seq = 0;
    for (let i = 0; i < whole; i++) receiver.take(segment(seq++, full, true), deliver);
    receiver.take(segment(seq++, new Uint8Array(rest)), deliver);
    expect(sizes).toEqual([CONTROL_MESSAGE_BYTES_MAX]);
    for (let i = 0; i < whole; i++) receiver.take(segment(seq++, full, true), deliver);
    receiver.take(segment(seq++, new Uint8Array(rest + 1)), deliver);
    expect(receiver.broken).toBe(true);
    const other = new ControlReceiver(1);
    other.take(segment(0, new Uint8Array(CONTROL_SEGMENT_BYTES_MAX + 1)), deliver);
    expect(other.broken).toBe(true);
    expect(sizes).toHaveLength(1);
  });
});
