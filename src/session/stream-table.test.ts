import { beforeEach, describe, expect, test } from "vitest";
import { utf8 } from "../base/bytes.ts";
import { SILENT_LOG } from "../ports/index.ts";
import { SessionError } from "./errors.ts";
import { FRAME_TYPE, type FrameHandler, readFrames, type StreamFrame } from "./frames.ts";
import { HeldMemory } from "./held-memory.ts";
import { OPEN_STREAMS_MAX, SESSION_WINDOW_BYTES, STREAM_WINDOW_BYTES } from "./limits.ts";
import { PacketBuffer } from "./packet-buffer.ts";
import type { SentFrame } from "./sent-packets.ts";
import { RESET_CODE, SessionStream } from "./stream.ts";
import { StreamTable } from "./stream-table.ts";
import type { StreamEvents } from "./types.ts";

const NAME = "svc";

let table: StreamTable;
/** How often something was to be sent. */
let work: number;
let offered: SessionStream[];
/** Bytes that services were given, and what else they were told. */
let told: string[];
let takes: (stream: SessionStream) => boolean;

const events: StreamEvents = {
  onData: (bytes) => void told.push(`data ${bytes.length}`),
  onEnd: () => void told.push("end"),
  onDrain: () => void told.push("drain"),
  onClose: (reason) => void told.push(`close ${reason}`),
};

function makeStream(opens: boolean): SessionStream {
  return new SessionStream({
    ...{ id: 1, peer: "peer", service: opens ? NAME : "", opens, giveUpMs: 0 },
    scope: { log: SILENT_LOG, onStreamClosed: (stream) => stream.tellClosed() },
    events: opens ? events : undefined,
  });
}

/** The table of the side that began, whose own streams have even numbers. */
beforeEach(() => {
  [work, offered, told] = [0, [], []];
  takes = () => true;
  table = new StreamTable(
    true,
    {
      onWork: () => work++,
      makeStream: () => makeStream(false),
      offer: (stream) => {
        offered.push(stream);
        if (takes(stream)) stream.accept(events);
        else stream.abandon(RESET_CODE.refused, "refused");
      },
    },
    new HeldMemory().share(),
  );
});

function opened(): SessionStream {
  const stream = makeStream(true);
  table.open(stream);
  return stream;
}

/** What one packet of this size carries: STREAM frames, and other frames by kind. */
function packet(bytes = 1_200): { streams: StreamFrame[]; others: number[][]; sent: SentFrame[] } {
  const buffer = new PacketBuffer(70_000);
  buffer.reset(bytes);
  const sent: SentFrame[] = [];
  table.writeControl(buffer, sent);
  table.writeStreams(buffer, sent);
  const [streams, others]: [StreamFrame[], number[][]] = [[], []];
  const note =
    (type: number) =>
    (...numbers: number[]): void =>
      void others.push([type, ...numbers]);
  const handler: Partial<FrameHandler> = {
    onStream: (frame) => streams.push(frame),
    onReset: note(FRAME_TYPE.reset),
    onSessionWindow: note(FRAME_TYPE.sessionWindow),
    onStreamWindow: note(FRAME_TYPE.streamWindow),
    onStreamCount: note(FRAME_TYPE.streamCount),
  };
  readFrames(buffer.done(), handler as FrameHandler);
  return { streams, others, sent };
}

const fate = (sent: readonly SentFrame[], arrived: boolean): void => {
  for (const frame of sent) table.onFate(frame, arrived);
};

const frame = (streamId: number, offset: number, length: number, more = {}): StreamFrame => ({
  ...{ streamId, offset, fin: false, service: undefined, data: new Uint8Array(length) },
  ...more,
});
const opening = (streamId: number, length = 1, more = {}): StreamFrame =>
  frame(streamId, 0, length, { service: NAME, ...more });

