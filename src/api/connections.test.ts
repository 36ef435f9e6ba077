import { connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { SILENT_LOG } from "../ports/index.ts";
import { CONNECTIONS_MAX } from "./limits.ts";
import { route } from "./route.ts";
import { startApiServer } from "./server.ts";

test("connections to the API: at the limit and one above", async () => {
  const server = await startApiServer({
    routes: [
      route({
        ...{ method: "GET", path: "/v1/here", summary: "", answers: "" },
        handle: () => ({ status: 204 }),
      }),
    ],
    ...{ token: "token", port: 0, consoleDirectory: "/nonexistent", openPaths: [] },
    log: SILENT_LOG,
  });
  const { port } = server;
  const sockets: Socket[] = [];
  /** Opens a connection and asks on it: the head of the answer, or "" where it was cut. */
  const ask = (): Promise<string> => {
    const socket = connect({ port, host: "127.0.0.1" });
    sockets.push(socket);
    const head = `GET /v1/here HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer token\r\n\r\n`;
    socket.write(head);
    return new Promise((resolve) => {
      socket.once("data", (bytes) => resolve(bytes.toString().split("\r\n")[0] ?? ""));
      socket.on("error", () => undefined).once("close", () => resolve(""));
    });
  };
  const answers = await Promise.all(Array.from({ length: CONNECTIONS_MAX }, ask));
  expect(new Set(answers)).toEqual(new Set(["HTTP/1.1 204 No Content"]));
  expect(await ask()).toBe("");
  expect(sockets.filter(({ closed }) => closed)).toHaveLength(1);
  for (const socket of sockets) socket.destroy();
  await server.close();
});
