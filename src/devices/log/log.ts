import { fromHex } from "../../base/bytes.ts";
import { must, TypedError } from "../../base/errors.ts";
import { takeFitting } from "../../base/take-fitting.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { LocalIdentity, PeerId } from "../../identity/index.ts";
import { OP_PARENTS_MAX } from "../limits.ts";
import { OpDag } from "./dag.ts";
import { evaluate, type LoggedDevice } from "./evaluate.ts";
import {
  type DeviceChange,
  type DeviceOp,
  encodeOp,
  opIdOf,
  readOp,
  type Signer,
  verifyOp,
} from "./op.ts";

/** The device log of one person as it is at one moment; adding to it makes another one. */
export class DeviceLog {
  readonly #suite: CryptoSuite;
  readonly #dag: OpDag;
  /** The person's sign key, 32 bytes. */
  readonly person: Uint8Array;
  /** All devices that the log names, by id. */
  readonly devices: ReadonlyMap<PeerId, LoggedDevice>;

  private constructor(suite: CryptoSuite, person: Uint8Array, dag: OpDag) {
    this.#suite = suite;
    this.person = person;
    this.#dag = dag;
    this.devices = evaluate(dag.all());
  }

  /** A log without operations. */
  static empty(suite: CryptoSuite, person: Uint8Array): DeviceLog {
    return new DeviceLog(suite, person, new OpDag());
  }

  /**
   * A log from this peer's own disk, whose signatures were verified before they came there.
   * @throws DevicesError where the disk is damaged
   */
  static stored(suite: CryptoSuite, person: Uint8Array, ops: readonly Uint8Array[]): DeviceLog {
    const dag = new OpDag();
    for (const bytes of ops) dag.add(readOp(suite, person, bytes), true);
    return new DeviceLog(suite, person, dag);
  }

  /**
   * A log from a disk that has lost some: every operation that proves itself and whose whole past is there, in whatever
   * order. The others are let go.
   */
  static salvaged(suite: CryptoSuite, person: Uint8Array, ops: readonly Uint8Array[]): DeviceLog {
    let log = DeviceLog.empty(suite, person);
    takeFitting(ops, (bytes) => {
      try {
        log = log.with([bytes]).log;
        return false;
      } catch (error) {
        if (!(error instanceof TypedError)) throw error;
        return error.code === "missing-past";
      }
    });
    return log;
  }

  get size(): number {
    return this.#dag.size;
  }

  /** Ids of the operations that no other one follows, in order. */
  get heads(): readonly string[] {
    return this.#dag.heads();
  }

  /** Whether an operation is in it. */
  has(opId: string): boolean {
    return this.#dag.get(opId) !== undefined;
  }

  /** Operations that somebody with these heads lacks, as far as is known; parents come first. */
  since(heads: readonly string[]): readonly DeviceOp[] {
    return this.#dag.since(heads);
  }

  /** All operations, parents first. */
  all(): readonly DeviceOp[] {
    return this.#dag.all().map(({ op }) => op);
  }

  /** An operation and what came before it: enough to prove it, and no more. */
  upTo(opId: string): readonly DeviceOp[] {
    return this.#dag.upTo(opId);
  }

  /**
   * The log with these operations as well, and those that were new in it.
   * @throws DevicesError "bad-op", "missing-past" or "log-full": then none is taken
   */
  with(ops: readonly Uint8Array[]): {
    readonly log: DeviceLog;
    readonly fresh: readonly DeviceOp[];
  } {
    const unknown = ops.filter((bytes) => !this.has(opIdOf(this.#suite, bytes)));
    if (unknown.length === 0) return { log: this, fresh: [] };
    const dag = new OpDag();
    for (const { op } of this.#dag.all()) dag.add(op, true);
    const fresh: DeviceOp[] = [];
    for (const bytes of unknown) {
      const op = readOp(this.#suite, this.person, bytes);
      // First what costs little: nobody but members makes us verify signatures.
      if (!dag.add(op, this.#isEntitled(op, dag))) continue;
      verifyOp(this.#suite, this.person, op);
      fresh.push(op);
    }
    return { log: new DeviceLog(this.#suite, this.person, dag), fresh };
  }

  /** An operation that follows all that this log knows. */
  sign(author: Signer, deviceSignKey: Uint8Array, change: DeviceChange, atMs: number): Uint8Array {
    const parents = this.heads
      .slice(0, OP_PARENTS_MAX)
      .map((id) => must(fromHex(id), "ids are hexadecimal"));
    return encodeOp(this.person, author, { parents, deviceSignKey, change, atMs });
  }

  /**
   * Who signs a change: the device itself, so that it shows who did it; the person's own key where
   * the device does not stand. A revocation by that key counts whatever else is learned later.
   */
  signerFor(identity: LocalIdentity, kind: DeviceChange["kind"]): Signer {
    const { root } = identity.person;
    const stands = this.devices.get(identity.id)?.state === "standing";
    return root === undefined || (stands && kind !== "revoke") ? identity.signKey : root;
  }

  /** The last places are for the person, and for senior devices to end a flood with. */
  #isEntitled({ author, change }: DeviceOp, dag: OpDag): boolean {
    if (author === undefined) return true;
    if (change.kind !== "revoke") return false;
    const device = this.devices.get(author);
    // One that this log hears of only now: whoever learns a whole flood at once must take its end, too.
    if (device === undefined) return dag.isAddedByPerson(author);
    return device.state === "standing" && device.depth === 1;
  }
}