describe("streams of this side", () => {
  test("have even numbers of their own and name their service first", () => {
    const [first, second] = [opened(), opened()];
    first.write(new Uint8Array(5));
    second.write(new Uint8Array(6));
    expect([first.wireId, second.wireId, table.size]).toEqual([0, 2, 2]);
    const { streams } = packet();
    expect(streams.map(({ streamId, service, data }) => [streamId, service, data.length])).toEqual([
      ...[
        [0, NAME, 5],
        [2, NAME, 6],
      ],
    ]);
    expect(table.hasWork()).toBe(false);
    first.write(new Uint8Array(1));
    expect(packet().streams).toMatchObject([{ streamId: 0, offset: 5, service: undefined }]);
  });

  test("are odd on the other side", () => {
    const host = { onWork: () => {}, makeStream: () => makeStream(false), offer: () => {} };
    const other = new StreamTable(false, host, new HeldMemory().share());
    const [first, second] = [makeStream(true), makeStream(true)];
    other.open(first);
    other.open(second);
    expect([first.wireId, second.wireId]).toEqual([1, 3]);
    expect(() => other.onStream(frame(5, 0, 1))).toThrow(SessionError);
    other.onStream(opening(0));
    expect(other.size).toBe(3);
  });

  test("take turns where several have much to say", () => {
    for (const stream of [opened(), opened()]) stream.write(new Uint8Array(10_000));
    const turns = Array.from({ length: 6 }, () => packet(500).streams.map((one) => one.streamId));
    expect(turns).toEqual([[0], [2], [0], [2], [0], [2]]);
  });

  test("begin no frame where there is hardly room for one", () => {
    opened().write(new Uint8Array(100));
    expect(packet(23).streams).toEqual([]);
    expect(packet(24).streams).toHaveLength(1);
  });

  test("are as many as allowed, and as many as the other side allows go out", () => {
    const streams = Array.from({ length: OPEN_STREAMS_MAX }, opened);
    expect(table.hasRoom).toBe(false);
    const [first] = streams;
    first?.reset();
    const { others, sent } = packet();
    expect(others).toEqual([[FRAME_TYPE.reset, 0, RESET_CODE.reset, 0]]);
    fate(sent, true);
    table.onReset(0, RESET_CODE.reset, 0);
    expect([table.hasRoom, table.size]).toEqual([true, OPEN_STREAMS_MAX - 1]);
    while (table.hasWork()) packet(60_000);
    opened().write(new Uint8Array(5));
    expect(table.hasWork()).toBe(false);
    table.onStreamCount(OPEN_STREAMS_MAX);
    expect(table.hasWork()).toBe(false);
    table.onStreamCount(OPEN_STREAMS_MAX + 1);
    expect(packet().streams).toMatchObject([{ streamId: 2 * OPEN_STREAMS_MAX, service: NAME }]);
  });

  test("send no more than the windows of the session and of each stream", () => {
    const streams = Array.from({ length: 5 }, opened);
    for (const stream of streams) stream.send.write(new Uint8Array(STREAM_WINDOW_BYTES));
    for (const stream of streams) table.onStreamReady(stream);
    let bytes = 0;
    const drain = (): number => {
      while (table.hasWork()) for (const one of packet(60_000).streams) bytes += one.data.length;
      return bytes;
    };
    expect(drain()).toBe(SESSION_WINDOW_BYTES);
    table.onSessionWindow(SESSION_WINDOW_BYTES);
    expect(table.hasWork()).toBe(false);
    table.onSessionWindow(SESSION_WINDOW_BYTES + 10);
    expect(drain()).toBe(SESSION_WINDOW_BYTES + 10);
    table.onSessionWindow(10 * SESSION_WINDOW_BYTES);
    expect(drain()).toBe(5 * STREAM_WINDOW_BYTES);
    streams[0]?.write(new Uint8Array(3));
    expect(table.hasWork()).toBe(false);
    table.onStreamWindow(0, STREAM_WINDOW_BYTES + 2);
    expect(drain()).toBe(5 * STREAM_WINDOW_BYTES + 2);
  });

  test("send again what was lost, and are over when both sides have said all", () => {
    const stream = opened();
    stream.write(new Uint8Array(5));
    stream.end();
    fate(packet().sent, false);
    expect(table.hasWork()).toBe(true);
    const { streams, sent } = packet();
    expect(streams).toMatchObject([{ offset: 0, fin: true, service: NAME }]);
    fate(sent, true);
    expect([stream.closed, table.size, table.inUse]).toEqual([undefined, 1, true]);
    table.onStream(frame(0, 0, 2, { fin: true }));
    expect([told, table.size, table.inUse]).toEqual([["data 2", "end", "close done"], 0, false]);
    table.onStream(frame(0, 0, 2, { fin: true }));
    expect(told).toHaveLength(3);
  });

  test("tell that they may be written to again once enough has gone", () => {
    const stream = opened();
    while (stream.write(new Uint8Array(50_000)));
    table.tellDrains();
    expect(told).toEqual([]);
    while (table.hasWork()) packet(60_000);
    table.tellDrains();
    table.tellDrains();
    expect(told).toEqual(["drain"]);
  });

  test("that were never opened break the rules", () => {
    opened();
    expect(() => table.onStream(frame(2, 0, 1))).toThrow(SessionError);
    expect(() => table.onReset(2, 0, 0)).toThrow(SessionError);
    expect(() => table.onStreamWindow(2, 1)).toThrow(SessionError);
  });
});

