import type { CryptoSuite } from "../../crypto/index.ts";
import type { PeerId } from "../../identity/index.ts";
import type { Random } from "../../ports/index.ts";
import { ENTRY, type Entry, encodeControl, REF } from "../../routing/messages.ts";
import { Origin } from "../../routing/origin.ts";
import { testIdentity } from "../../testing/fixtures.ts";
import { between } from "../dice.ts";
import { SimulationError } from "../errors.ts";
import type { MeshWorld } from "./world.ts";

/** The records that the router has not taken in yet are shown to it again after so long. */
const STEP_MS = 100;
/** A router that has not taken everybody in after so long never will. */
const TAKE_IN_MS_MAX = 600_000;
const HOPS_MAX = 16;
/** Numbers that the crowd begins with: of one, two and four bytes on the wire. */
const SEQNO_MAX = 10_000;
const HOP_COST_MIN = 24;
const HOP_COST_MAX = 124;

/** What a crowd is made of. */
export interface CrowdOptions {
  readonly world: MeshWorld;
  readonly suite: CryptoSuite;
  readonly random: Random;
  /** The place of the router that hears of the crowd. */
  readonly gateway: number;
  /** Places that speak for the crowd: their own routers end, what they say is written here. */
  readonly speakers: readonly number[];
  /** Origins in all, the speakers among them. */
  readonly size: number;
}

/** One origin as its speaker tells of it. */
interface Member {
  readonly id: PeerId;
  readonly origin: Origin;
  readonly speaker: number;
  readonly handle: number;
  readonly metric: number;
  readonly hops: number;
}

/**
 * Many origins behind a router, without routers of their own: a few neighbours announce them in the
 * real protocol, with real records and chains, at distances that are drawn. What the router makes
 * of them, and tells its other neighbours, is the product's own doing.
 */
export class Crowd {
  readonly #options: CrowdOptions;
  readonly #members: readonly Member[];

  constructor(options: CrowdOptions) {
    this.#options = options;
    this.#members = Array.from({ length: options.size }, (_, number) => this.#member(number));
  }

  /**
   * Joins the speakers to the gateway, and lets it hear of everybody; virtual time passes.
   * @throws SimulationError("defect") where the gateway does not take all of them in
   */
  appear(): void {
    const { world, gateway, speakers } = this.#options;
    for (const speaker of speakers) {
      world.place(speaker).end();
      world.join(gateway, speaker, { cost: HOP_COST_MIN });
    }
    for (const member of this.#members) this.#tell(member, true);
    const router = world.router(gateway);
    const endMs = world.nowMs + TAKE_IN_MS_MAX;
    for (;;) {
      const unknown = this.#members.filter(({ id }) => router.route(id) === undefined);
      if (unknown.length === 0) return;
      if (world.nowMs >= endMs) throw new SimulationError("defect", "A crowd is not taken in.");
      for (const { speaker, handle, origin } of unknown) {
        const reference = { ref: REF.mine, handle, generation: 0 } as const;
        this.#say(speaker, { kind: ENTRY.record, ...reference, record: origin.record.bytes });
      }
      world.run(STEP_MS);
    }
  }

  /**
   * Everybody, or whoever is meant by the hops to the speaker, takes the next sequence number, with
   * a link of its chain; the gateway hears of it.
   */
  renew(isMeant: (hops: number) => boolean = () => true): void {
    const { world } = this.#options;
    for (const member of this.#members) {
      if (!isMeant(member.hops)) continue;
      member.origin.request(member.origin.seqno + 1);
      member.origin.tick(world.nowMs);
      this.#tell(member, false);
    }
  }

  /** Which members a router does not know under their present sequence number: how far they are. */
  hopsOfMissing(place: number): readonly number[] {
    const router = this.#options.world.router(place);
    const isHeard = ({ id, origin }: Member): boolean =>
      router.explain(id).routes.some(({ usable, seqno }) => usable && seqno === origin.seqno);
    return this.#members.filter((member) => !isHeard(member)).map(({ hops }) => hops);
  }

  #tell({ speaker, handle, origin, metric, hops }: Member, introduces: boolean): void {
    const { idBytes, seqno, link } = origin;
    this.#say(speaker, {
      ...{ kind: ENTRY.update, ref: introduces ? REF.introduce : REF.mine, handle, generation: 0 },
      ...{ origin: introduces ? idBytes : undefined, seqno, link, metric, hops },
      ...{ viaYou: false, spare: false },
    });
  }

  #say(speaker: number, entry: Entry): void {
    const { world, gateway } = this.#options;
    const { id } = world.place(speaker);
    const message = encodeControl(entry);
    world.act(gateway, ({ router }) => router?.linkEvents.onControl(id, message));
  }

  #member(number: number): Member {
    const { world, suite, random, speakers } = this.#options;
    const speaker = speakers[number % speakers.length] ?? 0;
    const handle = Math.floor(number / speakers.length);
    const isSpeaker = handle === 0;
    const label = isSpeaker ? `place ${speaker}` : `crowd ${number}`;
    const identity = testIdentity(suite, `mesh ${world.seed} ${label}`);
    const hops = isSpeaker ? 0 : Math.floor(between(random, 1, HOPS_MAX + 1));
    const seqno = Math.floor(between(random, 1, SEQNO_MAX));
    const origin = new Origin({
      ...{ identity, suite, random: random.fork(label), name: label, seqno },
      reserveSeqno: () => {},
    });
    const metric = Math.floor(hops * between(random, HOP_COST_MIN, HOP_COST_MAX));
    return { id: identity.id, origin, speaker, handle, metric, hops };
  }
}
