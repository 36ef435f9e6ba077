import { SerialChanges } from "../base/serial-changes.ts";
import type { PeerId } from "../identity/index.ts";
import type { DiskError, RecordWrite, Timed } from "../ports/index.ts";
import { Checkpoints } from "./checkpoints/checkpoints.ts";
import type { GroupsContext } from "./context.ts";
import { describeGroup } from "./describe.ts";
import { syncDesk } from "./desk.ts";
import { clearGroup, explain, settle, writeGroup, writeNewGroup } from "./disk.ts";
import { GroupsError } from "./errors.ts";
import { encodeFormer, formerKey } from "./former.ts";
import { Group } from "./group.ts";
import { type GroupRecord, groupKey } from "./group-record.ts";
import { freeLabel, hostLabel, labelOf } from "./label.ts";
import { Leases } from "./leases.ts";
import { CHANGES_WAITING_MAX, GROUPS_MAX, HINTS_MAX } from "./limits.ts";
import { formatGroupLink, isTitle, parseGroupLink } from "./link.ts";
import { loadGroups } from "./load.ts";
import { type Body, groupIdOf, limits, NONCE_BYTES, type Op } from "./log/index.ts";
import { Offers } from "./offers.ts";
import type { GroupsOptions } from "./options.ts";
import { Pen } from "./pen.ts";
import { certificateVouching, proofOf } from "./proof.ts";
import { Roster } from "./roster.ts";
import { Sync } from "./sync.ts";
import type { GroupInfo, GroupOffer } from "./types.ts";

type Done<T> = (error: GroupsError | null, value: T | undefined) => void;

/** What this device wants to say in a group, decided when its turn has come. */
export type Speech = (group: Group) => Body;

/**
 * Private groups: their logs on this device's disk and in memory, exchanged with members in reach.
 * What members may say in a group is in `GroupActs`. Call `load` first.
 */
