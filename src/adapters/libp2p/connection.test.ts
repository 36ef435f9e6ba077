import { getDefaultHighWaterMark } from "node:stream";
import { describe, expect, test, vi } from "vitest";
import { settle, setUpConnection as setUp } from "./libp2p.fixture.ts";
import {
  CLOSE_TIMEOUT_MS,
  UNREAD_BYTES_MAX,
  UNSENT_BYTES_MAX,
  YAMUX_WINDOW_BYTES,
} from "./limits.ts";

/** One fits what a stream takes at once, two do not; Node 22 takes four times as much as Node 20. */
const PART_BYTES = Math.floor(getDefaultHighWaterMark(false) * 0.6);

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("a connection", () => {
  test("carries bytes both ways, in order", async () => {
    const { connection, heard, stream, all } = setUp();
    expect([connection.send(bytes("one")), connection.send(bytes("two"))]).toEqual([true, true]);
    stream.near.write(bytes("three"), () => undefined);
    await settle();
    expect([all, heard]).toEqual([["one", "two"], ["three"]]);
    expect(connection.status).toBe("open");
  });

  test("takes no more where the mesh takes no more, and goes on after the drain", async () => {
    const { connection, stream, all } = setUp();
    await settle();
    stream.near.pause();
    const part = new Uint8Array(PART_BYTES).fill(97);
    const answers = Array.from({ length: 4 }, () => connection.send(part));
    expect(answers).toEqual([true, false, false, false]);
    expect(connection.writableNeedsDrain).toBe(true);
    await settle();
    expect(all.join("").length).toBe(PART_BYTES);
    let drains = 0;
    connection.addEventListener("drain", () => drains++);
    stream.near.resume();
    await settle();
    expect([all.join("").length, drains, connection.writableNeedsDrain]).toEqual([
      4 * PART_BYTES,
      1,
      false,
    ]);
  });

  test("reads nothing while libp2p pauses it: the mesh keeps what was not taken", async () => {
    const { connection, heard, stream } = setUp();
    connection.pause();
    let sent = 0;
    for (let count = 0; count < 4; count++)
      stream.near.write(new Uint8Array(PART_BYTES), () => sent++);
    await settle();
    expect([heard, sent]).toEqual([[], 1]);
    connection.resume();
    await settle();
    expect(heard.join("").length).toBe(4 * PART_BYTES);
    expect(sent).toBe(4);
  });
});

describe("memory of a connection", () => {
  test("what nobody takes is kept up to the limit, and one byte more breaks it off", async () => {
    const { connection, stream, heard } = setUp({ isHeard: false });
    stream.near.write(new Uint8Array(UNREAD_BYTES_MAX), () => undefined);
    await settle();
    expect([connection.readBufferLength, connection.status]).toEqual([UNREAD_BYTES_MAX, "open"]);
    stream.near.write(new Uint8Array(1), () => undefined);
    await settle();
    expect([connection.readBufferLength, connection.status]).toEqual([0, "aborted"]);
    expect([heard, stream.destroyed]).toEqual([["StreamBufferError"], true]);
  });

  test("a frame as wide as Yamux sends one waits whole while the mesh is slow", async () => {
    const { connection, stream } = setUp();
    stream.near.pause();
    expect(connection.send(new Uint8Array(YAMUX_WINDOW_BYTES + (1 << 20)))).toBe(false);
    connection.send(new Uint8Array(YAMUX_WINDOW_BYTES));
    await settle();
    expect(connection.status).toBe("open");
  });

  test("what cannot leave is kept up to the limit, and one byte more breaks it off", async () => {
    const { connection, stream, heard } = setUp();
    stream.near.pause();
    expect(connection.send(new Uint8Array(100_000))).toBe(false);
    connection.send(new Uint8Array(UNSENT_BYTES_MAX));
    await settle();
    expect([connection.writeBufferLength, connection.status]).toEqual([UNSENT_BYTES_MAX, "open"]);
    connection.send(new Uint8Array(1));
    expect([connection.writeBufferLength, connection.status]).toEqual([0, "aborted"]);
    expect([heard, stream.destroyed]).toEqual([["StreamBufferError"], true]);
  });
});

