import type { PeerId } from "../identity/index.ts";
import type { Timed } from "../ports/index.ts";
import { type Conduct, Conducts } from "./audit/conduct.ts";
import type { AuditReport } from "./audit/report.ts";
import { type AuditingOptions, AuditRounds } from "./audit/rounds.ts";
import { AuditRun } from "./audit/run.ts";
import type { StoreContext } from "./context.ts";
import { StoreError } from "./errors.ts";
import type { HealthRun } from "./health.ts";
import { Leases, type Neighbour } from "./leases/leases.ts";
import { OBJECTS_MAX } from "./limits.ts";
import { parseObjectTarget, rootOf } from "./link.ts";
import { pinRun } from "./pin.ts";
import { isOwn } from "./records.ts";

/** What keeping needs of the store around it. */
export interface KeepingHost {
  /**
   * Runs an audit or a pin like a read.
   * @throws StoreError `not-loaded` or `busy`
   */
  begin(make: (onOver: (run: AuditRun | HealthRun) => void) => AuditRun | HealthRun): void;
  /** Whether little enough is being read that what nobody waits for may begin. */
  hasRoomToSpare(): boolean;
  /** @throws StoreError("not-loaded") */
  mustBeLoaded(): void;
  /** This peer looks after an object now. */
  onOwned(root: string): void;
  /** What is known of an object's holders changed. */
  onChanged(root: string): void;
  /** This peer looks after an object no more. */
  onReleased(root: string): void;
}

/** A peer with which something is kept, and how it stood its audits. */
export interface KeepingNeighbour extends Neighbour {
  readonly conduct: Conduct;
}

/** That holders keep what they have, for as long as it is wanted: audits, pins and leases. */
export class Keeping implements Timed {
  readonly leases: Leases;
  /** Audits that begin by themselves. */
  readonly rounds: AuditRounds;
  readonly #context: StoreContext;
  readonly #host: KeepingHost;
  readonly #conducts: Conducts;

  constructor(context: StoreContext, host: KeepingHost, auditing: AuditingOptions = {}) {
    this.#context = context;
    this.#host = host;
    this.rounds = new AuditRounds(context, auditing, {
      begin: (root, done) => {
        if (!host.hasRoomToSpare()) return false;
        this.audit(root, done);
        return true;
      },
    });
    this.#conducts = new Conducts(context.records, context.log);
    this.leases = new Leases(context, (root) => host.onChanged(root));
  }

  load(done: (error: StoreError | undefined) => void): void {
    const loaded = (error: StoreError | undefined): void => {
      if (error === undefined) this.rounds.load(done);
      else done(error);
    };
    this.#conducts.load((error) => {
      if (error === undefined) this.leases.load(loaded);
      else done(error);
    });
  }

  /** Renews and audits nothing by itself, or does again: the line costs by the byte. */
  hold(isHeld: boolean): void {
    this.leases.hold(isHeld);
    this.rounds.hold(isHeld);
  }

  /**
   * Has the holders of an object within reach prove that they keep it as it should be, and notes
   * how each of them stood it. Every byte is read where it lies and 64 bytes of each holder travel.
   * @throws StoreError `not-loaded`, `busy` or `bad-link`
   */
  audit(linkOrRoot: string, done: (report: AuditReport) => void): void {
    const root = rootOf(linkOrRoot);
    const { self, clock } = this.#context;
    this.#host.begin((onOver) => {
      return new AuditRun(this.#context, root, (over, report) => {
        onOver(over);
        const others = report.holders.filter(({ peer }) => peer !== self);
        this.#conducts.note(others, clock.wallMs());
        done(report);
      });
    });
  }

  /** How a peer stood its audits so far. */
  conduct(peer: PeerId): Conduct {
    return this.#conducts.of(peer);
  }

  /** What goes in both directions between this peer and others, and how they stood their audits. */
  neighbours(): KeepingNeighbour[] {
    return this.leases.neighbours().map((known) => {
      return { ...known, conduct: this.#conducts.of(known.peer) };
    });
  }

  /**
   * Looks after an object from now on, as if it had been put here: it is in the list, and what
   * holders have of it stays. No bytes move. A root alone is enough, but then it is not listed.
   * @throws StoreError `not-loaded`, `busy` or `bad-link`
   */
  pin(linkOrRoot: string, done: (error: StoreError | undefined) => void): void {
    const target = parseObjectTarget(linkOrRoot);
    const root = rootOf(linkOrRoot);
    const { ledger } = this.#context;
    if (ledger.object(root) === undefined && ledger.objectCount >= OBJECTS_MAX) {
      throw new StoreError("busy", "There are too many objects in the list. Unpin one first.");
    }
    this.#host.begin((onOver) => {
      return pinRun(this.#context, target, (over, error) => {
        onOver(over);
        if (error === undefined) this.#host.onOwned(root);
        done(error);
      });
    });
  }

  /**
   * Lets an object go: it is in the list no more, what waits here is deleted, and holders delete
   * theirs as soon as they hear of it. Whoever has the link may still keep it.
   * @throws StoreError `not-loaded`, `bad-link` or `not-here`
   */
  unpin(linkOrRoot: string, done: (error: StoreError | undefined) => void): void {
    this.#host.mustBeLoaded();
    const root = rootOf(linkOrRoot);
    const { ledger } = this.#context;
    const object = ledger.object(root);
    if (object === undefined || !isOwn(object)) {
      throw new StoreError("not-here", "This object is not among yours. The list shows them all.");
    }
    this.#host.onReleased(root);
    ledger.forget(root, this.leases.release(object), (error) => {
      if (error !== undefined) this.leases.retake(root);
      done(error);
    });
  }

  nextDeadlineMs(): number {
    return Math.min(this.leases.nextDeadlineMs(), this.rounds.nextDeadlineMs());
  }

  tick(): void {
    this.leases.tick();
    this.rounds.tick();
  }
}
