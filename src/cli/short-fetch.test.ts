import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { shortFetch } from "./short-fetch.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

function listen(answer: RequestListener): Promise<string> {
  const made = createServer(answer);
  server = made;
  return new Promise((resolve) => {
    made.listen(0, "127.0.0.1", () => {
      resolve(`http://127.0.0.1:${(made.address() as AddressInfo).port}`);
    });
  });
}

const echo: RequestListener = (request, response) => {
  const parts: Uint8Array[] = [];
  request.on("data", (part: Uint8Array) => parts.push(part));
  request.on("end", () => {
    const { method, headers } = request;
    const body = Buffer.concat(parts).toString();
    response.writeHead(body === "" ? 204 : 409);
    response.end(body === "" ? "" : JSON.stringify({ method, key: headers["x-key"], body }));
  });
};

test("says and hears what fetch does, with bytes, with text and with nothing", async () => {
  const url = await listen(echo);
  for (const body of [new TextEncoder().encode("bytes"), "bytes"]) {
    const response = await shortFetch(url, { method: "PUT", headers: { "x-key": "1" }, body });
    expect(response).toMatchObject({ ok: false, status: 409 });
    expect(await response.json()).toEqual({ method: "PUT", key: "1", body: "bytes" });
  }
  const response = await shortFetch(url, { method: "POST", body: new Uint8Array(0) });
  expect(response).toMatchObject({ ok: true, status: 204, body: null });
});

test("calls again where the connection ended unused, and only there", async () => {
  let calls = 0;
  const url = await listen((request, response) => {
    calls++;
    if (calls > 1 && calls !== 3) request.socket.resetAndDestroy();
    else echo(request, response);
  });
  const init = { method: "POST", body: new Uint8Array([0x61]) };
  expect((await shortFetch(url, init)).status).toBe(409);
  expect((await shortFetch(url, init)).status).toBe(409);
  expect(calls).toBe(3);
  // The second connection is used again, the third is new: that one is broken off for a reason.
  await expect(shortFetch(url, init)).rejects.toThrow();
  expect(calls).toBe(5);
});

test("fails where nobody listens, or an answer breaks off", async () => {
  const url = await listen((request, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write("half");
    setTimeout(() => request.socket.destroy(), 20);
  });
  const init = { method: "POST", body: new Uint8Array([0x61]) };
  await expect(shortFetch(url, init)).rejects.toThrow();
  await expect(shortFetch("http://127.0.0.1:1", init)).rejects.toThrow();
});
