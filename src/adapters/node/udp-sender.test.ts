import type { Socket } from "node:dgram";
import { describe, expect, test } from "vitest";
import { UDP_QUEUE_BYTES_MAX } from "./limits.ts";
import { UdpSender } from "./udp-sender.ts";

/** A sender whose main socket already holds so many bytes. */
function setUp(waitingBytes: number) {
  const sent: Uint8Array[] = [];
  const socket = {
    getSendQueueSize: () => waitingBytes,
    send: (frame: Uint8Array) => void sent.push(frame),
  } as unknown as Socket;
  const sender = new UdpSender({
    sockets: { socket4: socket, socket6: undefined, missing: new Map() },
    ...{ fast: undefined, fastSockets: new Map(), onLineFailed: () => undefined },
  });
  return { sender, socket, sent };
}

const target = { host: "127.0.0.1", port: 9, family: 4 } as const;
const endpoint = "udp://127.0.0.1:9";

describe("what waits at one socket", () => {
  test("may be so many bytes, and a frame that would make it one more is dropped", () => {
    const frame = new Uint8Array(1_000);
    const full = setUp(UDP_QUEUE_BYTES_MAX - frame.length);
    expect(full.sender.send(endpoint, target, frame)).toBe(true);
    expect(full.sent).toHaveLength(1);
    expect(full.sender.dropped).toBe(0);
    const over = setUp(UDP_QUEUE_BYTES_MAX - frame.length + 1);
    expect(over.sender.send(endpoint, target, frame)).toBe(false);
    expect(over.sender.sendByLine(endpoint, over.socket, frame)).toBe(false);
    expect(over.sent).toEqual([]);
    expect(over.sender.dropped).toBe(2);
  });

  test("grows no more once the sender is closed", () => {
    const { sender, sent } = setUp(0);
    sender.close();
    expect(sender.send(endpoint, target, Uint8Array.of(1))).toBe(false);
    expect(sender.sendTo(4, target.host, target.port, Uint8Array.of(1))).toBe(false);
    expect(sent).toEqual([]);
  });
});
