import { TypedError } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { type Body, type Decision, GroupLog, majorityOf, type Op } from "../../groups/log/index.ts";
import type { Random } from "../../ports/index.ts";
import { between, chance, pick, shuffled } from "../dice.ts";
import { leaksOf } from "./fuzz-checks.ts";
import { type FuzzCheckpoint, FuzzNewcomers, fuzzCheckpoint } from "./fuzz-newcomers.ts";
import {
  FUZZ_VOUCHING,
  type FuzzDevice,
  fuzzDevice,
  inviteKeyOf,
  joinBody,
  noOp,
  type Twist,
  written,
} from "./fuzz-people.ts";

/** What one round has shown. */
export interface FuzzResult {
  readonly ops: number;
  readonly partitions: number;
  /** Twisted operations that were taken up, and that were refused at the door. */
  readonly evilTaken: number;
  readonly evilRefused: number;
  /** Newcomers who began with a checkpoint, and those of them who were told something false. */
  readonly newcomers: number;
  readonly misled: number;
  /** Empty where all is well. */
  readonly diverged: readonly string[];
  readonly leaks: readonly string[];
}

const EVIL_SHARE = 0.35;
/** At how many of the steps a part may make the checkpoint of its round. */
const CHECKPOINT_SHARE = 0.05;

/** One round: a group in several parts, honest and evil devices, and what the parts say in the end. */
export function fuzzRound(suite: CryptoSuite, random: Random): FuzzResult {
  return new Round(suite, random).run();
}

class Round {
  readonly #suite: CryptoSuite;
  readonly #random: Random;
  readonly #devices: FuzzDevice[] = [];
  readonly #evil = new Set<string>();
  readonly #parts: GroupLog[] = [];
  readonly #all: Op[] = [];
  #evilTaken = 0;
  #evilRefused = 0;
  #checkpoint: FuzzCheckpoint | undefined;
  /** Dice of their own: what a seed plays does not change with them. */
  readonly #dice: Random;

  constructor(suite: CryptoSuite, random: Random) {
    this.#suite = suite;
    this.#random = random;
    this.#dice = random.fork("checkpoints");
  }

