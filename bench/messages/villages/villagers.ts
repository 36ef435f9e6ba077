import { createNodeSuite } from "../../../src/adapters/node/crypto.ts";
import { toHex } from "../../../src/base/bytes.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
  type PeerRecord,
} from "../../../src/identity/index.ts";
import { Messages } from "../../../src/messages/index.ts";
import * as ratchet from "../../../src/messages/ratchet/index.ts";
import { SILENT_LOG } from "../../../src/ports/index.ts";
import { ManualClock, testIdentity, testRandom } from "../../../src/testing/index.ts";
import { type Outcome, outcomeOf } from "./baselines.ts";
import type { Trace } from "./trace.ts";
import { QuickNet, QuickRecords, Turns } from "./village-net.ts";

const suite = createNodeSuite();
/** Characters that no packing makes much shorter: letters are told from acknowledgements by their size. */
const NOISE_CHARACTERS = 300;
/** Bytes above which a frame has a letter in it, and not only an acknowledgement. */
const LETTER_BYTES = 150;
const PARCEL = 4;
const POST_FRAME = 2;
/** Time in which the meetings of the beginning fade, in milliseconds. */
const FADING_MS = 60 * 86_400_000;

interface Villager {
  readonly identity: LocalIdentity;
  readonly record: PeerRecord;
  readonly messages: Messages;
}

/** What the product has reached on a trace, with its real code. */
export interface VillageOutcome extends Outcome {
  /** Acknowledgements handed over per message, on top of `transmissions`. */
  readonly acknowledgements: number;
  /** Messages that arrived twice or out of order per sender; none, or there is a defect. */
  readonly disorder: number;
  /** Messages of which the sender knows at the end that they arrived, as a share of those that did. */
  readonly known: number;
}

/** 160 peers with the real rooms of messages, on disks and streams in memory, in virtual time. */
export class Villagers {
  readonly #trace: Trace;
  readonly #clock = new ManualClock();
  readonly #turns = new Turns();
  readonly #net = new QuickNet(this.#turns);
  readonly #peers: Villager[] = [];
  readonly #byPerson = new Map<string, number>();
  readonly #arrivedMs = new Map<number, number>();
  readonly #last = new Map<string, number>();
  readonly #known = new Set<number>();
  #startMs = 0;
  #letters = 0;
  #acknowledgements = 0;
  #disorder = 0;

  constructor(trace: Trace, seed: number) {
    this.#trace = trace;
    for (let place = 0; place < trace.peers; place++) this.#add(place, seed);
    this.#turns.run();
  }

