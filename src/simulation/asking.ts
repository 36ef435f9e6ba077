import type { Peer } from "../peer/index.ts";
import { SimulationError } from "./errors.ts";
import { DISK_LATENCY_MS } from "./limits.ts";
import type { SimPeer } from "./sim-peer.ts";
import type { World } from "./world.ts";

/** One record on a disk. */
export interface DiskRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

/** Longest wait of `ask`, in virtual milliseconds. */
const ANSWER_MS_MAX = 60_000;

/**
 * Asks a running peer something that it answers later, and lets time pass until it has.
 * @throws SimulationError("broken-promise") where the peer is not up or never answers
 */
export function ask<T>(
  world: World,
  simPeer: SimPeer,
  question: (peer: Peer, done: (answer: T) => void) => void,
): T {
  const answers: T[] = [];
  simPeer.act((peer) => question(peer, (answer) => answers.push(answer)));
  const tookMs = world.runUntil(() => answers.length > 0, ANSWER_MS_MAX, 5);
  for (const answer of answers) return answer;
  const words = `place ${simPeer.place} gave no answer after ${tookMs ?? ANSWER_MS_MAX} ms`;
  throw new SimulationError("broken-promise", words);
}

/** What stands on the disk of a peer, up or not, in key order. */
export function recordsOn(world: World, { disk }: SimPeer, prefix: string): readonly DiskRecord[] {
  const answers: (readonly DiskRecord[])[] = [];
  disk.records.scan(prefix, (_, found) => answers.push(found));
  world.runUntil(() => answers.length > 0, ANSWER_MS_MAX, DISK_LATENCY_MS);
  return answers[0] ?? [];
}