  run(): FuzzResult {
    const partitions = Math.floor(between(this.#random, 2, 6));
    this.#begin(partitions);
    const steps = Math.floor(between(this.#random, 20, 70));
    for (let step = 0; step < steps; step++) {
      this.#step();
      this.#mayCheckpoint();
    }
    for (const part of this.#parts) this.#deliver(part, this.#all);
    const fresh = this.#scrambled();
    const digests = [...this.#parts, fresh].map((part) => part.digest());
    const diverged: string[] = [];
    digests.forEach((digest, at) => {
      if (digest !== digests[0]) diverged.push(`part ${at} differs from part 0`);
    });
    this.#parts.forEach((part, at) => {
      if (part.freshDigest() !== digests[0]) diverged.push(`part ${at} differs from itself anew`);
    });
    const newcomers = new FuzzNewcomers(this.#suite, this.#dice, this.#all, digests[0] ?? "");
    if (this.#checkpoint !== undefined) {
      newcomers.honest(this.#checkpoint);
      newcomers.lying(this.#checkpoint);
    }
    diverged.push(...newcomers.diverged);
    return {
      ops: fresh.ops.size,
      ...{ newcomers: this.#checkpoint === undefined ? 0 : 1, misled: newcomers.lies },
      ...{ partitions, evilTaken: this.#evilTaken, evilRefused: this.#evilRefused },
      ...{ diverged, leaks: leaksOf(fresh) },
    };
  }

  #mayCheckpoint(): void {
    if (this.#checkpoint !== undefined || !chance(this.#dice, CHECKPOINT_SHARE)) return;
    this.#checkpoint = fuzzCheckpoint(this.#dice, pick(this.#dice, this.#parts));
  }

  #begin(partitions: number): void {
    const people = Math.floor(between(this.#random, 4, 9));
    for (let person = 0; person < people; person++) {
      const isEvil = person > 0 && chance(this.#random, EVIL_SHARE);
      for (let device = 0; device < 1 + (this.#random.u32() % 2); device++) {
        const one = fuzzDevice(this.#suite, String(person), String(device));
        this.#devices.push(one);
        if (isEvil) this.#evil.add(one.keyHex);
      }
    }
    const [founder] = this.#devices;
    if (founder === undefined) return;
    const first = new GroupLog(this.#suite, FUZZ_VOUCHING);
    const owners = [founder.person];
    const second = this.#devices.find(({ person }) => person !== founder.person);
    if (second !== undefined && chance(this.#random, 0.3)) owners.push(second.person);
    const quorum = majorityOf(owners.length);
    const nonce = this.#random.bytes(16);
    const genesis: Body = { t: "genesis", title: "coop", nonce, owners, quorum, label: "founder" };
    this.#parts.push(first);
    this.#write(first, founder, genesis, {});
    for (let part = 1; part < partitions; part++) {
      this.#parts.push(new GroupLog(this.#suite, FUZZ_VOUCHING));
    }
    for (let early = 0; early < 3; early++) this.#write(first, founder, this.#add(), {});
    for (const part of this.#parts) this.#deliver(part, this.#all);
  }

  #step(): void {
    const random = this.#random;
    if (chance(random, 0.15)) {
      const [from, to] = [pick(random, this.#parts), pick(random, this.#parts)];
      this.#deliver(
        to,
        from.ops.entries.map(({ op }) => op),
      );
      return;
    }
    const part = pick(random, this.#parts);
    const device = pick(random, this.#devices);
    const isIn = part.ops.byPerson.has(device.person) || part.members().has(device.person);
    const isEvil = this.#evil.has(device.keyHex) && chance(random, isIn ? 0.6 : 0.1);
    if (isEvil) this.#evilStep(part, device);
    else if (part.members().has(device.person) || chance(random, 0.3)) {
      this.#honestStep(part, device);
    }
  }

  #honestStep(part: GroupLog, device: FuzzDevice): void {
    const member = part.members().get(device.person);
    const body = this.#body(part, device);
    const needsNothing = body.t === "join" || body.t === "vote";
    if (!needsNothing && member === undefined) return;
    if (!needsNothing && body.t !== "leave" && member?.role === "member") return;
    this.#write(part, device, body, {});
  }

  #evilStep(part: GroupLog, device: FuzzDevice): void {
    const random = this.#random;
    const body = this.#body(part, device);
    const last = part.ops.lastOf(device.keyHex);
    const own = last === undefined ? [] : [last.op.id];
    const any = (): string => pick(random, part.ops.entries).op.id;
    const twists: readonly (() => Twist)[] = [
      () => ({}),
      // As if it had seen nothing for long: to get around a removal.
      () => ({ deps: [...own, any()].slice(0, own.length > 0 && chance(random, 0.5) ? 1 : 2) }),
      // Two stories under one number.
      () => ({ seq: Math.max(1, last?.op.seq ?? 1), deps: this.#depsBefore(part, device, any) }),
      () => ({ deps: [...own, noOp(this.#suite, `${random.u32()}`)] }),
      () => ({ seq: (last?.op.seq ?? 0) + 2 }),
    ];
    const twist = pick(random, twists)();
    const deps = twist.deps === undefined ? undefined : [...new Set(twist.deps)];
    const before = this.#all.length;
    this.#write(part, device, body, deps === undefined ? twist : { ...twist, deps });
    if (this.#all.length > before) this.#evilTaken++;
    else this.#evilRefused++;
  }

  #depsBefore(part: GroupLog, device: FuzzDevice, any: () => string): readonly string[] {
    const last = part.ops.lastOf(device.keyHex);
    const previous = last !== undefined && last.op.seq > 1 ? last.op.deps.slice(0, 1) : [];
    const grant = previous.length === 0 ? (last?.op.deps ?? []) : [];
    return [...previous, ...grant, any()].slice(0, 8);
  }

  #write(part: GroupLog, device: FuzzDevice, body: Body, twist: Twist): void {
    try {
      const op = written(this.#suite, part, device, body, twist);
      if (part.add(op) !== undefined) this.#all.push(op);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
    }
  }

  /** Whoever lacks what something depends on gets that before, whatever the order. */
  #deliver(part: GroupLog, ops: readonly Op[]): void {
    for (const op of ops) if (!part.ops.has(op.id)) part.add(op);
  }

  /** A log that got everything in another order. */
  #scrambled(): GroupLog {
    const log = new GroupLog(this.#suite, FUZZ_VOUCHING);
    let left = shuffled(this.#random, this.#all.length).map((at) => this.#all[at]);
    while (left.length > 0) {
      const later = left.filter((op) => {
        if (op === undefined || op.deps.some((dep) => !log.ops.has(dep))) return op !== undefined;
        log.add(op);
        if (chance(this.#random, 0.2)) log.members();
        return false;
      });
      if (later.length === left.length) return log;
      left = later;
    }
    return log;
  }

  #someone(): string {
    return pick(this.#random, this.#devices).person;
  }

  #add(): Body {
    const role = chance(this.#random, 0.6) ? "admin" : "member";
    const targets = [{ person: this.#someone(), label: `m${this.#random.u32() % 9}` }];
    return { t: "add", role, targets };
  }

  #body(part: GroupLog, device: FuzzDevice): Body {
    const random = this.#random;
    const invites = part.ops.entries.filter(({ op }) => op.body.t === "invite");
    const kinds: readonly (() => Body)[] = [
      () => this.#add(),
      () => this.#add(),
      () => ({ t: "remove", targets: [this.#someone()] }),
      () => ({ t: "remove", targets: [this.#someone()] }),
      () => ({ t: "leave" }),
      () => ({
        t: "invite",
        key: inviteKeyOf(this.#suite, device.person).publicKey,
        uses: 1 + (random.u32() % 2),
        expiresAtMs: 1,
        role: chance(random, 0.3) ? "admin" : "member",
      }),
      () => this.#join(part, device),
      () => this.#join(part, device),
      () => ({
        t: "role",
        person: this.#someone(),
        role: chance(random, 0.5) ? "admin" : "member",
      }),
      () => ({ t: "name", label: pick(random, ["printer", "nas"]), target: this.#target() }),
      () => ({ t: "policy", key: "title", value: `coop ${random.u32() % 5}` }),
      () => ({ t: "vote", base: part.ownership.base, decision: this.#decision(part) }),
      () => ({ t: "vote", base: part.ownership.base, decision: this.#decision(part) }),
      () => ({ t: "epoch" }),
      () => {
        const invite = invites.length === 0 ? undefined : pick(random, invites);
        return invite === undefined ? { t: "epoch" } : { t: "revoke", invite: invite.op.id };
      },
    ];
    return pick(random, kinds)();
  }

  #join(part: GroupLog, device: FuzzDevice): Body {
    const invites = part.ops.entries.filter(({ op }) => op.body.t === "invite");
    if (invites.length === 0) return { t: "epoch" };
    const invite = pick(this.#random, invites);
    const key = inviteKeyOf(this.#suite, invite.person);
    return joinBody(part, device, invite.op.id, key);
  }

  #target(): { readonly t: "person"; readonly id: string } | undefined {
    return chance(this.#random, 0.2) ? undefined : { t: "person", id: this.#someone() };
  }

  #decision(part: GroupLog): Decision {
    const random = this.#random;
    const proposals = part.proposals();
    if (proposals.length > 0 && chance(random, 0.7)) return pick(random, proposals).decision;
    if (chance(random, 0.4)) return { t: "remove", targets: [this.#someone()] };
    const count = 1 + (random.u32() % 3);
    const owners = [...new Set(Array.from({ length: count }, () => this.#someone()))];
    const heirs = chance(random, 0.5) ? [this.#someone()] : [];
    const t = part.ownership.heirs.length > 0 && chance(random, 0.3) ? "handover" : "owners";
    return { t, owners, quorum: majorityOf(owners.length), heirs };
  }
}
