import type { CryptoSuite } from "../../crypto/index.ts";
import { ID_BYTES, type PeerId } from "../../identity/index.ts";
import type { Meeting } from "../path-types.ts";
import { MEETINGS_MAX, SKETCH_PEERS_MAX } from "./limits.ts";
import { distanceTo, nearestPeers, type Vicinity } from "./vicinity.ts";

/** Bytes of one peer in a sketch: 8 of its salted hash, one of its distance. */
export const SKETCH_ENTRY_BYTES = 9;
const STEPS_PER_OCTAVE = 12;

/** A distance in one byte: 0 for 0, else a twelfth of an octave per step (at most 3 % off). */
export function quantiseMetric(metric: number): number {
  if (metric <= 0) return 0;
  return Math.min(255, 1 + Math.round(STEPS_PER_OCTAVE * Math.log2(Math.max(1, metric))));
}

/** The distance that a quantised one stands for. */
export function metricOfStep(step: number): number {
  return step === 0 ? 0 : Math.round(2 ** ((step - 1) / STEPS_PER_OCTAVE));
}

/** This router as one of the peers it knows. */
export interface SketchSelf {
  readonly id: PeerId;
  readonly idBytes: Uint8Array;
}

/** See `PathPort.sketch`. This router itself comes first, at distance 0. */
export function makeSketch(
  suite: CryptoSuite,
  self: SketchSelf,
  vicinity: Vicinity,
  salt: Uint8Array,
  peersMax: number,
): Uint8Array {
  const peers = nearestPeers(vicinity);
  const count = Math.min(peers.length + 1, Math.max(0, Math.floor(peersMax)), SKETCH_PEERS_MAX);
  const sketch = new Uint8Array(count * SKETCH_ENTRY_BYTES);
  const hashOf = salted(suite, salt);
  for (let i = 0; i < count; i++) {
    const peer = i === 0 ? undefined : peers[i - 1];
    const hash = hashOf(peer?.idBytes ?? self.idBytes);
    const at = i * SKETCH_ENTRY_BYTES;
    for (let k = 0; k < 8; k++) sketch[at + k] = hash[k] ?? 0;
    sketch[at + 8] = peer === undefined ? 0 : quantiseMetric(distanceTo(peer));
  }
  return sketch;
}

/** See `PathPort.meetings`. A sketch that is too long or cut in the middle has none. */
export function findMeetings(
  suite: CryptoSuite,
  self: SketchSelf,
  vicinity: Vicinity,
  salt: Uint8Array,
  sketch: Uint8Array,
  peersMax: number,
): readonly Meeting[] {
  const entries = sketch.length / SKETCH_ENTRY_BYTES;
  if (!Number.isInteger(entries) || entries > SKETCH_PEERS_MAX) return [];
  const byHash = new Map<number, number>();
  for (let at = 0; at < sketch.length; at += SKETCH_ENTRY_BYTES) {
    const key = keyAt(sketch, at);
    if (!byHash.has(key)) byHash.set(key, at);
  }
  const found: Meeting[] = [];
  const hashOf = salted(suite, salt);
  const look = (id: PeerId, idBytes: Uint8Array, metric: number): void => {
    const hash = hashOf(idBytes);
    const at = byHash.get(keyAt(hash, 0));
    if (at === undefined || sketch[at + 6] !== hash[6] || sketch[at + 7] !== hash[7]) return;
    found.push({ peer: id, metric: metric + metricOfStep(sketch[at + 8] ?? 0) });
  };
  look(self.id, self.idBytes, 0);
  for (const peer of vicinity.values()) {
    if (peer.selected !== undefined) look(peer.id, peer.idBytes, peer.metric);
  }
  found.sort((a, b) => a.metric - b.metric || (a.peer < b.peer ? -1 : a.peer > b.peer ? 1 : 0));
  return found.slice(0, Math.max(0, Math.min(peersMax, MEETINGS_MAX)));
}

/** SHA-256 of salt and id, hashed from one buffer, which is faster than in two parts. */
function salted(suite: CryptoSuite, salt: Uint8Array): (idBytes: Uint8Array) => Uint8Array {
  const input = new Uint8Array(salt.length + ID_BYTES);
  input.set(salt);
  return (idBytes) => {
    input.set(idBytes, salt.length);
    return suite.sha256(input);
  };
}

/** The first six bytes of a hash as one exact number. */
function keyAt(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const low =
    (bytes[at + 2] ?? 0) * 0x100_0000 +
    (((bytes[at + 3] ?? 0) << 16) | ((bytes[at + 4] ?? 0) << 8) | (bytes[at + 5] ?? 0));
  return high * 0x1_0000_0000 + low;
}
