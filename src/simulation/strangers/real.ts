import { toHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import {
  type EdgePeople,
  STRANGER_TALK,
  type StrangerQuestion,
  Strangers,
  type Ways,
} from "../../contacts/index.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { PersonId } from "../../identity/index.ts";
import { type Random, type RecordStore, SILENT_LOG } from "../../ports/index.ts";
import type { Identities } from "./identities.ts";
import { RUN_BEGINS_MS, type Timeline } from "./timeline.ts";
import type { Request, Scheme } from "./types.ts";

/** What the scheme tells the world. */
export interface RealEvents {
  /** A request is in the tray of the one it was meant for. */
  onShown(request: Request): void;
}

/** What the real rooms are made of. */
export interface RealOptions {
  readonly suite: CryptoSuite;
  readonly random: Random;
  readonly timeline: Timeline;
  readonly identities: Identities;
  /** Honest people have the numbers below this; attackers and sybils those above. */
  readonly honest: number;
  /** Whom each of the honest knows. */
  readonly friends: readonly ReadonlySet<number>[];
  readonly events: RealEvents;
}

interface Node {
  readonly strangers: Strangers;
  /** When edges were made anew, in milliseconds of the run. */
  readonly remade: Map<number, number>;
  /** Requests in the tray that the world knows of. */
  readonly shown: Set<string>;
  wakesAtMs: number;
}

/** One way between neighbours takes this long, in milliseconds of the run. */
const LATENCY_MS = 2_000;
/** A disk that forgets nothing and is never read: crashes are the business of other tests. */
const INSTANT: RecordStore = {
  write: (_batch, done) => done(null),
  scan: (_prefix, done) => done(null, []),
};

/** The room about strangers itself, one for every honest person, joined in one process. */
export class RealScheme implements Scheme {
  readonly #options: RealOptions;
  readonly #random: Random;
  readonly #nodes: Node[] = [];
  /** Requests by their tags, which the path-finder made. */
  readonly #byTag = new Map<string, Request>();
  /** The id under which a request is in the tray of whom it reached. */
  readonly #ids = new Map<Request, string>();
  readonly #byId = new Map<string, Request>();
  spamBytes = 0;

  constructor(options: RealOptions) {
    this.#options = options;
    this.#random = options.random.fork("real");
    for (let number = 0; number < options.honest; number++) this.#nodes.push(this.#node(number));
    for (const { strangers } of this.#nodes) {
      strangers.load(() => undefined);
      strangers.setSettings({ ...strangers.settings, relay: true }, () => undefined);
    }
  }

  load(from: number, to: number): number | undefined {
    const { strangers } = this.#at(to);
    const person = this.#options.identities.id(from);
    return strangers.refusalOf(person) === undefined ? strangers.underWay(person) : undefined;
  }

  isStrained(by: number, to: number): boolean {
    return this.#at(by).strangers.isStrained(this.#options.identities.id(to));
  }

  isTainted(from: number, by: number): boolean {
    return this.#at(by).strangers.isTainted(this.#options.identities.id(from));
  }

  begin(request: Request): void {
    const { identities, honest } = this.#options;
    const [from = 0, by = 0] = request.path;
    const about = must(request.path.at(-1), "a request reaches somebody");
    const tag = this.#random.bytes(16);
    this.#byTag.set(toHex(tag), request);
    if (from >= honest) {
      this.#attack(request, from, by, tag);
      return;
    }
    const way = { by: identities.id(by), tag, about: identities.id(about) };
    const said = { text: "", token: this.#random.bytes(16) };
    this.#at(from).strangers.ask(identities.keys(from), way, said, () => undefined);
    this.#wake(from);
  }

  judge(request: Request, isUnwanted: boolean): void {
    const to = must(request.path.at(-1), "a request reaches somebody");
    const id = must(this.#ids.get(request), "it was shown before it is judged");
    const answer = isUnwanted ? "unwanted" : "accept";
    this.#at(to).strangers.answer(id, answer, undefined, () => undefined);
    this.#wake(to);
  }

  remake(from: number, to: number): void {
    this.#at(to).remade.set(from, this.#options.timeline.monotonicMs());
  }

  intrude(identity: number, to: number): boolean {
    const { identities } = this.#options;
    let isTaken = false;
    const bring = this.#bring(identity, undefined, 1);
    for (const question of [bring, { ...bring, t: "knock" } as StrangerQuestion]) {
      this.#at(to).strangers.asked(identities.id(identity), question, (answer) => {
        isTaken ||= answer?.t === "taken";
      });
    }
    return isTaken;
  }

  /** An attacker brings one of its identities to an honest contact. */
  #attack(request: Request, from: number, by: number, tag: Uint8Array): void {
    const { identities, timeline } = this.#options;
    const isOwn = request.identity < 0;
    const isFirst = request.path.length === 2;
    const who = isOwn ? from : request.identity;
    // Attackers say as few introducers as they may: none where they bring themselves.
    const question = this.#bring(who, isFirst ? undefined : tag, isOwn && !isFirst ? 0 : 1);
    this.#byId.set(toHex(question.i), request);
    this.#count(question, request.path.length - 2);
    timeline.after(LATENCY_MS, () => {
      this.#at(by).strangers.asked(identities.id(from), question, () => undefined);
      this.#wake(by);
    });
  }

  #bring(identity: number, tag: Uint8Array | undefined, h: number) {
    const { signKey: k, dhKey: d, devices, name: n } = this.#options.identities.keys(identity);
    const [i, o] = [this.#random.bytes(16), this.#random.bytes(16)];
    const said = { t: "bring" as const, i, k, d, l: [...devices], n, o, x: "Buy this now!", h };
    return tag === undefined ? said : { ...said, g: tag };
  }

  #count(question: StrangerQuestion, honestHops: number): void {
    this.spamBytes += STRANGER_TALK.encode(question).length * honestHops;
  }

  #at(number: number): Node {
    return must(this.#nodes[number], "only the honest have rooms");
  }

  #node(number: number): Node {
    const { suite, timeline, identities, events } = this.#options;
    const remade = new Map<number, number>();
    const strangers = new Strangers({
      personId: identities.id(number),
      suite,
      clock: timeline,
      random: this.#random.fork(`node ${number}`),
      log: SILENT_LOG,
      records: INSTANT,
      people: this.#people(number, remade),
      ways: this.#ways(number),
      events: { onRequestsChanged: () => this.#look(number, events) },
    });
    strangers.onLetter = (to) => this.#deliverLater(number, to);
    return { strangers, remade, shown: new Set(), wakesAtMs: Number.POSITIVE_INFINITY };
  }

  #people(number: number, remade: ReadonlyMap<number, number>): EdgePeople {
    const { identities, friends } = this.#options;
    const edgeOf = (person: PersonId): number | undefined => {
      const other = identities.number(person);
      return other !== undefined && friends[number]?.has(other) === true ? other : undefined;
    };
    return {
      edgeSinceMs: (person) => {
        const other = edgeOf(person);
        if (other === undefined) return undefined;
        const madeMs = remade.get(other);
        return madeMs === undefined ? 0 : RUN_BEGINS_MS + madeMs;
      },
      isSettled: (person) => edgeOf(person) !== undefined,
      acquaintance: (person) => {
        const other = edgeOf(person);
        return other === undefined
          ? undefined
          : { keys: identities.keys(other), petname: `n${other}` };
      },
      take: (_request, _petname, done) => done(null),
    };
  }

  #ways(number: number): Ways {
    const { identities } = this.#options;
    return {
      nextFor: (tag) => {
        const path = this.#byTag.get(toHex(tag))?.path ?? [];
        const at = path.indexOf(number);
        const next = at < 0 ? undefined : path[at + 1];
        if (next === undefined) return undefined;
        return { person: identities.id(next), isTarget: at + 2 === path.length };
      },
    };
  }

  #deliverLater(from: number, to: PersonId): void {
    const { identities, timeline } = this.#options;
    const number = must(identities.number(to), "letters go to people");
    timeline.after(LATENCY_MS, () => this.#deliver(from, number));
  }

  #deliver(from: number, to: number): void {
    const { identities, honest, timeline } = this.#options;
    const sender = this.#at(from).strangers;
    const question = sender.questionFor(identities.id(to), identities.id(to));
    if (question === undefined) return;
    this.#follow(question);
    if (to >= honest) {
      this.#attackerHears(from, to, question);
      return;
    }
    const { strangers } = this.#at(to);
    strangers.asked(identities.id(from), question, (answer) => {
      if (answer === undefined) return;
      sender.answered(identities.id(to), answer, () => undefined);
      if (sender.questionFor(identities.id(to), identities.id(to)) !== undefined) {
        timeline.after(LATENCY_MS, () => this.#deliver(from, to));
      }
    });
    this.#wake(to);
    this.#wake(from);
  }

  /** Remembers which request an introduction is, while it still has its tag. */
  #follow(question: StrangerQuestion): void {
    if (question.t !== "bring" || question.g === undefined) return;
    const request = this.#byTag.get(toHex(question.g));
    if (request !== undefined) this.#byId.set(toHex(question.i), request);
  }

  /** An attacker takes all that is brought, and says that it was wanted. */
  #attackerHears(from: number, to: number, question: StrangerQuestion): void {
    const { identities, timeline } = this.#options;
    const sender = this.#at(from).strangers;
    sender.answered(identities.id(to), { t: "taken" }, () => undefined);
    this.#wake(from);
    if (question.t !== "bring") return;
    timeline.after(LATENCY_MS, () => {
      const verdict = { t: "verdict", i: question.i, v: "wanted" } as const;
      sender.asked(identities.id(to), verdict, () => undefined);
      this.#wake(from);
    });
  }

  #look(number: number, events: RealEvents): void {
    const node = this.#nodes[number];
    if (node === undefined) return;
    const requests = node.strangers.requests();
    for (const { id } of requests) {
      if (node.shown.has(id)) continue;
      node.shown.add(id);
      const request = this.#byId.get(id);
      if (request === undefined) continue;
      this.#ids.set(request, id);
      events.onShown(request);
    }
    if (requests.length === 0) node.shown.clear();
  }

  /** Lets a room sleep until its next deadline. */
  #wake(number: number): void {
    const node = this.#at(number);
    const { timeline } = this.#options;
    const dueMs = node.strangers.nextDeadlineMs();
    if (dueMs >= node.wakesAtMs) return;
    node.wakesAtMs = dueMs;
    timeline.at(dueMs, () => {
      if (node.wakesAtMs !== dueMs) return;
      node.wakesAtMs = Number.POSITIVE_INFINITY;
      node.strangers.tick();
      this.#wake(number);
    });
  }
}
