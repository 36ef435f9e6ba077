import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { dialPlace } from "./dial.ts";

const OWN =
  Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";

function dial(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    // The rule that would stop private addresses is left out: this one has to hold by itself.
    dialPlace({ t: "internet", host, port, mayReach: () => true }, (refusal, socket) => {
      socket?.destroy();
      resolve(refusal ?? "connected");
    });
  });
}

test.each([
  ["as it is", OWN],
  ["as IPv6", `::ffff:${OWN}`],
  ["as IPv6 in another spelling", `0:0:0:0:0:FFFF:${OWN}`],
])("this machine's own address is never reached over an uplink: %s", async (_, host) => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  expect(await dial(host, port)).toBe("private");
  await new Promise((resolve) => server.close(resolve));
});