describe("streams of the other side", () => {
  test("are offered once their service is named, with what came before that", () => {
    table.onStream(frame(1, 3, 2));
    expect([offered.length, table.size, table.inUse]).toEqual([0, 1, false]);
    table.onStream(opening(1, 3));
    table.onStream(opening(1, 3));
    expect([offered.map(({ service }) => service), told]).toEqual([[NAME], ["data 3", "data 2"]]);
    expect([table.inUse, offered[0]?.serviceBytes]).toEqual([true, utf8(NAME)]);
  });

  test("that nobody wants are refused, and their bytes are not in the way", () => {
    takes = () => false;
    table.onStream(opening(1, 3));
    expect(told).toEqual([]);
    const { others, sent } = packet();
    expect(others).toEqual([[FRAME_TYPE.reset, 1, RESET_CODE.refused, 0]]);
    fate(sent, false);
    expect(packet().others).toEqual(others);
    fate(sent, true);
    expect(table.size).toBe(1);
    table.onReset(1, RESET_CODE.reset, 3);
    expect(table.size).toBe(0);
  });

  test("may be as many as allowed, and one more for each that is over", () => {
    const last = 2 * OPEN_STREAMS_MAX - 1;
    table.onStream(opening(last));
    expect(table.size).toBe(OPEN_STREAMS_MAX);
    expect(() => table.onStream(opening(last + 2))).toThrow(SessionError);
    table.onReset(1, RESET_CODE.reset, 0);
    expect(told).toEqual(["data 1"]);
    const { others, sent } = packet();
    expect(others).toContainEqual([FRAME_TYPE.reset, 1, RESET_CODE.reset, 0]);
    fate(sent, true);
    expect(packet().others).toEqual([[FRAME_TYPE.streamCount, OPEN_STREAMS_MAX + 1]]);
    table.onStream(opening(last + 2));
    expect(() => table.onStream(opening(last + 4))).toThrow(SessionError);
  });

  test("end with a reset, which our half answers", () => {
    table.onStream(opening(1, 3));
    table.onReset(1, RESET_CODE.reset, 3);
    table.onReset(1, RESET_CODE.reset, 3);
    expect(told).toEqual(["data 3", "close reset"]);
    expect(packet().others).toContainEqual([FRAME_TYPE.reset, 1, RESET_CODE.reset, 0]);
  });

  test("say that they refuse only of streams of ours", () => {
    opened();
    table.onReset(0, RESET_CODE.refused, 0);
    table.onStream(opening(1));
    table.onReset(1, RESET_CODE.refused, 1);
    expect(told).toEqual(["close refused", "data 1", "close reset"]);
  });
});

describe("windows", () => {
  test("of a stream and of the session move as bytes are consumed, and are said again if lost", () => {
    table.onStream(opening(1, STREAM_WINDOW_BYTES));
    const [stream] = offered;
    stream?.consume(STREAM_WINDOW_BYTES);
    const { others, sent } = packet();
    expect(others).toEqual([
      [FRAME_TYPE.sessionWindow, SESSION_WINDOW_BYTES + STREAM_WINDOW_BYTES],
      [FRAME_TYPE.streamWindow, 1, 2 * STREAM_WINDOW_BYTES],
    ]);
    expect(table.hasWork()).toBe(false);
    fate(sent, true);
    expect(table.hasWork()).toBe(false);
    fate(sent, false);
    expect(packet().others).toEqual(others);
  });

  test("of a stream that has said its end need not move", () => {
    table.onStream(opening(1, STREAM_WINDOW_BYTES, { fin: true }));
    offered[0]?.consume(STREAM_WINDOW_BYTES);
    expect(packet().others.map(([type]) => type)).not.toContain(FRAME_TYPE.streamWindow);
  });

  test("of the session hold whatever the streams, to the byte", () => {
    for (let i = 0; i < 4; i++) table.onStream(opening(2 * i + 1, STREAM_WINDOW_BYTES));
    expect(() => table.onStream(opening(9, 1))).toThrow(SessionError);
  });

  test("of the session move for streams that nobody reads any more", () => {
    table.onStream(opening(1, 10));
    offered[0]?.reset();
    table.onStream(frame(1, 10, STREAM_WINDOW_BYTES - 10));
    table.onStream(opening(3, STREAM_WINDOW_BYTES));
    offered[1]?.reset();
    const moved = SESSION_WINDOW_BYTES + 2 * STREAM_WINDOW_BYTES;
    expect(packet().others).toContainEqual([FRAME_TYPE.sessionWindow, moved]);
    expect(told).toEqual(["data 10", "close reset", `data ${STREAM_WINDOW_BYTES}`, "close reset"]);
  });

  test("wait where a packet has no room for them", () => {
    table.onStream(opening(1, STREAM_WINDOW_BYTES));
    offered[0]?.consume(STREAM_WINDOW_BYTES);
    expect([packet(3).others, table.hasWork()]).toEqual([[], true]);
    expect(packet(5).others).toHaveLength(1);
    expect(packet().others).toHaveLength(1);
  });
});

test("what could not be held is said once, so that it comes again", () => {
  table = new StreamTable(
    true,
    { onWork: () => {}, makeStream: () => makeStream(false), offer: (one) => one.accept(events) },
    new HeldMemory(0).share(),
  );
  table.onStream(opening(1));
  expect(table.tookAll()).toBe(true);
  table.onStream(frame(1, 5, 1));
  expect([table.tookAll(), table.tookAll()]).toEqual([false, true]);
});

test("with the session all its streams are over, and nothing is to be sent", () => {
  const stream = opened();
  stream.write(new Uint8Array(5));
  table.onStream(opening(1));
  table.closeAll();
  expect([told, table.size, table.hasWork()]).toEqual([
    ...[["data 1", "close session-lost", "close session-lost"], 0, false],
  ]);
  expect(work).toBeGreaterThan(0);
});
