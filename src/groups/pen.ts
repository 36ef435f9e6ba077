import { NO_BYTES, toHex } from "../base/bytes.ts";
import { TypedError } from "../base/errors.ts";
import type { GroupsContext } from "./context.ts";
import { GroupsError } from "./errors.ts";
import type { FormerOps } from "./former.ts";
import type { Group } from "./group.ts";
import { labelOf } from "./label.ts";
import { inviteKey } from "./link.ts";
import { type Body, joinSigned, type Op, type OpId, type OpTerms, signOp } from "./log/index.ts";

/** Signs what this device says in groups, each operation after its last one. */
export class Pen {
  /** This device's last operations in groups that are here no longer: none may have their number. */
  readonly former: FormerOps = new Map();
  readonly #context: GroupsContext;
  readonly #device: string;

  constructor(context: GroupsContext) {
    this.#context = context;
    this.#device = toHex(context.identity.signKey.publicKey);
  }

  /** The beginning of a new group. @throws GroupsError("bad-op") */
  first(body: Body): Op {
    return this.#sign({ group: "", seq: 1, deps: [], proof: this.#context.proof, body });
  }

  /** This device's last operation in a group; undefined where it has said nothing. */
  lastOf(group: Group): Op | undefined {
    return group.log.ops.lastOf(this.#device)?.op;
  }

  /** What this device says next. @throws GroupsError("forked" | "stale" | "bad-op") */
  next(group: Group, body: Body, also: readonly OpId[] = []): Op {
    const { identity, proof } = this.#context;
    if (group.log.forkedDevices().some(({ device }) => device === this.#device)) {
      throw new GroupsError("forked", FORKED);
    }
    if (!group.surety.isSure) throw new GroupsError("stale", STALE);
    const device = { key: this.#device, person: identity.person.personId, proof };
    return this.#sign(group.log.nextTerms(device, body, also));
  }

  /** A join by an invite, of a group of which this device may know nothing yet. */
  joinOp(
    id: string,
    known: Group | undefined,
    invite: { readonly id: OpId; readonly secret: Uint8Array },
  ): Op {
    const { suite, name, proof } = this.#context;
    const signature = inviteKey(suite, invite.secret).sign(joinSigned(id, invite.id, this.#device));
    const body: Body = { t: "join", invite: invite.id, label: labelOf(name), signature };
    if (known?.surety.isSure === false) throw new GroupsError("stale", STALE);
    if (known !== undefined && known.log.ops.size > 0) return this.next(known, body, [invite.id]);
    const former = this.former.get(id);
    const rest = { group: id, body };
    if (former === undefined) return this.#sign({ ...rest, seq: 1, deps: [invite.id], proof });
    const deps = [former.id, invite.id];
    return this.#sign({ ...rest, seq: former.seq + 1, deps, proof: NO_BYTES });
  }

  #sign(terms: OpTerms): Op {
    try {
      return signOp(this.#context.suite, this.#context.identity.signKey, terms);
    } catch (cause) {
      if (!(cause instanceof TypedError)) throw cause;
      throw new GroupsError("bad-op", `This cannot be said in a group: ${cause.message}`, {
        cause,
      });
    }
  }
}

const FORKED =
  "This device has told two stories in this group, as an old copy of its home does: the group takes nothing more from it. Use another of your devices, or let an admin invite a fresh one.";

const STALE =
  "This device may have forgotten what it said in this group: its home was salvaged, copied or put back. It goes on by itself once more than half of the other members have been in reach; try again then.";
