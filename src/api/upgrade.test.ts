import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NearSocket } from "../adapters/node/proxy/near-socket.ts";
import type { Near } from "../gateway/index.ts";
import { SILENT_LOG } from "../ports/index.ts";
import { ApiError } from "./errors.ts";
import { route, streamRoute } from "./route.ts";
import { type ApiServer, startApiServer } from "./server.ts";
import { upgradedNear } from "./upgraded-near.ts";

let server: ApiServer;
let near: Near | undefined;
let gone = 0;

beforeEach(async () => {
  near = undefined;
  gone = 0;
  const routes = [
    streamRoute({
      path: "/v1/streams",
      summary: "x",
      upgrade: async ({ query, socket, head }) => {
        if (query.has("no")) throw new ApiError("forbidden", "Not for you.");
        near = upgradedNear(socket, head, new NearSocket(socket, () => undefined));
        socket.once("close", () => gone++);
      },
    }),
    route({
      method: "GET",
      path: "/v1/status",
      summary: "x",
      answers: "x",
      handle: () => ({ status: 200, json: {} }),
    }),
  ];
  server = await startApiServer({
    ...{ routes, token: "secret", port: 0, consoleDirectory: tmpdir(), openPaths: [] },
    log: SILENT_LOG,
  });
});
afterEach(() => server.close());

const UPGRADE = "Connection: Upgrade\r\nUpgrade: peernet-stream\r\n";
const TOKEN = "Authorization: Bearer secret\r\n";

function send(line: string, headers: string): { socket: Socket; text: () => string } {
  let text = "";
  const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.write(`${line} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n${headers}\r\n`);
  return { socket, text: () => text };
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 300 && !condition(); turn++) {
    await new Promise((done) => setTimeout(done, 10));
  }
  expect(condition()).toBe(true);
}

describe("a call that should become a stream is refused:", () => {
  test.each([
    ["no token", "POST /v1/streams", UPGRADE, 401],
    ["a wrong token", "POST /v1/streams", `${UPGRADE}Authorization: Bearer x\r\n`, 401],
    ["the token in the address", "POST /v1/streams?token=secret", UPGRADE, 401],
    ["a web page's origin", "POST /v1/streams", `${UPGRADE}${TOKEN}Origin: http://x\r\n`, 403],
    ["no upgrade", "POST /v1/streams", TOKEN, 400],
    [
      "another protocol",
      "POST /v1/streams",
      `${TOKEN}Connection: Upgrade\r\nUpgrade: h2c\r\n`,
      400,
    ],
    ["another call", "GET /v1/status", `${UPGRADE}${TOKEN}`, 400],
    ["another method", "GET /v1/streams", `${UPGRADE}${TOKEN}`, 405],
    ["no such call", "POST /v1/nothing", `${UPGRADE}${TOKEN}`, 404],
    ["not for you", "POST /v1/streams?no=1", `${UPGRADE}${TOKEN}`, 403],
  ])("%s", async (_what, line, headers, status) => {
    const { text } = send(line, headers);
    await until(() => text().includes("}"));
    expect(text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(text().split("\r\n\r\n")[1] ?? "")).toHaveProperty("error.message");
    expect(near).toBeUndefined();
  });
});

test("agreement comes when the connection stands; then bytes both ways, each with its end", async () => {
  const { socket, text } = send("POST /v1/streams", `${UPGRADE}${TOKEN}`);
  socket.write("early ");
  await until(() => near !== undefined);
  expect(text()).toBe("");
  let told = "";
  near?.attach({
    onData: (bytes) => {
      told += new TextDecoder().decode(bytes);
    },
    onEnd: () => {
      told += "|end";
    },
    onClose: () => {
      told += "|closed";
    },
  });
  await until(() => text().startsWith("HTTP/1.1 101 "));
  socket.end("late");
  await until(() => told === "early late|end");
  near?.write(new TextEncoder().encode("answer"), () => undefined);
  near?.end();
  await until(() => text().endsWith("\r\n\r\nanswer") && told.endsWith("|closed"));
});

test("a caller who goes before the agreement is noticed, and a stream ends with the server", async () => {
  const { socket } = send("POST /v1/streams", `${UPGRADE}${TOKEN}`);
  await until(() => near !== undefined);
  socket.end();
  await until(() => gone === 1);
  const other = send("POST /v1/streams", `${UPGRADE}${TOKEN}`);
  let isClosed = false;
  other.socket.once("close", () => {
    isClosed = true;
  });
  await until(() => other.socket.readyState === "open");
  await new Promise((done) => setTimeout(done, 50));
  await server.close();
  other.socket.end();
  await until(() => isClosed);
});
