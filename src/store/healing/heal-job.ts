import type { PeerId } from "../../identity/index.ts";
import type { StoreContext } from "../context.ts";
import type { Head } from "../head.ts";
import type { HourlyBudget } from "../hourly-budget.ts";
import type { Chooser, RepairOptions } from "../repair.ts";
import type { Survey } from "../survey.ts";
import { Claimant, placedOf } from "./claims.ts";
import { CLAIM_MAX_MS } from "./limits.ts";
import { compareAgents } from "./order.ts";
import type { Ward } from "./ward.ts";
import { shapeOf, type Watched } from "./watch-list.ts";
import type { AtWork } from "./wire.ts";

/** A repair that was begun. */
export interface BegunRepair {
  /** Gives up, where fragments are still being gathered; no event follows. False: too late. */
  abort(): boolean;
}

/** What healing needs of the store. */
export interface HealerPort {
  /**
   * Begins to make fragments anew and to spread them.
   * @param done what was made; undefined: it failed
   * @param more of a reader: what it has made already, and until when others want the object
   * @returns undefined where too much else is being read
   */
  begin(
    root: string,
    choose: Chooser,
    done: (created: readonly number[] | undefined) => void,
    more?: Pick<RepairOptions, "begun"> & { readonly lentUntilMs: number },
  ): BegunRepair | undefined;
  /** Until when somebody wants an object, by wall clock; what nobody wants is not healed. */
  wantedUntilMs(root: string): number;
  /** Bytes that others may fill here, at this time. */
  quotaBytes(): number;
  /** A peer that is not noted as holder of an object of this peer's own has some of it. */
  onHolders(root: string): void;
}

/** What the jobs of a healer share. */
export interface HealTools {
  readonly context: StoreContext;
  readonly ward: Ward;
  readonly budget: HourlyBudget;
  readonly port: HealerPort;
  /** How long a healing takes, as others are told, in milliseconds. */
  readonly claimMs: number;
  /** Whether so many bytes fit here for a moment, within what others may fill. */
  readonly hasRoom: (bytes: number) => boolean;
}

/** How a healing ended: nothing was to be done, another agent does it, it failed, or all is done. */
export type HealEnd = "well" | "yielded" | "failed" | "healed";

/**
 * Heals one object: asks around what is really missing, says so to the other holders, makes the
 * fragments, and says where they are when they have been spread.
 */
export class HealJob {
  readonly entry: Watched;
  readonly #tools: HealTools;
  readonly #claimant: Claimant;
  #repair: BegunRepair | undefined;
  #made: readonly number[] = [];
  #end: HealEnd | undefined;
  #atWork: AtWork = "no";
  #spreadUntilMs: number = Number.POSITIVE_INFINITY;

  constructor(tools: HealTools, entry: Watched) {
    this.#tools = tools;
    this.entry = entry;
    this.#claimant = new Claimant(tools.context, entry.locateId, tools.claimMs, (peer, isMade) =>
      this.meets(peer, isMade),
    );
  }

  /** How far it is, for other agents. */
  get atWork(): AtWork {
    return this.#atWork;
  }

  /** How it ended; undefined while it goes on. */
  get end(): HealEnd | undefined {
    return this.#end;
  }

  /** Fragments that it made. */
  get madeCount(): number {
    return this.#made.length;
  }

  /** Whether it ended and everybody was told. */
  get isOver(): boolean {
    return this.#end !== undefined && this.#claimant.isOver;
  }

  start(): void {
    const { port } = this.#tools;
    this.#repair = port.begin(
      this.entry.root,
      (head, survey) => this.#choose(head, survey),
      (created) => this.#created(created),
    );
    if (this.#repair === undefined) this.#end = "failed";
  }

  /** All fragments that were made here are where they belong. */
  settled(): void {
    if (this.#atWork !== "made" || this.#end !== undefined) return;
    const { context, ward } = this.#tools;
    const placed = placedOf(context, this.entry.root, this.#made);
    for (const { index, peer } of placed) ward.place(this.entry, index, peer);
    this.#end = "healed";
    this.#claimant.tell("done", placed);
  }

  /**
   * Another agent heals this object, too: one of both lets it be.
   * @param isMade whether that one has made all fragments
   */
  meets(peer: PeerId, isMade: boolean): void {
    const { context, ward, claimMs } = this.#tools;
    if (this.#end !== undefined || this.#atWork === "made") return;
    const isLater = compareAgents(context.suite, this.entry.root, peer, context.self) < 0;
    if (!isMade && !isLater) return;
    if (!ward.leaveTo(peer, this.entry, claimMs)) return;
    if (this.#repair?.abort() !== true) return;
    this.#claimant.close();
    this.#end = "yielded";
  }

  nextDeadlineMs(): number {
    const next = this.#claimant.nextDeadlineMs();
    return this.#end === undefined ? Math.min(next, this.#spreadUntilMs) : next;
  }

  tick(): void {
    this.#claimant.tick();
    // Spreading goes on where there is nobody to take the fragments; the object has them again.
    if (this.#tools.context.clock.monotonicMs() >= this.#spreadUntilMs) this.#end ??= "healed";
  }

  /** Everybody was asked: what is really missing, and may it be made here? */
  #choose(head: Head, survey: Survey): readonly number[] {
    const { context, ward, budget, hasRoom } = this.#tools;
    const shape = shapeOf(head);
    this.entry.shape = shape;
    const reached = ward.learn(this.entry, survey);
    const lost = ward.lost(this.entry);
    if (!ward.isSick(this.entry, shape)) return [];
    const bytes = lost.length * shape.fragmentBytes;
    const isPossible = reached >= shape.k && hasRoom(bytes);
    if (!isPossible || !budget.take(shape.sizeBytes + bytes)) {
      this.#end = "failed";
      return [];
    }
    const root = this.entry.root.slice(0, 8);
    context.log.info("object is being healed", { root, lost: lost.length });
    this.#atWork = "gathering";
    const holders = [...survey.sources()].map(({ id }) => id);
    this.#claimant.begin(holders.filter((id) => id !== context.self));
    return lost;
  }

  #created(created: readonly number[] | undefined): void {
    if (created === undefined) {
      this.#end = "failed";
      if (this.#atWork !== "no") this.#claimant.tell("gave-up", []);
    } else if (created.length === 0) {
      this.#end ??= "well";
    } else {
      this.#made = created;
      this.#atWork = "made";
      this.#spreadUntilMs = this.#tools.context.clock.monotonicMs() + CLAIM_MAX_MS;
    }
  }
}