export class Groups implements Timed {
  readonly #context: GroupsContext;
  readonly #options: GroupsOptions;
  /** The groups that are here, by name and by who is in them. */
  readonly roster: Roster = new Roster();
  readonly #offers = new Offers();
  readonly #sync: Sync;
  readonly #changes: SerialChanges<GroupsError> = new SerialChanges({
    waitingMax: CHANGES_WAITING_MAX,
    busy: () => new GroupsError("busy", "Too much waits for the disk; try again in a moment."),
    isRefusal: (error) => error instanceof GroupsError,
  });
  readonly #pen: Pen;
  readonly #leases: Leases;
  readonly #checkpoints: Checkpoints;

  constructor(options: GroupsOptions) {
    const { identity, suite } = options;
    this.#options = options;
    this.#context = {
      ...options,
      random: options.random.fork("groups"),
      vouching: certificateVouching(suite),
      proof: proofOf(identity.certificate),
      ...{ opsMax: limits.OPS_MAX, voidOpsMax: limits.VOID_OPS_MAX },
    };
    this.#pen = new Pen(this.#context);
    this.#leases = new Leases(this.#context, {
      groups: () => this.roster.all(),
      tell: (group, leases) => this.#sync.tellLeases(group, leases, undefined),
      changed: (group) => options.events.onGroupChanged(group.id),
    });
    this.#checkpoints = new Checkpoints(this.#context, {
      groups: () => this.roster.all(),
      partnersOf: (group) => this.#sync.partnersOf(group),
      changed: (group) => this.#changed(group),
      settled: (group) => this.#sync.resume(group),
    });
    this.#sync = new Sync(
      this.#context,
      syncDesk({
        ...{ roster: this.roster, offers: this.#offers, leases: this.#leases },
        ...{ isContact: options.isContact, events: options.events },
        ...{ sync: () => this.#sync, checkpoints: () => this.#checkpoints },
        changed: (group) => this.#changed(group),
        linkOf: (group) => this.#linkOf(group),
        self: identity.person.personId,
        join: (link) => this.join(link, () => undefined),
      }),
    );
  }

  /** Reads what is on disk; everything else works only after `done`. */
  load(done: (error: DiskError | null) => void): void {
    loadGroups(this.#context, (error, groups, former) => {
      if (error !== null) {
        done(error);
        return;
      }
      for (const [group, op] of former) this.#pen.former.set(group, op);
      for (const group of groups) this.roster.add(group);
      for (const part of [this.#sync, this.#leases, this.#checkpoints]) part.open();
      done(null);
    });
  }

  /** All groups, in order of their names here. */
  list(): readonly GroupInfo[] {
    const infos = this.roster.all().map((group) => this.#describe(group));
    return infos.sort((a, b) => (a.label < b.label ? -1 : 1));
  }

  /** One group by its name here or its id. @throws GroupsError("not-found") */
  info(idOrLabel: string): GroupInfo {
    return this.#describe(this.find(idOrLabel));
  }

  /** Groups that contacts have offered, oldest first. */
  offers(): readonly GroupOffer[] {
    return this.#offers.all();
  }

  /** Endpoints that links of groups have named. */
  endpoints(): readonly string[] {
    return this.roster.all().flatMap(({ record }) => record.endpoints);
  }

  /** @throws GroupsError("not-found") */
  find(idOrLabel: string): Group {
    return this.roster.find(idOrLabel);
  }

  /** Founds a group. Errors: "bad-name", "full", "busy", disk errors. */
  create(title: string, done: Done<GroupInfo>): void {
    const { identity, name, random } = this.#context;
    let group: Group | undefined;
    this.#changes.make(
      () => {
        if (!isTitle(title)) throw new GroupsError("bad-name", BAD_TITLE);
        this.#checkRoom();
        const owners = [identity.person.personId];
        const nonce = random.bytes(NONCE_BYTES);
        const label = labelOf(name);
        const body: Body = { t: "genesis", title, nonce, owners, quorum: 1, label };
        const op = this.#pen.first(body);
        const record = this.#newRecord(groupIdOf(op.id), title, { isAuto: true });
        const made = new Group(this.#context, record);
        group = made;
        return (carried) => this.#writeNew(made, op, carried);
      },
      (error) => this.#answer(error, group, done),
    );
  }

  /**
   * Asks to come into a group by a link; the answer is there as soon as a member is in reach.
   * Errors: "bad-link", "exists", "full", "busy", disk errors.
   */
  join(text: string, done: Done<GroupInfo>): void {
    const { records } = this.#context;
    let group: Group | undefined;
    let endpoints: readonly string[] = [];
    this.#changes.make(
      () => {
        const link = parseGroupLink(text);
        endpoints = link.endpoints;
        const known = this.roster.get(link.group);
        if (known?.isIn === true) {
          throw new GroupsError("exists", `You are in this group already, as '${known.label}'.`);
        }
        if (known === undefined) this.#checkRoom();
        const { invite, title, hints } = link;
        let joining: GroupRecord["joining"];
        if (invite !== undefined) {
          const op = this.#pen.joinOp(link.group, known, invite);
          joining = { invite: invite.id, op: op.bytes };
        }
        const rest = { joining, hints, endpoints, isAuto: false };
        const record =
          known === undefined
            ? this.#newRecord(link.group, title, rest)
            : { ...known.record, ...rest, isAuto: known.record.isAuto };
        const made = known ?? new Group(this.#context, record);
        group = made;
        return (carried) =>
          (known === undefined ? writeNewGroup : writeGroup)(records, record, (error) => {
            if (error === null) {
              made.record = record;
              this.#opened(made);
            }
            carried(error);
          });
      },
      (error) => {
        if (error === null) this.#options.events.onEndpoints(endpoints);
        this.#answer(error, group, done);
      },
    );
  }

  /** A link without an invite, for somebody who is a member already. */
  link(idOrLabel: string, endpoints: readonly string[]): string {
    return this.#linkOf(this.find(idOrLabel), endpoints);
  }

  /** Calls a group something else here. Errors: "not-found", "bad-name", "exists", disk errors. */
  relabel(idOrLabel: string, label: string, done: Done<GroupInfo>): void {
    this.#changeRecord(idOrLabel, done, (record) => {
      if (label === "" || hostLabel(label) !== label) throw new GroupsError("bad-name", BAD_LABEL);
      if (label !== record.label && this.#isTaken(label)) {
        throw new GroupsError("exists", `Something else is called '${label}' here.`);
      }
      return { ...record, label };
    });
  }

  /** From now on owners are made by hand. */
  endAuto(idOrLabel: string, done: Done<GroupInfo>): void {
    this.#changeRecord(idOrLabel, done, (record) => ({ ...record, isAuto: false }));
  }

  /**
   * Removes a group from this device; who is still a member should leave first. Errors:
   * "not-found", "busy", disk errors.
   */
  forget(idOrLabel: string, done: (error: GroupsError | null) => void): void {
    this.#changes.make(() => {
      const group = this.find(idOrLabel);
      this.roster.delete(group);
      this.#sync.groupRemoved(group);
      const writes: RecordWrite[] = [{ key: groupKey(group.id), value: null }];
      const last = this.#pen.lastOf(group);
      if (last !== undefined) {
        writes.push({ key: formerKey(group.id), value: encodeFormer(last) });
      }
      return (carried) =>
        this.#write(writes, (error) => {
          if (error !== null) {
            this.#opened(group);
            carried(error);
            return;
          }
          if (last !== undefined) this.#pen.former.set(group.id, last);
          group.journal.close();
          this.#options.events.onGroupChanged(group.id);
          clearGroup(this.#context.records, group.id, carried);
        });
    }, done);
  }

  /**
   * Says something in a group: signed, kept, then told to members in reach. Errors: those that
   * `speech` throws, "not-member", "forked", "full", "busy", disk errors.
   */
  say(idOrLabel: string, speech: Speech, done: Done<Op>): void {
    let said: Op | undefined;
    this.#changes.make(
      () => {
        const group = this.find(idOrLabel);
        if (!group.isIn) throw new GroupsError("not-member", NOT_MEMBER);
        const op = this.#pen.next(group, speech(group));
        said = op;
        return (carried) =>
          group.journal.add({ op, person: this.#context.identity.person.personId }, (error) => {
            if (error === null) group.takeOwn(op);
            carried(error === null ? null : explain(error));
            if (error !== null) return;
            this.#sync.tell(group, [op], undefined);
            this.#changed(group);
          });
      },
      (error) => done(error, error === null ? said : undefined),
    );
  }

  peerReachable(peer: PeerId): void {
    this.#sync.peerReachable(peer);
  }

  peerUnreachable(peer: PeerId): void {
    this.#sync.peerUnreachable(peer);
  }

  nextDeadlineMs(): number {
    const next = Math.min(this.#sync.nextDeadlineMs(), this.#leases.nextDeadlineMs());
    return Math.min(next, this.#checkpoints.nextDeadlineMs());
  }

  tick(): void {
    this.#sync.tick();
    this.#leases.tick();
    this.#checkpoints.tick();
  }

  /** Operations of a group were taken up. */
  #changed(group: Group): void {
    if (group.log.ops.size === 0) {
      this.#sync.membersChanged(group);
      this.#options.events.onGroupChanged(group.id);
      return;
    }
    if (group.record.joining !== undefined && group.isIn) settle(this.#context, group);
    this.#leases.logChanged(group);
    this.#checkpoints.logChanged(group);
    this.#sync.membersChanged(group);
    this.#options.events.onGroupChanged(group.id);
  }

  #linkOf(group: Group, endpoints: readonly string[] = []): string {
    return formatGroupLink({
      ...{ group: group.id, invite: undefined, title: group.title, endpoints },
      hints: this.hintsOf(group),
    });
  }

  /** Peers that whoever has a link may ask: this one, and some with whom the group is exchanged. */
  hintsOf(group: Group): readonly PeerId[] {
    return [this.#context.identity.id, ...this.#sync.partnersOf(group)].slice(0, HINTS_MAX);
  }

  #newRecord(
    id: string,
    title: string,
    rest: Pick<GroupRecord, "isAuto"> & Partial<GroupRecord>,
  ): GroupRecord {
    const label = freeLabel(title, (text) => this.#isTaken(text));
    return { id, label, title, hints: [], endpoints: [], joining: undefined, ...rest };
  }

  #isTaken(label: string): boolean {
    return this.roster.byLabel(label) !== undefined || this.#options.isLabelTaken(label);
  }

  #checkRoom(): void {
    if (this.roster.size < GROUPS_MAX) return;
    throw new GroupsError("full", `You are in ${GROUPS_MAX} groups already. Leave one first.`);
  }

  #writeNew(group: Group, genesis: Op, carried: (error: GroupsError | null) => void): void {
    const { record } = group;
    // The operation goes first: a crash in between leaves nothing that looks like a group.
    group.journal.add({ op: genesis, person: this.#context.identity.person.personId }, (error) => {
      if (error !== null) {
        carried(explain(error));
        return;
      }
      writeGroup(this.#context.records, record, (failure) => {
        if (failure === null) {
          group.takeOwn(genesis);
          this.#opened(group);
        }
        carried(failure);
      });
    });
  }

  #opened(group: Group): void {
    this.roster.add(group);
    this.#offers.delete(group.id);
    this.#changed(group);
    this.#sync.groupAdded(group);
  }

  #changeRecord(
    idOrLabel: string,
    done: Done<GroupInfo>,
    change: (record: GroupRecord) => GroupRecord,
  ): void {
    let group: Group | undefined;
    this.#changes.make(
      () => {
        const found = this.find(idOrLabel);
        group = found;
        const record = change(found.record);
        return (carried) =>
          writeGroup(this.#context.records, record, (error) => {
            if (error === null) found.record = record;
            carried(error);
          });
      },
      (error) => {
        if (error === null && group !== undefined) this.#options.events.onGroupChanged(group.id);
        this.#answer(error, group, done);
      },
    );
  }

  #answer(error: GroupsError | null, group: Group | undefined, done: Done<GroupInfo>): void {
    done(error, error === null && group !== undefined ? this.#describe(group) : undefined);
  }

  #write(writes: readonly RecordWrite[], done: (error: GroupsError | null) => void): void {
    this.#context.records.write(writes, (error) => done(error === null ? null : explain(error)));
  }

  #describe(group: Group): GroupInfo {
    const nowMs = this.#context.clock.wallMs();
    return describeGroup(group, nowMs, this.#sync.partnersOf(group));
  }
}

const BAD_TITLE = "A group's title has 1 to 64 bytes, without signs that hide.";
const BAD_LABEL = "A group's name here has 1 to 32 of the letters a-z, digits and hyphens.";
const NOT_MEMBER =
  "You are not in this group (yet). 'peernet group show' tells how you stand; a new invite lets you in.";
