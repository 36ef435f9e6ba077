import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { WRITE_CHUNK_BYTES, WRITE_CHUNKS_LENT_MAX, WRITE_CHUNKS_MAX } from "./limits.ts";
import { TurnWriter } from "./turn-writer.ts";

/** A socket that writes when it is told to. */
class SlowSocket extends Writable {
  readonly written: Uint8Array[] = [];
  /** Memory that the writes point to; a copy has memory of its own. */
  readonly memory: ArrayBufferLike[] = [];
  readonly #waiting: (() => void)[] = [];

  constructor() {
    super({ highWaterMark: 1 });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.memory.push(chunk.buffer);
    this.#waiting.push(() => {
      this.written.push(Uint8Array.from(chunk));
      done();
    });
  }

  /** Writes what waits until nothing does. */
  async drain(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      next();
      await turn();
    }
  }
}

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

function numbered(lengthBytes: number, from: number): Uint8Array {
  return new Uint8Array(lengthBytes).map((_, i) => from + i * 7);
}

test("what comes in one turn is one write, of copies, in order", async () => {
  const socket = new SlowSocket();
  const writer = new TurnWriter(socket);
  const bytes = Uint8Array.of(1, 2, 3);
  writer.add(bytes);
  bytes.fill(9);
  writer.add(new Uint8Array(0));
  writer.add(Uint8Array.of(4));
  expect(writer.waitingBytes).toBe(4);
  expect(socket.memory).toEqual([]);
  await turn();
  expect(writer.waitingBytes).toBe(4);
  await socket.drain();
  expect(socket.written).toEqual([Uint8Array.of(1, 2, 3, 4)]);
  expect(writer.waitingBytes).toBe(0);
});

test("more than a chunk goes on in the next, and all arrives as it was", async () => {
  const socket = new SlowSocket();
  const writer = new TurnWriter(socket);
  const sizes = [10_000, WRITE_CHUNK_BYTES, 1, 2 * WRITE_CHUNK_BYTES + 5];
  const parts = sizes.map((size, i) => numbered(size, i));
  for (const part of parts) writer.add(part);
  await turn();
  await socket.drain();
  expect(Buffer.concat(socket.written).equals(Buffer.concat(parts))).toBe(true);
});

test("memory is used again only when it has been written", async () => {
  const socket = new SlowSocket();
  const writer = new TurnWriter(socket);
  writer.add(numbered(20_000, 1));
  await turn();
  writer.add(numbered(30_000, 2));
  await turn();
  await socket.drain();
  expect(socket.memory[1]).not.toBe(socket.memory[0]);
  expect(socket.written).toEqual([numbered(20_000, 1), numbered(30_000, 2)]);
  writer.add(numbered(20_000, 3));
  await turn();
  await socket.drain();
  expect(socket.memory.slice(0, 2)).toContain(socket.memory[2]);
});

test("a socket that takes nothing holds few chunks and copies beyond them", async () => {
  const socket = new SlowSocket();
  const writer = new TurnWriter(socket);
  for (let i = 0; i < WRITE_CHUNKS_MAX + 1; i++) {
    writer.add(numbered(5_000, i));
    await turn();
  }
  await socket.drain();
  const sizes = socket.memory.map((memory) => memory.byteLength);
  expect(sizes.slice(0, WRITE_CHUNKS_MAX).every((size) => size === WRITE_CHUNK_BYTES)).toBe(true);
  expect(sizes[WRITE_CHUNKS_MAX]).toBeLessThan(WRITE_CHUNK_BYTES);
  expect(socket.written).toEqual(sizes.map((_, i) => numbered(5_000, i)));
});

test("sockets that take nothing hold few chunks together: at the limit and one above", async () => {
  const count = WRITE_CHUNKS_LENT_MAX + 1;
  const sockets = Array.from({ length: count }, () => new SlowSocket());
  for (const socket of sockets) new TurnWriter(socket).add(numbered(5_000, 0));
  await turn();
  const sizes = sockets.map(({ memory }) => memory[0]?.byteLength ?? 0);
  expect(sizes.filter((size) => size === WRITE_CHUNK_BYTES)).toHaveLength(WRITE_CHUNKS_LENT_MAX);
  expect(sizes.at(-1)).toBeLessThan(WRITE_CHUNK_BYTES);
  for (const socket of sockets) await socket.drain();
  expect(sockets.every(({ written }) => written[0]?.length === 5_000)).toBe(true);
  const later = new SlowSocket();
  new TurnWriter(later).add(numbered(5_000, 0));
  await turn();
  expect(later.memory[0]?.byteLength).toBe(WRITE_CHUNK_BYTES);
  await later.drain();
});

test("real sockets: many chunks arrive as they were, also those under way when others break", async () => {
  const server = createServer({ allowHalfOpen: true });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const dial = async (): Promise<{ readonly ours: Socket; readonly theirs: Socket }> => {
    const accepted = new Promise<Socket>((done) => server.once("connection", done));
    const ours = connect(port, "127.0.0.1").on("error", () => undefined);
    return { ours, theirs: await accepted };
  };
  const [whole, broken] = [await dial(), await dial()];
  broken.theirs.on("error", () => undefined).pause();
  let told = 0;
  const doomed = new TurnWriter(broken.ours);
  for (let i = 0; i < 60; i++) doomed.add(numbered(WRITE_CHUNK_BYTES, 99), () => told++);
  await turn();
  broken.ours.destroy();
  const came: Buffer[] = [];
  whole.theirs.on("data", (bytes: Buffer) => came.push(bytes));
  const ended = new Promise<void>((done) => whole.theirs.once("end", () => done()));
  const writer = new TurnWriter(whole.ours);
  const parts = Array.from({ length: 60 }, (_, i) => numbered(100_000, i));
  for (const part of parts) {
    writer.add(part);
    await turn();
  }
  writer.end();
  await ended;
  expect(Buffer.concat(came).equals(Buffer.concat(parts))).toBe(true);
  await expect.poll(() => told).toBe(60);
  whole.theirs.destroy();
  broken.theirs.destroy();
  server.close();
});

test("who waits is told when the bytes have left, also where they never can", async () => {
  const socket = new SlowSocket().on("error", () => undefined);
  const writer = new TurnWriter(socket);
  const told: string[] = [];
  writer.add(numbered(WRITE_CHUNK_BYTES + 1, 0), () => told.push("two chunks"));
  writer.add(Uint8Array.of(1), () => told.push("one byte"));
  writer.add(new Uint8Array(0), () => told.push("nothing"));
  await turn();
  expect(told).toEqual(["nothing"]);
  await socket.drain();
  expect(told).toEqual(["nothing", "two chunks", "one byte"]);
  writer.add(numbered(6_000, 0), () => told.push("broken off"));
  socket.destroy();
  await turn();
  expect(told).toEqual(["nothing", "two chunks", "one byte", "broken off"]);
});

test("what was added leaves before an end in the same turn", async () => {
  const socket = new SlowSocket();
  const writer = new TurnWriter(socket);
  writer.add(Uint8Array.of(1));
  writer.end();
  await turn();
  await socket.drain();
  expect(socket.written).toEqual([Uint8Array.of(1)]);
  expect(socket.writableFinished).toBe(true);
});
