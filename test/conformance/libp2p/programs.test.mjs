// Two processes over real sockets, linked by a third peer who knows neither: what is written for libp2p runs
// over Peernet unchanged, with no relay of libp2p's.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { makeFolder, startPeer } from "./pair.mjs";

/** A child of `program.mjs` whose verbs are its methods. */
function startProgram() {
  const child = fork(new URL("program.mjs", import.meta.url));
  const waiting = new Map();
  let count = 0;
  child.on("message", ([id, error, result]) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === null) resolve(result);
    else reject(new Error(error));
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  gone.then((code) => {
    for (const { reject } of waiting.values()) reject(new Error(`The program ended: ${code}`));
  });
  const call = (verb, ...args) => {
    return new Promise((resolve, reject) => {
      waiting.set(++count, { resolve, reject });
      child.send([count, verb, ...args]);
    });
  };
  return { call, gone, kill: () => child.kill("SIGKILL") };
}

async function until(what) {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe("two programs that speak libp2p, in two processes", () => {
  const { folder, remove } = makeFolder();
  let between;
  let anna;
  let ben;
  let address;
  before(async () => {
    between = await startPeer(folder, "Cleo");
    anna = startProgram();
    ben = startProgram();
    await anna.call("start", folder, "Anna", between.listening);
    await ben.call("start", folder, "Ben", between.listening);
    await ben.call("add", await anna.call("invite"), "Anna");
    [address] = await anna.call("libp2p", ["Ben"]);
    await ben.call("libp2p", []);
  });
  after(async () => {
    anna.kill();
    ben.kill();
    await between.stop();
    remove();
  });

  it("announces an address that says where it is", () => {
    assert.match(address, /^\/ip6\/fd[0-9a-f:]+\/tcp\/49152\/p2p\/12D3\w+$/);
  });

  it("dials by it, and both ends know whose connection it is", async () => {
    const { remotePeer, remoteAddr } = await ben.call("dial", address);
    assert.equal(remoteAddr, address);
    assert.ok(address.endsWith(remotePeer));
    await until(async () => (await anna.call("connections")).length === 1);
    const [taken] = await anna.call("connections");
    assert.match(taken.remoteAddr, /^\/ip6\/fd[0-9a-f:]+\/tcp\/0\/p2p\/12D3\w+$/);
    assert.deepEqual([taken.direction, taken.status], ["inbound", "open"]);
  });

  it("ping has a round trip", async () => {
    assert.ok((await ben.call("ping", address)) >= 0);
  });

  it("identify tells protocols and addresses that can be dialled", async () => {
    const hasAll = ({ protocols, addresses }) =>
      protocols.includes("/ipfs/ping/1.0.0") && addresses.some((one) => address.startsWith(one));
    await until(async () => (await ben.call("known")).some(hasAll));
  });

  it("gossipsub carries messages both ways", async () => {
    for (const one of [anna, ben]) await one.call("subscribe", "talk");
    for (const one of [anna, ben]) {
      await until(async () => (await one.call("subscribers", "talk")) === 1);
    }
    await anna.call("publish", "talk", "from Anna");
    await ben.call("publish", "talk", "from Ben");
    await until(async () => (await ben.call("heard")).includes("from Anna"));
    await until(async () => (await anna.call("heard")).includes("from Ben"));
  });

  it("Helia fetches a block over Bitswap", async () => {
    const cid = await anna.call("put", 1_000_000);
    assert.equal(await ben.call("get", cid), 1_000_000);
  });

  it("nobody whom Ben has not named gets through to him", async () => {
    await ben.call("hangUp");
    await until(async () => (await anna.call("connections")).length === 0);
    const [bens] = await ben.call("own");
    await assert.rejects(anna.call("dial", bens), /does not let you reach port 49152/);
  });

  it("a program that dies takes its connections with it", async () => {
    await ben.call("dial", address);
    ben.kill();
    await ben.gone;
    await until(async () => (await anna.call("connections")).length === 0);
  });

  it("a program that stops has nothing left to wait for", async () => {
    await anna.call("stop");
    assert.equal(await anna.gone, 0);
  });
});
