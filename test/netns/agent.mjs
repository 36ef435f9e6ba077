// Runs inside a network namespace beside a peer: takes calls as JSON lines on stdin, makes them on
// the peer's loopback API and answers on stdout. {id, url, token, method, path, body} -> {id, status, json, atMs}
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const { id, url, token, method, path, body } = JSON.parse(line);
  const answer = { id, status: 0, json: null, atMs: 0 };
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    answer.status = response.status;
    answer.json = await response.json().catch(() => null);
  } catch (error) {
    answer.json = { error: { code: "unreachable", message: String(error) } };
  }
  answer.atMs = Date.now();
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
lines.on("close", () => process.exit(0));
