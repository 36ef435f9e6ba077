// Runs inside a network namespace: pings a peer over the loopback API at fixed times, whether or not
// earlier answers have come. Arguments: url token to intervalMs. Prints a JSON line per answer,
// {number, sentAtMs, atMs, roundTripMs}, wall times; stops when stdin closes.
import { Agent, request } from "node:http";

const [url, token, to, interval] = process.argv.slice(2);
const intervalMs = Number(interval);
// Silent pings hold their connections for seconds: as many as are needed, none waits for another.
const agent = new Agent({ keepAlive: true, maxSockets: 200, maxFreeSockets: 200 });
const body = JSON.stringify({ to });
const headers = {
  authorization: `Bearer ${token}`,
  "content-type": "application/json",
  "content-length": Buffer.byteLength(body),
};

function ping(number) {
  const sentAtMs = Date.now();
  const call = request(`${url}/v1/ping`, { method: "POST", agent, headers }, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (part) => {
      text += part;
    });
    response.on("end", () => {
      const atMs = Date.now();
      if (response.statusCode !== 200) return;
      const { roundTripMs } = JSON.parse(text);
      if (roundTripMs === null) return;
      process.stdout.write(`${JSON.stringify({ number, sentAtMs, atMs, roundTripMs })}\n`);
    });
  });
  call.on("error", () => undefined);
  call.end(body);
}

const startMs = performance.now();
let number = 0;
function next() {
  // A late timer sends one ping and goes on with the plan: it must not send a burst.
  const due = Math.floor((performance.now() - startMs) / intervalMs);
  if (due >= number) {
    number = due + 1;
    ping(due);
  }
  setTimeout(next, Math.max(0, startMs + number * intervalMs - performance.now()));
}
next();
process.stdin.on("end", () => process.exit(0)).resume();
