#!/usr/bin/env node
// Starts Debian's Firefox for Playwright, which speaks WebDriver BiDi with it, and stands between
// the two: the long-term Firefox does not know every command that Playwright opens a page with, and
// what only sets how a page should look may be answered with "done".
import { spawn } from "node:child_process";
import { WebSocket, WebSocketServer } from "ws";

const FIREFOX = process.env["FIREFOX"] ?? "/usr/bin/firefox-esr";
const LISTENING = /WebDriver BiDi listening on (ws:\S+)/;
/** Commands that change nothing a test looks at. */
const ANSWERED_HERE = new Set(["emulation.setMediaFeaturesOverride"]);

const firefox = spawn(FIREFOX, process.argv.slice(2), { stdio: ["ignore", "inherit", "pipe"] });
process.once("SIGTERM", () => firefox.kill());
firefox.once("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
firefox.once("exit", (code) => process.exit(code ?? 1));

let said = "";
firefox.stderr.setEncoding("utf8").on("data", function hear(text) {
  said += text;
  const [, address] = LISTENING.exec(said) ?? [];
  if (address === undefined) return;
  firefox.stderr.off("data", hear).pipe(process.stderr);
  stand(address);
});

/** Listens in Firefox's place, and says so as it does. */
function stand(address) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("listening", () => {
    const { port } = server.address();
    process.stderr.write(`WebDriver BiDi listening on ws://127.0.0.1:${port}\n`);
  });
  server.on("connection", (client, { url }) => pass(client, new WebSocket(address + url)));
}

/** Passes everything on both ways, but for what is answered here. */
function pass(client, inner) {
  const waiting = [];
  inner.on("open", () => {
    for (const text of waiting.splice(0)) inner.send(text);
  });
  client.on("message", (data) => {
    const text = String(data);
    const { id, method } = JSON.parse(text);
    if (ANSWERED_HERE.has(method)) {
      client.send(JSON.stringify({ type: "success", id, result: {} }));
    } else if (inner.readyState === WebSocket.OPEN) {
      inner.send(text);
    } else {
      waiting.push(text);
    }
  });
  inner.on("message", (data) => client.send(String(data)));
  inner.on("close", () => client.close());
  inner.on("error", () => client.close());
  client.on("close", () => inner.close());
}
