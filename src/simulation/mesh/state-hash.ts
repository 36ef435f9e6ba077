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
  const parts: Uint8Array[] = [utf8(`${world.nowMs} ${world.executed} ${world.trace.join()}\n`)];
  for (const { number, sides, router, reachable } of world.places) {
    parts.push(utf8(`place ${number} reaches ${reachable}\n`));
    for (const { to, carried } of sides.values()) {
      parts.push(utf8(`${to} ${carried.controlBytes} ${carried.packetBytes}\n`));
    }
    if (router === undefined || number % every !== 0) continue;
    for (const { destination, metric, nextHop } of router.routes()) {
      parts.push(utf8(`${destination} ${metric} ${nextHop}\n`));
    }
  }
  return toHex(suite.sha256(...parts));
}
