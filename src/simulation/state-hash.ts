import { toHex, utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { Message } from "../messages/index.ts";
import { recordsOn } from "./asking.ts";
import type { SimPeer } from "./sim-peer.ts";
import type { World } from "./world.ts";

/**
 * A fingerprint of everything that the peers have on their disks and in their message lists.
 * Two runs of the same seed must end with the same one.
 */
export function stateHash(
  world: World,
  suite: CryptoSuite,
  peers: readonly SimPeer[],
  lists: readonly (readonly Message[])[],
): string {
  const parts: Uint8Array[] = [];
  for (const peer of peers) {
    parts.push(utf8(`place ${peer.place}\n`));
    for (const { key, value } of recordsOn(world, peer, "")) {
      parts.push(utf8(`${key} ${toHex(suite.sha256(value))}\n`));
    }
    for (const key of [...peer.disk.blocks.keys("")].sort()) parts.push(utf8(`${key}\n`));
  }
  for (const [place, messages] of lists.entries()) {
    parts.push(utf8(`messages ${place}\n`));
    for (const { id, direction, text, state } of messages) {
      parts.push(utf8(`${id} ${direction} ${state} ${text}\n`));
    }
  }
  return toHex(suite.sha256(...parts));
}
