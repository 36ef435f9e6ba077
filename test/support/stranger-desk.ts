import type { StrangersOptions } from "../../src/contacts/strangers/ports.ts";
import type {
  Bring,
  StrangerAnswer,
  StrangerQuestion,
} from "../../src/contacts/strangers/protocol.ts";
import { Strangers } from "../../src/contacts/strangers/strangers.ts";
import type { Introduced } from "../../src/contacts/strangers/types.ts";
import type { LocalIdentity, PersonId } from "../../src/identity/index.ts";
import { SILENT_LOG } from "../../src/ports/index.ts";
import { type ManualClock, testIdentity, testRandom } from "../../src/testing/index.ts";
import { MemoryRecords } from "./memory-records.ts";
import { suite } from "./village.ts";

/** Public keys of somebody who exists only by name. */
export function introduced(name: string): Introduced {
  const identity = testIdentity(suite, name);
  const { signKey, dhKey } = identity.person;
  const devices = [identity.signKey.publicKey];
  return { signKey: signKey.publicKey, dhKey: dhKey.publicKey, devices, name };
}

/** The id of somebody who exists only by name. */
export function idOf(name: string): PersonId {
  return testIdentity(suite, name).person.personId;
}

/** A room about strangers alone, on a disk that survives crashes; contacts are names. */
export class TestDesk {
  readonly clock: ManualClock;
  readonly disk: MemoryRecords = new MemoryRecords();
  readonly self: LocalIdentity;
  /** Contacts by name, and when their edges began. */
  readonly contacts: Map<PersonId, number> = new Map();
  /** Who was accepted. */
  readonly taken: PersonId[] = [];
  readonly #more: Partial<StrangersOptions>;
  #runs = 0;
  #brings = 0;
  live: Strangers;

  constructor(name: string, clock: ManualClock, more: Partial<StrangersOptions> = {}) {
    this.self = testIdentity(suite, name);
    this.clock = clock;
    this.#more = more;
    this.live = this.start();
  }

  /** A contact whose edge is older than 14 days. */
  befriend(name: string): PersonId {
    const id = idOf(name);
    this.contacts.set(id, this.clock.wallMs() - 15 * 86_400_000);
    return id;
  }

  /** Starts the room from its disk. */
  start(): Strangers {
    this.live = new Strangers({
      personId: this.self.person.personId,
      suite,
      clock: this.clock,
      random: testRandom(`${this.self.id} ${this.#runs++}`),
      log: SILENT_LOG,
      records: this.disk.open(),
      people: {
        edgeSinceMs: (person) => this.contacts.get(person),
        isSettled: (person) => this.contacts.has(person) || this.taken.includes(person),
        acquaintance: (person) =>
          this.contacts.has(person)
            ? { keys: introduced(person), petname: `contact ${person.slice(0, 4)}` }
            : undefined,
        take: (passage, _petname, done) => {
          const id = [...this.#known].find(([, key]) => key === passage.person.signKey.join())?.[0];
          if (id !== undefined) this.taken.push(id);
          done(null);
        },
      },
      events: { onRequestsChanged: () => undefined },
      ...this.#more,
    });
    this.live.load((error) => {
      if (error !== null) throw error;
    });
    this.settle();
    return this.live;
  }

  /** The process dies; up to `effects` operations still reach the disk. */
  crash(effects: number): Strangers {
    this.disk.crash(effects);
    return this.start();
  }

  readonly #known = new Map<PersonId, string>();

  settle(): void {
    while (this.disk.busy) this.disk.step();
  }

  /** An introduction of somebody, for this person, with an id of its own. */
  bring(name: string, change: Partial<Bring> = {}): Bring {
    const { signKey: k, dhKey: d, devices, name: n } = introduced(name);
    this.#known.set(idOf(name), k.join());
    const i = suite.sha256(new TextEncoder().encode(`introduction ${this.#brings++}`)).slice(0, 16);
    const o = new Uint8Array(16).fill(this.#brings);
    return { t: "bring", i, k, d, l: [...devices], n, o, x: "hello", h: 1, ...change };
  }

  /** What somebody hears to what they say; undefined: nothing. */
  hears(from: PersonId, question: StrangerQuestion): StrangerAnswer | undefined {
    let heard: StrangerAnswer | undefined;
    this.live.asked(from, question, (answer) => {
      heard = answer;
    });
    this.settle();
    return heard;
  }

  /** Lets time pass and the room do what is due. */
  pass(ms: number): void {
    this.clock.advance(ms);
    this.live.tick();
    this.settle();
  }

  answer(index: number, answer: "accept" | "decline" | "unwanted"): string {
    const id = this.live.requests()[index]?.id ?? "none";
    let outcome = "never";
    this.live.answer(id, answer, undefined, (error) => {
      outcome = error?.code ?? "none";
    });
    this.settle();
    return outcome;
  }
}
