// What is not ours at one end: an ordinary libp2p program behind a served port, and the page for people.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { noise } from "@libp2p/noise";
import { ping } from "@libp2p/ping";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import { peernet } from "../../../dist/adapters/libp2p/index.js";
import { startPair } from "./pair.mjs";

const secured = { connectionEncrypters: [noise()], streamMuxers: [yamux()] };

describe("a libp2p program that knows nothing of Peernet", () => {
  let pair;
  let ordinary;
  let dialler;
  let port;
  before(async () => {
    pair = await startPair();
    const addresses = { listen: ["/ip4/127.0.0.1/tcp/0"] };
    const services = { ping: ping() };
    ordinary = await createLibp2p({ ...secured, addresses, transports: [tcp()], services });
    [, port] = /\/tcp\/(\d+)/.exec(String(ordinary.getMultiaddrs()[0]));
    const transports = [peernet({ peer: pair.ben }), tcp()];
    dialler = await createLibp2p({ ...secured, transports, services });
  });
  after(async () => {
    await Promise.all([ordinary.stop(), dialler.stop()]);
    await pair.stop();
  });

  it("is dialled behind a port that is served to us, and by no other way", async () => {
    const { anna } = pair;
    const address = multiaddr(`/ip6/${anna.address}/tcp/${port}`);
    await assert.rejects(dialler.dial(address), /does not let you reach port/);
    const { people, served } = anna.peer.gateway;
    const to = [{ t: "person", id: people.resolve("Ben") }];
    await new Promise((resolve, reject) => {
      served.serve({ port: Number(port), name: undefined, to }, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
      anna.poke();
    });
    assert.ok((await dialler.services.ping.ping(address)) >= 0);
    const [connection] = dialler.getConnections();
    assert.ok(String(connection.remoteAddr).startsWith(String(address)));
    await connection.close();
    assert.equal(connection.status, "closed");
  });
});

it("the example of docs/API.md does what it says", async () => {
  const page = readFileSync(new URL("../../../docs/API.md", import.meta.url), "utf8");
  const blocks = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code);
  const [peers, libp2p] = blocks;
  const end = peers.lastIndexOf("await Promise.all([anna.stop()");
  const code = `${peers.slice(0, end)}${libp2p}${peers.slice(end)}`
    .replaceAll("peernet/node", "../../../dist/adapters/node/embed/index.js")
    .replaceAll("peernet/libp2p", "../../../dist/adapters/libp2p/index.js");
  const file = fileURLToPath(new URL("example-of-docs.mjs", import.meta.url));
  writeFileSync(file, code);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 50_000 });
    assert.match(stdout, /^there and back in \d+ ms$/m);
  } finally {
    rmSync(file);
  }
});