  /** Runs the whole trace. */
  run(): VillageOutcome {
    this.#prepare();
    this.#net.onWrite = (service, bytes) => this.#count(service, bytes);
    let written = 0;
    for (const { atMs, a, b } of this.#trace.encounters) {
      for (let next = this.#trace.writings[written]; next && next.atMs <= atMs; ) {
        this.#goTo(next.atMs);
        this.#write(written);
        next = this.#trace.writings[++written];
      }
      this.#goTo(atMs);
      this.#meet(a, b);
    }
    return {
      ...outcomeOf(this.#trace, this.#arrivedMs, this.#letters),
      acknowledgements: this.#acknowledgements / this.#trace.writings.length,
      disorder: this.#disorder,
      known: this.#known.size / Math.max(1, this.#arrivedMs.size),
    };
  }

  #add(place: number, seed: number): void {
    const identity = testIdentity(suite, `villager ${seed} ${place}`);
    const record = decodePeerRecord(
      suite,
      encodePeerRecord(identity, { name: `villager ${place}`, seqno: 1 }),
    );
    this.#byPerson.set(identity.person.personId, place);
    const of = (at: number | undefined) => (at === undefined ? undefined : this.#peers[at]);
    const correspondent = (personId: string) => {
      const known = of(this.#byPerson.get(personId));
      const devices = known ? [{ peerId: known.record.id, signKey: known.record.signKey }] : [];
      return known && { personId, devices };
    };
    const messages = new Messages({
      ...{ identity, suite, clock: this.#clock, log: SILENT_LOG, ratchet },
      random: testRandom(`${seed} ${place}`),
      records: new QuickRecords(this.#turns),
      sessions: this.#net.join(record),
      correspondents: {
        byPerson: correspondent,
        personOf: (id) => this.#peers.find((one) => one.record.id === id)?.record.person.personId,
        admit: ({ person }) => person.personId,
        all: () => [],
        own: () => [],
      },
      events: {
        onMessage: ({ text, personId }) => this.#arrived(place, personId, text),
        onMessageState: ({ text, state }) => {
          if (state === "delivered") this.#known.add(numberOf(text));
        },
      },
    });
    this.#peers.push({ identity, record, messages });
    messages.load((error) => {
      if (error !== null) throw error;
    });
  }

  /** Who writes to somebody has met them once, and anchors have agreed: long before the trace begins. */
  #prepare(): void {
    for (const [owner, anchors] of this.#trace.anchors.entries()) {
      for (const anchor of anchors) this.#befriend(owner, anchor);
    }
    for (const { from, to } of this.#trace.writings) {
      this.#meet(from, to);
      this.#introduce(to, from);
      this.#introduce(from, to);
      this.#meet(from, to);
    }
    this.#clock.advance(FADING_MS);
    this.#startMs = this.#clock.monotonicMs();
  }

  /** One is a new contact of another: it hears who holds letters for them. */
  #introduce(one: number, other: number): void {
    const person = this.#peers[other]?.record.person.personId;
    if (person !== undefined) this.#peers[one]?.messages.correspondentChanged(person);
    this.#turns.run();
  }

  #befriend(owner: number, anchor: number): void {
    const [one, other] = [this.#peers[owner], this.#peers[anchor]];
    if (one === undefined || other === undefined) return;
    one.messages.anchors.ask(other.record.id, fail);
    this.#meet(owner, anchor);
    other.messages.anchors.agree(one.record.id, { days: 7 }, fail);
    this.#meet(owner, anchor);
    this.#meet(owner, anchor);
  }

  #write(id: number): void {
    const writing = this.#trace.writings[id];
    const from = writing && this.#peers[writing.from];
    const to = writing && this.#peers[writing.to];
    if (from === undefined || to === undefined) return;
    from.messages.send(to.record.person.personId, `${id} ${noise(id)}`, fail);
    this.#turns.run();
  }

  #arrived(_place: number, _from: string, text: string): void {
    const id = numberOf(text);
    const writing = this.#trace.writings[id];
    if (writing === undefined) return;
    const pair = `${writing.from} ${writing.to}`;
    if (this.#arrivedMs.has(id) || (this.#last.get(pair) ?? -1) > id) this.#disorder++;
    this.#last.set(pair, id);
    this.#arrivedMs.set(id, this.#clock.monotonicMs() - this.#startMs);
  }

  #meet(a: number, b: number): void {
    const [one, other] = [this.#peers[a], this.#peers[b]];
    if (one === undefined || other === undefined || one === other) return;
    this.#net.meet(one.record.id, other.record.id);
    one.messages.tick();
    other.messages.tick();
    one.messages.peerReachable(other.record.id);
    other.messages.peerReachable(one.record.id);
    this.#turns.run();
    one.messages.peerUnreachable(other.record.id);
    other.messages.peerUnreachable(one.record.id);
    this.#net.part();
    this.#turns.run();
  }

  #goTo(atMs: number): void {
    this.#clock.advance(Math.max(0, this.#startMs + atMs - this.#clock.monotonicMs()));
  }

  #count(service: string, bytes: Uint8Array): void {
    const [type, sizeBytes] = [bytes[4], bytes.length];
    const isHandedOver =
      (service === "carry" && type === PARCEL) || (service === "post" && type === POST_FRAME);
    if (!isHandedOver) return;
    // A parcel has its address and age around the frame.
    const frameBytes = service === "post" ? sizeBytes - 5 : sizeBytes - 12 - 8 * (bytes[12] ?? 0);
    if (frameBytes > LETTER_BYTES) this.#letters++;
    else this.#acknowledgements++;
  }
}

function numberOf(text: string): number {
  return Number(text.split(" ")[0]);
}

function noise(id: number): string {
  return toHex(testRandom(`text ${id}`).bytes(NOISE_CHARACTERS / 2));
}

function fail(error: Error | null): void {
  if (error !== null) throw error;
}
