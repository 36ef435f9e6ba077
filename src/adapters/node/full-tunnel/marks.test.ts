import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { type Libc, loadLibc } from "../tun/libc.ts";
import { makeLinkMarks } from "./marks.ts";
import { LINK_MARK } from "./names.ts";

/** The C library, with marks written down instead of set. */
function watched(answer = 0): { readonly libc: Libc; readonly marked: [number, number][] } {
  const marked: [number, number][] = [];
  const setsockopt: Libc["setsockopt"] = (fd, _level, _name, value) => {
    marked.push([fd, new Uint32Array(value.slice().buffer)[0] ?? 0]);
    return answer;
  };
  return { libc: { ...loadLibc(), setsockopt }, marked };
}

describe.skipIf(process.platform !== "linux")("marks of links", () => {
  test("are set on UDP sockets, on listeners, and before a connection is dialled", async () => {
    const { libc, marked } = watched();
    const marks = makeLinkMarks(libc);
    const udp = createSocket("udp4");
    await new Promise<void>((done) => udp.bind(0, "127.0.0.1", done));
    marks.udp(udp);
    udp.close();
    const server = createServer((socket) => socket.pipe(socket));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    marks.listener(server);
    const { port } = server.address() as AddressInfo;
    const socket = marks.dialler("127.0.0.1");
    expect(marked.map(([fd, mark]) => [fd > 2, mark])).toEqual(
      Array.from({ length: 3 }, () => [true, LINK_MARK]),
    );
    socket?.connect({ host: "127.0.0.1", port });
    socket?.write("through");
    const [answer] = (await once(socket ?? server, "data")) as [Buffer];
    expect(answer.toString()).toBe("through");
    socket?.destroy();
    server.close();
    expect(marks.isWhole).toBe(true);
  });

  test("a dialled connection that is refused fails like any other", async () => {
    const marks = makeLinkMarks(watched().libc);
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    await new Promise((done) => server.close(done));
    const socket = marks.dialler("127.0.0.1")?.connect({ host: "127.0.0.1", port });
    const [error] = (await once(socket ?? server, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
  });

  test("one that could not be set is remembered, and dialling stays ordinary", () => {
    const marks = makeLinkMarks(watched(-1).libc);
    expect(marks.isWhole).toBe(true);
    marks.dialler("127.0.0.1")?.destroy();
    expect(marks.isWhole).toBe(false);
    expect(marks.dialler("127.0.0.1")).toBeUndefined();
    expect(makeLinkMarks(watched().libc).dialler("peer.example.org")).toBeUndefined();
  });
});
