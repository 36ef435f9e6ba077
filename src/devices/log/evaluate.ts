import { Heap } from "../../base/heap.ts";
import type { PeerId } from "../../identity/index.ts";
import { isBefore, type PlacedOp } from "./dag.ts";
import type { DeviceOrigin } from "./op.ts";

/** A device as its person's log has it. */
export interface LoggedDevice {
  readonly peerId: PeerId;
  /** Its sign key, 32 bytes. */
  readonly signKey: Uint8Array;
  readonly name: string;
  /** "standing": it acts for the person; "void": only a device that was revoked had added it. */
  readonly state: "standing" | "revoked" | "void";
  readonly origin: DeviceOrigin;
  /** Undefined: the person's own key. */
  readonly addedBy: PeerId | undefined;
  readonly addedAtMs: number;
  /** Blinded ids of the friends who brought it back. */
  readonly vouchers: readonly Uint8Array[];
  /** Id of the operation that ended it. */
  readonly revokedIn: string | undefined;
  /** Undefined: the person's own key, or not revoked. */
  readonly revokedBy: PeerId | undefined;
  /** 0 is the most senior device; devices that stand nowhere come last. */
  readonly rank: number;
  /** Devices between the person's own key and this one, itself included. */
  readonly depth: number;
  /** Whether it signed two histories: its disk was copied, or set back to an older copy. */
  readonly isForked: boolean;
}

/** One step of the way from the person's key to a device. */
type Step = readonly [generation: number, opId: string];

interface Candidate {
  readonly path: readonly Step[];
  readonly added: PlacedOp;
}

/** Fewer steps first; among equals the one that was added earlier, as its adder orders it. */
function isSenior(a: Candidate, b: Candidate): boolean {
  if (a.path.length !== b.path.length) return a.path.length < b.path.length;
  for (const [at, [generation, id]] of a.path.entries()) {
    const [otherGeneration, otherId] = b.path[at] ?? [0, ""];
    if (generation !== otherGeneration) return generation < otherGeneration;
    if (id !== otherId) return id < otherId;
  }
  return false;
}

/**
 * Who a person's devices are: a pure function of the set of operations, whatever their order.
 * Authors are taken by seniority, the person's own key first. A revocation counts where its author
 * is senior to the device (or is the device itself), for good, and voids all operations of the
 * device that it did not know of: dating them back is of no use. So two devices can never
 * remove each other, and a stolen junior one takes nobody out.
 */
export function evaluate(ops: readonly PlacedOp[]): ReadonlyMap<PeerId, LoggedDevice> {
  return new Evaluation(ops).run();
}

class Evaluation {
  readonly #byAuthor = new Map<PeerId | undefined, PlacedOp[]>();
  readonly #queue = new Heap<Candidate>(isSenior);
  readonly #members = new Map<PeerId, { readonly candidate: Candidate; readonly rank: number }>();
  /** Revocations that count, the most senior author's first. */
  readonly #revoked = new Map<PeerId, PlacedOp[]>();
  readonly #renamed = new Map<PeerId, PlacedOp[]>();
  readonly #mentioned = new Map<PeerId, PlacedOp>();

  constructor(ops: readonly PlacedOp[]) {
    for (const placed of [...ops].sort(byGeneration)) {
      push(this.#byAuthor, placed.op.author, placed);
      const before = this.#mentioned.get(placed.op.device);
      const isFirst = before === undefined || placed.op.id < before.op.id;
      if (placed.op.change.kind === "add" && isFirst) this.#mentioned.set(placed.op.device, placed);
    }
  }

  run(): ReadonlyMap<PeerId, LoggedDevice> {
    this.#takeAll(undefined, []);
    for (let next = this.#queue.pop(); next !== undefined; next = this.#queue.pop()) {
      const { device } = next.added.op;
      if (this.#members.has(device)) continue;
      this.#members.set(device, { candidate: next, rank: this.#members.size });
      this.#takeAll(device, next.path);
    }
    const devices = new Map<PeerId, LoggedDevice>();
    for (const device of this.#members.keys()) devices.set(device, this.#deviceOf(device));
    const others = [...this.#mentioned.keys(), ...this.#revoked.keys()].sort();
    for (const device of others) {
      if (!devices.has(device)) devices.set(device, this.#deviceOf(device));
    }
    return devices;
  }

  /** Takes those operations of an author that no revocation voids. */
  #takeAll(author: PeerId | undefined, path: readonly Step[]): void {
    // A copy: that a device takes its leave itself voids nothing it has said.
    const ends = author === undefined ? [] : [...(this.#revoked.get(author) ?? [])];
    for (const placed of this.#byAuthor.get(author) ?? []) {
      const { id, device, change } = placed.op;
      if (!ends.every((end) => isBefore(placed, end))) continue;
      if (change.kind === "name") push(this.#renamed, device, placed);
      else if (change.kind === "add") {
        this.#queue.push({ path: [...path, [placed.generation, id]], added: placed });
      } else if (device === author || !this.#members.has(device)) {
        push(this.#revoked, device, placed);
      }
    }
  }

  #deviceOf(device: PeerId): LoggedDevice {
    const member = this.#members.get(device);
    const added = member?.candidate.added ?? this.#mentioned.get(device);
    const [revoked] = this.#revoked.get(device) ?? [];
    const change = added?.op.change;
    const isAdd = change?.kind === "add";
    return {
      peerId: device,
      signKey: (added ?? revoked)?.op.deviceSignKey ?? new Uint8Array(0),
      name: this.#nameOf(device) ?? (isAdd ? change.name : ""),
      state: revoked !== undefined ? "revoked" : member !== undefined ? "standing" : "void",
      origin: isAdd ? change.origin : "paired",
      addedBy: added?.op.author,
      addedAtMs: added?.op.atMs ?? 0,
      vouchers: isAdd ? change.vouchers : [],
      revokedIn: revoked?.op.id,
      revokedBy: revoked?.op.author,
      rank: member?.rank ?? Number.POSITIVE_INFINITY,
      depth: member?.candidate.path.length ?? Number.POSITIVE_INFINITY,
      isForked: this.#isForked(device),
    };
  }

  /** The latest name; of names that were given at once, that of the most senior author. */
  #nameOf(device: PeerId): string | undefined {
    const names = this.#renamed.get(device) ?? [];
    const latest = names.find((one) => !names.some((other) => isBefore(one, other)));
    return latest?.op.change.kind === "name" ? latest.op.change.name : undefined;
  }

  #isForked(device: PeerId): boolean {
    const own = this.#byAuthor.get(device) ?? [];
    return own.some((placed, at) => {
      const before = own[at - 1];
      return before !== undefined && !isBefore(before, placed);
    });
  }
}

/** An order that depends on nothing but the set of operations. */
function byGeneration(a: PlacedOp, b: PlacedOp): number {
  return a.generation - b.generation || (a.op.id < b.op.id ? -1 : 1);
}

function push<K>(lists: Map<K, PlacedOp[]>, key: K, placed: PlacedOp): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [placed]);
  else list.push(placed);
}
