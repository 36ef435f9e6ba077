import { must } from "../base/errors.ts";
import type { Random } from "../ports/random.ts";
import { between, pick } from "./dice.ts";
import { SimulationError } from "./errors.ts";
import type { FaultPlan, Outage, Partition } from "./fault-plan.ts";
import { DISK_LATENCY_MS } from "./limits.ts";
import type { SimPeer } from "./sim-peer.ts";
import { GOOD_LINK, type VirtualNetwork } from "./virtual-network.ts";
import type { World } from "./world.ts";

/** How often each fault really happened in a run. */
export interface FaultCounts {
  readonly lost: number;
  readonly duplicated: number;
  readonly corrupted: number;
  /** Partitions in which at least one frame ran into a cut link. */
  readonly partitions: number;
  readonly crashes: number;
  /** Crashes at a moment at which the disk had writes to lose. */
  readonly tornCrashes: number;
  readonly stops: number;
  readonly lateStarts: number;
  /** Writes that crashes lost, and writes they left behind unacknowledged. */
  readonly lostWrites: number;
  readonly survivedWrites: number;
  /** Writes that disks refused. */
  readonly refusedWrites: number;
  readonly rottenBlocks: number;
}

/** Where a plan is carried out. */
export interface FaultScene {
  readonly world: World;
  readonly network: VirtualNetwork;
  readonly peers: readonly SimPeer[];
  readonly random: Random;
}

/** Longest wait of a torn crash for a write; then somebody makes an invite, which writes. */
const TORN_PATIENCE_MS = 5_000;

/** Pause before rot looks for a block again where there was none, in milliseconds. */
const ROT_AGAIN_MS = 500;

/** Carries out a plan and counts what really happened. */
export class FaultRunner {
  readonly #scene: FaultScene;
  readonly #plan: FaultPlan;
  #partitions = 0;
  #crashes = 0;
  #tornCrashes = 0;
  #stops = 0;
  #lateStarts = 0;
  #isHealed = false;

  constructor(scene: FaultScene, plan: FaultPlan) {
    this.#scene = scene;
    this.#plan = plan;
  }

  /** Puts everything that is going to happen into the world. */
  begin(): void {
    const { world, network, peers } = this.#scene;
    for (const [index, [a, b]] of network.links().entries()) {
      network.change(a, b, { profile: must(this.#plan.links[index], "a profile per link") });
    }
    for (const [place, atMs] of this.#plan.startsAtMs.entries()) {
      world.after(atMs, () => {
        if (this.#plan.late.has(place)) this.#lateStarts++;
        must(peers[place], "a peer per place").start();
      });
    }
    for (const partition of this.#plan.partitions) this.#partition(partition);
    for (const outage of this.#plan.outages) this.#outage(outage);
    for (const refusal of this.#plan.refusals) {
      world.after(refusal.atMs, () => {
        const { disk } = must(peers[refusal.place], "a peer per place");
        disk[refusal.store].faults.failNext(refusal.code, refusal.writes);
      });
    }
    for (const atMs of this.#plan.rotsAtMs) world.after(atMs, () => this.#rot());
  }

  /** Ends all faults: good links, everybody up. */
  heal(): void {
    this.#isHealed = true;
    const { network, peers } = this.#scene;
    network.heal();
    for (const [a, b] of network.links()) network.change(a, b, { profile: GOOD_LINK });
    for (const peer of peers) {
      peer.disk.records.faults.heal();
      peer.disk.blocks.faults.heal();
      peer.start();
    }
  }

  /** What has happened so far. */
  counts(): FaultCounts {
    const { network, peers } = this.#scene;
    const { lost, duplicated, corrupted } = network.faults;
    const disks = peers.map(({ disk }) => disk.faults);
    return {
      lost,
      duplicated,
      corrupted,
      partitions: this.#partitions,
      crashes: this.#crashes,
      tornCrashes: this.#tornCrashes,
      stops: this.#stops,
      lateStarts: this.#lateStarts,
      lostWrites: disks.reduce((sum, faults) => sum + faults.lost, 0),
      survivedWrites: disks.reduce((sum, faults) => sum + faults.survived, 0),
      refusedWrites: disks.reduce((sum, { full, io }) => sum + full + io, 0),
      rottenBlocks: disks.reduce((sum, faults) => sum + faults.damaged, 0),
    };
  }

  /**
   * Checks that everything planned came to pass.
   * @throws SimulationError("idle-fault") naming what did not
   */
  verify(): void {
    const { profile } = this.#plan;
    const counts = this.counts();
    const floors: readonly (readonly [keyof FaultCounts, number])[] = [
      ["lost", profile.loss > 0 ? 1 : 0],
      ["duplicated", profile.duplication > 0 ? 1 : 0],
      ["corrupted", profile.corruption > 0 ? 1 : 0],
      ["partitions", profile.partitions],
      ["crashes", profile.crashes],
      ["tornCrashes", profile.tornCrashes],
      ["stops", profile.stops],
      ["lateStarts", profile.lateStarts],
      ["refusedWrites", profile.diskErrors > 0 ? 1 : 0],
      ["rottenBlocks", profile.rot > 0 ? 1 : 0],
    ];
    for (const [fault, least] of floors) {
      if (counts[fault] >= least) continue;
      const words = `${fault}: ${counts[fault]} of ${least} planned happened, so nothing is shown.`;
      throw new SimulationError("idle-fault", `Seed ${this.#scene.world.seed}: ${words}`);
    }
  }

  #partition({ atMs, untilMs, left }: Partition): void {
    const { world, network } = this.#scene;
    world.after(atMs, () => {
      const before = network.faults.cut;
      network.partition((place) => left.has(place));
      world.after(untilMs - atMs, () => {
        if (network.faults.cut > before) this.#partitions++;
        network.heal();
      });
    });
  }

  #outage({ place, kind, atMs, backAtMs }: Outage): void {
    const { world, peers } = this.#scene;
    const peer = must(peers[place], "a peer per place");
    world.after(atMs, () => {
      if (kind === "stop") this.#stop(peer);
      else if (kind === "crash") this.#crash(peer);
      else this.#tear(peer, backAtMs - atMs);
    });
    world.after(backAtMs, () => {
      peer.start();
    });
  }

  /** Some block of some disk that has any; where none has, later. */
  #rot(): void {
    if (this.#isHealed) return;
    const { peers, random, world } = this.#scene;
    const blocks = peers.flatMap(({ disk }) =>
      [...disk.blocks.keys("")].sort().map((key) => ({ disk, key })),
    );
    if (blocks.length === 0) {
      world.after(ROT_AGAIN_MS, () => this.#rot());
      return;
    }
    const { disk, key } = pick(random, blocks);
    disk.blocks.damage(key);
  }

  #stop(peer: SimPeer): void {
    if (!peer.isUp) return;
    this.#stops++;
    peer.stop();
  }

  #crash(peer: SimPeer): void {
    if (!peer.isUp) return;
    this.#crashes++;
    if (peer.crash() > 0) this.#tornCrashes++;
  }

  /** Crashes the peer within its next write; where none comes for a while, it is given a reason. */
  #tear(peer: SimPeer, awayMs: number): void {
    const { world, random } = this.#scene;
    peer.disk.onWrite = () => {
      peer.disk.onWrite = undefined;
      world.after(between(random, 0, DISK_LATENCY_MS), () => this.#crash(peer));
    };
    world.after(Math.min(TORN_PATIENCE_MS, awayMs / 2), () => {
      if (peer.disk.onWrite === undefined) return;
      peer.act(({ contacts }) => contacts.createInvite([], () => undefined));
    });
  }
}
