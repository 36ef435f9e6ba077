import { fromHex, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { PeerId } from "../../identity/index.ts";

const LABEL = utf8("peernet heal v1");

/** Compares two agents: below 0 where `a` heals this object before `b`. The same for everybody. */
export function compareAgents(suite: CryptoSuite, root: string, a: PeerId, b: PeerId): number {
  const [ofA, ofB] = [weight(suite, root, a), weight(suite, root, b)];
  if (ofA !== ofB) return ofA > ofB ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** How many of the agents heal an object before this one (highest random weight first). */
export function rankOf(
  suite: CryptoSuite,
  root: string,
  self: PeerId,
  agents: Iterable<PeerId>,
): number {
  let rank = 0;
  for (const agent of agents) {
    if (agent !== self && compareAgents(suite, root, agent, self) < 0) rank++;
  }
  return rank;
}

function weight(suite: CryptoSuite, root: string, peer: PeerId): number {
  const bytes = must(fromHex(root + peer), "roots and ids are hexadecimal");
  const hash = suite.sha256(LABEL, bytes);
  return new DataView(hash.buffer, hash.byteOffset).getUint32(0);
}
