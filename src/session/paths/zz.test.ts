import { test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { utf8 } from "../../base/bytes.ts";
import { testRandom } from "../../testing/fixtures.ts";
import { BLACKHOLE, hasHonestPath, randomLinks, SessionMesh } from "./mesh.fixture.ts";
const suite = createNodeSuite();
test("storm", () => {
  for (const [seed, share] of [["two 0.1", 0.1], ["three 0.2", 0.2], ["one 0.2", 0.2]] as const) {
  const SIZE = 60;
  const links = randomLinks(seed, SIZE, seed.startsWith("one") ? 4 : 6);
  const mesh = new SessionMesh(suite, SIZE, { seed, delayMs: 10 });
  mesh.join(...links);
  mesh.run(3_000);
  const random = testRandom(`bad ${seed}`);
  const bad = new Set<number>();
  while (bad.size < share * SIZE) bad.add(random.u32() % SIZE);
  for (const place of bad) mesh.relays.set(place, BLACKHOLE);
  const got = new Set<string>();
  for (const { place, manager } of mesh.peers) manager.serve("first", (_, from) => ({ onData: () => { got.add(`${mesh.place(from.id)}-${place}`); }, onEnd() {}, onDrain() {}, onClose() {} }));
  const wanted = new Set<string>();
  const count = new Map<string, number>();
  mesh.onLink = (from, _to, header) => { const d = Buffer.from(header.subarray(2, 18)).toString("hex"); const k = `${from}>${mesh.place(d)}`; count.set(k, (count.get(k) ?? 0) + 1); };
  while (wanted.size < 100) {
    const [a, b] = [random.u32() % SIZE, random.u32() % SIZE];
    if (a === b || bad.has(a) || bad.has(b) || !hasHonestPath(links, bad, a, b)) continue;
    const key = `${a}-${b}`;
    if (wanted.has(key)) continue;
    wanted.add(key);
    mesh.open(a, b, "first", utf8("hello"));
  }
  mesh.run(5_000);
  const top = [...count].sort((x, y) => y[1] - x[1]).slice(0, 6);
  console.log(seed, "got", got.size, "packets", mesh.linkPackets, "bytes", mesh.linkBytes, top);
  for (const key of wanted) { const [a, b] = key.split("-").map(Number) as [number, number]; if (!got.has(key)) console.log("  missing", key, "deg", mesh.neighbours(a).length, mesh.neighbours(b).length, "badn", mesh.neighbours(a).filter((n) => bad.has(n)).length, mesh.neighbours(b).filter((n) => bad.has(n)).length, mesh.peer(a).manager.paths(mesh.peer(b).id).length, JSON.stringify(mesh.peer(a).manager.stats().handshakesBegun), JSON.stringify(mesh.peer(b).manager.paths(mesh.peer(a).id).map((p) => [p.kind, p.labelCount, p.primary, p.lastHeardMs]))); }
  console.log("switches", mesh.peers.map((p) => p.manager.stats().pathSwitches).join(" "));
  }
}, 100_000);
