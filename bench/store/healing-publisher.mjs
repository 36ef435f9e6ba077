// node healing-publisher.mjs <home> <bytes> <n> <agents>
// Puts an object in gentle layers from a peer of its own, waits until every fragment lies with
// somebody else, prints what it is as one line of JSON, and ends with its stdin.
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const built = (path) => import(pathToFileURL(resolve("dist", path)).href);
const { startNodePeer } = await built("adapters/node/embed/index.js");
const { parseObjectLink, rootOf } = await built("store/index.js");

const [home, bytes, n, agents] = process.argv.slice(2);
const sizeBytes = Number(bytes);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const node = await startNodePeer({ home, name: "publisher" });
const { peer } = node;
const act = (use) => {
  const answer = use();
  node.poke();
  return answer;
};
while (peer.routing.routes().length < Number(agents)) await pause(100);

// Thumbnail from any 3, a tenth from any 10, the rest from any 20 (the gentle profile).
const thumbnail = Math.round(0.0085 * sizeBytes);
const tenth = Math.round(0.1 * sizeBytes);
const layers = [
  { k: 3, sizeBytes: thumbnail, role: "preview" },
  { k: 10, sizeBytes: tenth, role: "body" },
  { k: 20, role: "body" },
];
const link = await new Promise((done, fail) => {
  let drained = () => {};
  const job = act(() =>
    peer.store.beginPut(
      { name: "bed.bin", n: Number(n), nMax: 64, layers },
      { onDone: done, onError: fail, onDrain: () => drained() },
    ),
  );
  const write = async () => {
    for (let at = 0; at < sizeBytes; at += 1 << 18) {
      const part = randomBytes(Math.min(1 << 18, sizeBytes - at));
      const waits = new Promise((go) => {
        drained = go;
      });
      if (!act(() => job.write(part))) await waits;
    }
    act(() => job.finish());
  };
  write().catch(fail);
});
// What it keeps itself goes with it.
const health = () => peer.store.object(link).health;
while (health().waiting > 0 || health().holders < Math.min(Number(n), Number(agents)))
  await pause(100);
await pause(1_000);
const { readKey } = parseObjectLink(link);
const own = peer.store.usage().fragmentCount;
console.log(
  JSON.stringify({
    root: rootOf(link),
    sizeBytes,
    readKey: Buffer.from(readKey).toString("hex"),
    own,
  }),
);
process.stdin.resume();
process.stdin.once("end", () => {
  node.stop().then(() => process.exit(0));
});
