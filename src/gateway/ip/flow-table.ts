import {
  ECHO_IDLE_MS,
  FLOW_LOOKS_MAX,
  FLOW_SWEEP_MS,
  FLOWS_MAX,
  TCP_BRIEF_IDLE_MS,
  TCP_IDLE_MS,
  UDP_IDLE_MS,
} from "./limits.ts";
import { mix, type PeerTable } from "./peer-table.ts";

const NONE = -1;
const BUCKETS = FLOWS_MAX * 2;

/** What a flow is at the moment; decides how long it may be silent. */
export const FLOW_STATE = { free: 0, opening: 1, open: 2, closing: 3, udp: 4, echo: 5 } as const;

const IDLE_MS = [0, TCP_BRIEF_IDLE_MS, TCP_IDLE_MS, TCP_BRIEF_IDLE_MS, UDP_IDLE_MS, ECHO_IDLE_MS];

/** A place for each exchange with a peer: protocol and both ports, in columns, nothing allocated. */
export class FlowTable {
  readonly #peers: PeerTable;
  readonly #seed: number;
  readonly #heads = new Int32Array(BUCKETS).fill(NONE);
  readonly #next = new Int32Array(FLOWS_MAX).fill(NONE);
  /** Peer's number and protocol; both ports. */
  readonly #owners = new Uint32Array(FLOWS_MAX);
  readonly #ports = new Uint32Array(FLOWS_MAX);
  readonly #states = new Uint8Array(FLOWS_MAX);
  readonly #theirs = new Uint8Array(FLOWS_MAX);
  readonly #barred = new Uint8Array(FLOWS_MAX);
  readonly #atMs = new Float64Array(FLOWS_MAX);
  #firstFree = 0;
  #size = 0;
  #turn = 0;
  #sweptAtMs = Number.NEGATIVE_INFINITY;

  constructor(peers: PeerTable, seed: number) {
    this.#peers = peers;
    this.#seed = seed;
    for (let flow = 0; flow < FLOWS_MAX - 1; flow++) this.#next[flow] = flow + 1;
  }

  /** Flows that are remembered, those that have been silent too long included. */
  get size(): number {
    return this.#size;
  }

  /** The flow between our `local` port and the peer's `remote` one, or -1. */
  find(slot: number, protocol: number, local: number, remote: number, nowMs: number): number {
    const owner = (slot << 8) | protocol;
    const ports = ((local << 16) | remote) >>> 0;
    for (let flow = this.#heads[this.#bucket(owner, ports)] ?? NONE; flow !== NONE; ) {
      if (this.#owners[flow] === owner && this.#ports[flow] === ports) {
        if (this.#isAlive(flow, nowMs)) return flow;
        this.#remove(flow);
        return NONE;
      }
      flow = this.#next[flow] ?? NONE;
    }
    return NONE;
  }

  /**
   * Remembers a flow that `find` has not found.
   * @param isTheirs whether the peer began it
   * @returns the flow, or -1 where the table is full; one of ours makes room for itself
   */
  add(
    slot: number,
    protocol: number,
    local: number,
    remote: number,
    state: number,
    isTheirs: boolean,
    nowMs: number,
  ): number {
    if (this.#firstFree === NONE) this.#makeRoom(isTheirs, nowMs);
    const flow = this.#firstFree;
    if (flow === NONE) return NONE;
    this.#firstFree = this.#next[flow] ?? NONE;
    const owner = (slot << 8) | protocol;
    const ports = ((local << 16) | remote) >>> 0;
    this.#owners[flow] = owner;
    this.#ports[flow] = ports;
    this.#states[flow] = state;
    this.#theirs[flow] = isTheirs ? 1 : 0;
    this.#barred[flow] = 0;
    this.#atMs[flow] = nowMs;
    const bucket = this.#bucket(owner, ports);
    this.#next[flow] = this.#heads[bucket] ?? NONE;
    this.#heads[bucket] = flow;
    this.#peers.countFlow(slot, 1);
    this.#size++;
    return flow;
  }

  stateOf(flow: number): number {
    return this.#states[flow] ?? FLOW_STATE.free;
  }

  isTheirs(flow: number): boolean {
    return this.#theirs[flow] === 1;
  }

  /** Whether a rule that once let it in does so no longer. */
  isBarred(flow: number): boolean {
    return this.#barred[flow] === 1;
  }

  bar(flow: number): void {
    this.#barred[flow] = 1;
  }

  /** A packet of the flow passed. */
  touch(flow: number, state: number, nowMs: number): void {
    this.#states[flow] = state;
    this.#atMs[flow] = nowMs;
  }

  /** Calls `visit` with every flow that a peer began. */
  eachOfTheirs(visit: (flow: number, slot: number, protocol: number, local: number) => void): void {
    for (let flow = 0; flow < FLOWS_MAX; flow++) {
      if (this.#states[flow] === FLOW_STATE.free || this.#theirs[flow] !== 1) continue;
      const owner = this.#owners[flow] ?? 0;
      visit(flow, owner >>> 8, owner & 0xff, (this.#ports[flow] ?? 0) >>> 16);
    }
  }

  forget(flow: number): void {
    this.#remove(flow);
  }

  #isAlive(flow: number, nowMs: number): boolean {
    return nowMs - (this.#atMs[flow] ?? 0) < (IDLE_MS[this.stateOf(flow)] ?? 0);
  }

  /** Forgets all flows that have been silent too long; no more often than the limit says. */
  sweep(nowMs: number): void {
    if (nowMs - this.#sweptAtMs < FLOW_SWEEP_MS) return;
    this.#sweptAtMs = nowMs;
    for (let flow = 0; flow < FLOWS_MAX; flow++) {
      if (this.stateOf(flow) !== FLOW_STATE.free && !this.#isAlive(flow, nowMs)) {
        this.#remove(flow);
      }
    }
  }

  #makeRoom(isTheirs: boolean, nowMs: number): void {
    this.sweep(nowMs);
    if (this.#firstFree !== NONE || isTheirs) return;
    this.#remove(this.#idlest(nowMs));
  }

  /** Of some flows the one that has used up most of the silence it is allowed. */
  #idlest(nowMs: number): number {
    let idlest = this.#turn;
    let most = -1;
    for (let looked = 0; looked < FLOW_LOOKS_MAX; looked++) {
      const flow = this.#turn;
      this.#turn = (flow + 1) % FLOWS_MAX;
      const share = (nowMs - (this.#atMs[flow] ?? 0)) / (IDLE_MS[this.stateOf(flow)] ?? 1);
      if (share <= most) continue;
      most = share;
      idlest = flow;
    }
    return idlest;
  }

  #remove(flow: number): void {
    const owner = this.#owners[flow] ?? 0;
    const bucket = this.#bucket(owner, this.#ports[flow] ?? 0);
    const after = this.#next[flow] ?? NONE;
    let before = this.#heads[bucket] ?? NONE;
    if (before === flow) this.#heads[bucket] = after;
    else {
      while (before !== NONE && this.#next[before] !== flow) before = this.#next[before] ?? NONE;
      if (before !== NONE) this.#next[before] = after;
    }
    this.#states[flow] = FLOW_STATE.free;
    this.#next[flow] = this.#firstFree;
    this.#firstFree = flow;
    this.#peers.countFlow(owner >>> 8, -1);
    this.#size--;
  }

  #bucket(owner: number, ports: number): number {
    return mix(mix(this.#seed, owner), ports) & (BUCKETS - 1);
  }
}