describe("the end of a connection", () => {
  test("closing ends it after what was sent, and waits for the other side's end", async () => {
    const { connection, heard, stream, all } = setUp();
    connection.send(bytes("last words"));
    const closed = connection.close();
    await settle();
    expect([all, connection.status]).toEqual([["last words", "end"], "closing"]);
    stream.near.write(bytes("too late"), () => undefined);
    stream.near.end();
    await closed;
    expect(all).toEqual(["last words", "end", "close"]);
    expect([heard.at(-1), connection.status]).toEqual(["closed", "closed"]);
  });

  test("what waits for a drain leaves before the end", async () => {
    const { connection, stream, all } = setUp();
    await settle();
    stream.near.pause();
    for (const letter of "abc") connection.send(bytes(letter.repeat(10_000)));
    const closed = connection.close();
    await settle();
    expect(all).not.toContain("end");
    stream.near.resume();
    await settle();
    stream.near.end();
    await closed;
    expect(all.slice(-2)).toEqual(["end", "close"]);
    expect(all.slice(0, -2).join("")).toBe("abc".replace(/./g, (letter) => letter.repeat(10_000)));
  });

  test("the other side's end is ours, after what came before it", async () => {
    const { connection, heard, stream, all } = setUp();
    stream.near.write(bytes("bye"), () => undefined);
    stream.near.end();
    await settle();
    expect(heard).toEqual(["bye", "closed"]);
    expect([all, connection.status]).toEqual([["end", "close"], "closed"]);
    expect(() => connection.send(bytes("x"))).toThrow("closed");
  });

  test("an abort breaks it off: no end goes before", async () => {
    const { connection, heard, all, stream } = setUp();
    connection.abort(new RangeError("enough"));
    await settle();
    expect([heard, all]).toEqual([["RangeError"], ["close"]]);
    expect([connection.status, stream.destroyed]).toEqual(["aborted", true]);
  });

  test("one that broke off is a reset, once", async () => {
    const { connection, heard, stream, all } = setUp();
    stream.near.destroy();
    await settle();
    expect([heard, all]).toEqual([["StreamResetError"], ["close"]]);
    expect(connection.status).toBe("reset");
    connection.abort(new RangeError("too late"));
    expect(connection.status).toBe("reset");
  });

  test("one that breaks off while it closes is a reset, and nobody waits for ever", async () => {
    const { connection, heard, stream } = setUp();
    const closed = connection.close();
    await settle();
    stream.near.destroy();
    await closed;
    expect([heard, connection.status]).toEqual([["StreamResetError"], "reset"]);
  });

  test("closing is given up at the caller's signal", async () => {
    const { connection, heard, stream, all } = setUp();
    const controller = new AbortController();
    const closed = connection.close({ signal: controller.signal });
    await settle();
    controller.abort(new RangeError("no longer"));
    await expect(closed).rejects.toThrow("no longer");
    expect([stream.destroyed, connection.status]).toEqual([true, "aborted"]);
    await settle();
    expect([all, heard]).toEqual([["end", "close"], ["RangeError"]]);
  });

  test.each([
    [CLOSE_TIMEOUT_MS, false],
    [CLOSE_TIMEOUT_MS + 1, true],
  ])("after %i ms without the other side's end: broken off %s", async (timeMs, isBroken) => {
    const late = new AbortController();
    const timeout = vi.spyOn(AbortSignal, "timeout").mockImplementation((limitMs) => {
      if (timeMs > limitMs) late.abort();
      return late.signal;
    });
    const { connection, stream } = setUp();
    const closed = connection.close();
    if (isBroken) await expect(closed).rejects.toMatchObject({ code: "io" });
    await settle();
    expect(stream.destroyed).toBe(isBroken);
    timeout.mockRestore();
    stream.near.end();
    await closed.catch(() => undefined);
  });
});
