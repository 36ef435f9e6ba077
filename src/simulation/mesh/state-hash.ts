import { toHex, utf8 } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { MeshWorld } from "./world.ts";

/** Places whose whole tables go into the fingerprint; of larger meshes, some evenly spread. */
const TABLES_MAX = 64;

/**
 * A fingerprint of all that happened, of what every link carried, and of the tables of up to 64
 * routers. Two runs of the same seed must end with the same one.
 */
export function meshHash(world: MeshWorld, suite: Pick<CryptoSuite, "sha256">): string {
  const every = Math.max(1, Math.floor(world.places.length / TABLES_MAX));
  let hash = suite.sha256(utf8(`${world.nowMs} ${world.executed} ${world.trace.join()}\n`));
  for (const { number, sides, router, reachable } of world.places) {
    const lines = [`place ${number} reaches ${reachable}`];
    for (const { to, carried } of sides.values()) {
      lines.push(`${to} ${carried.controlBytes} ${carried.packetBytes}`);
    }
    const routes = number % every === 0 ? (router?.routes() ?? []) : [];
    for (const { destination, metric, nextHop } of routes) {
      lines.push(`${destination} ${metric} ${nextHop}`);
    }
    // Place after place: a large mesh has more lines than a call takes arguments.
    hash = suite.sha256(hash, utf8(lines.join("\n")));
  }
  return toHex(hash);
}
