import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { resetSocket } from "./reset-socket.ts";

const cleanups: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A connection on loopback: our side, and what the other program is told. */
async function connected(isRead = true): Promise<{ readonly socket: Socket; told: string[] }> {
  const told: string[] = [];
  const server = createServer({ allowHalfOpen: true });
  cleanups.push(() => server.close());
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const accepted = new Promise<Socket>((done) => server.once("connection", done));
  const { port } = server.address() as AddressInfo;
  const other = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  cleanups.push(() => other.destroy());
  other.on("error", (error: NodeJS.ErrnoException) => told.push(error.code ?? ""));
  other.on("end", () => told.push("end"));
  if (isRead) other.resume();
  const socket = await accepted;
  cleanups.push(() => socket.destroy());
  return { socket: socket.on("error", (error) => told.push(`ours: ${error.message}`)), told };
}

function closed(socket: Socket): Promise<void> {
  return new Promise((done) => socket.once("close", () => done()));
}

test("the other program sees a failure", async () => {
  const { socket, told } = await connected();
  socket.write("x");
  const gone = closed(socket);
  resetSocket(socket);
  await gone;
  await expect.poll(() => told).toEqual(["ECONNRESET"]);
});

test("a connection whose end is under way is gone as well", async () => {
  const { socket, told } = await connected();
  const gone = closed(socket);
  socket.end();
  resetSocket(socket);
  await gone;
  await expect.poll(() => told).toContain("end");
  expect(told.filter((word) => word.startsWith("ours"))).toEqual([]);
});

test("what waits to be written behind an end is thrown away, and the other program sees a failure", async () => {
  const { socket, told } = await connected(false);
  while (socket.write(new Uint8Array(1 << 20)));
  socket.end();
  expect(socket.writableLength).toBeGreaterThan(0);
  const gone = closed(socket);
  resetSocket(socket);
  await gone;
  await expect.poll(() => told).toEqual(["ECONNRESET"]);
});

test("what is over stays so", async () => {
  const { socket, told } = await connected();
  let closes = 0;
  socket.on("close", () => closes++);
  const gone = closed(socket);
  socket.destroy();
  resetSocket(socket);
  await gone;
  resetSocket(socket);
  await new Promise((done) => setTimeout(done, 20));
  expect(closes).toBe(1);
  expect(told.filter((word) => word.includes("EINVAL"))).toEqual([]);
});
