import { TypedError } from "../../base/errors.ts";
import { type PeerId, type PersonId, peerIdOf } from "../../identity/index.ts";
import { DiskError, type Timed } from "../../ports/index.ts";
import { MoneyError } from "../errors.ts";
import type { Asked } from "./cases.ts";
import { UNTIL_KNOWN } from "./catching-up.ts";
import { Commune, type CommuneHost } from "./commune.ts";
import { haveOf, lacking, sees, seesAll } from "./comparing.ts";
import { decodeSlip, encodeSlip, readEntry } from "./entry.ts";
import { encodeHead } from "./head.ts";
import { COMMUNITIES_MAX, COMMUNITIES_PER_GROUP_MAX, FORWARD_MAX } from "./limits.ts";
import { readListing } from "./listing.ts";
import { DAMAGED, type Taken, takeShelved } from "./load.ts";
import type { CommunityParts } from "./parts.ts";
import type { Bulk, Frame } from "./protocol.ts";
import { placeOf } from "./seat.ts";
import { keys, readShelf } from "./shelf.ts";
import { checkWords, decodeSigned, encodeSigned, isEnough } from "./signed.ts";
import type { Talk } from "./talk.ts";
import { Talks } from "./talks.ts";
import type { CommunityId, Rules, Signed } from "./types.ts";

type Heard = Exclude<Frame, { readonly t: "hello" }>;

/**
 * Communities on one device: their books on disk, told to members in reach. What people do with them is in
 * `CommunityDesk`. Call `load` first.
 */
export class Communities implements Timed {
  readonly parts: CommunityParts;
  readonly #communes = new Map<CommunityId, Commune>();
  /** Communities of which too little was left to go on: members tell of them again. */
  readonly #lost = new Set<CommunityId>();
  readonly #talks: Talks;
  readonly #host: CommuneHost;

  constructor(parts: CommunityParts) {
    this.parts = parts;
    this.#talks = new Talks(parts, {
      isWanted: (peer) => this.#common(parts.people.personOf(peer)).length > 0,
      begin: (talk) => this.#begin(talk),
      heard: (talk, frame) => this.#heard(talk, frame),
      caughtUp: (talk) => this.#tellState(talk),
    });
    this.#host = {
      reach: (commune, all) => this.#reach(commune, all),
      inReach: (all) => this.#peersOf(all).filter((peer) => this.#talks.isReachable(peer)).length,
      tell: (commune, frame, about, except) => this.#tell(commune, frame, about, except),
      changed: (commune) => parts.events.onCommunityChanged?.(commune.id),
    };
  }

  /** Reads what is on disk; everything else works only after `done`. */
  load(done: (error: DiskError | null) => void): void {
    readShelf(this.parts.records, (error, shelved) => {
      if (error !== null) {
        done(error);
        return;
      }
      let found: Taken;
      try {
        found = takeShelved(this.parts, this.#host, shelved);
      } catch (cause) {
        if (!(cause instanceof TypedError)) throw cause;
        done(new DiskError("corrupt", DAMAGED, { cause }));
        return;
      }
      for (const commune of found.communes) this.#communes.set(commune.id, commune);
      for (const id of found.lost) this.#lost.add(id);
      const begin = (): void => {
        this.#talks.open();
        done(null);
      };
      const { due } = found;
      if (due.length === 0) begin();
      else this.parts.records.write(due, (failure) => (failure === null ? begin() : done(failure)));
    });
  }

  /** All communities that are here. */
  all(): readonly Commune[] {
    return [...this.#communes.values()];
  }

  get(id: CommunityId): Commune | undefined {
    return this.#communes.get(id);
  }

  /** Makes room for a community of a group. @throws MoneyError("full") */
  make(id: CommunityId, group: string): Commune {
    const known = this.#communes.get(id);
    if (known !== undefined) return known;
    if (this.#communes.size >= COMMUNITIES_MAX) {
      throw new MoneyError("full", `You are in ${COMMUNITIES_MAX} communities already.`);
    }
    const isLost = this.#lost.delete(id);
    const head = { group, restsUntil: isLost ? UNTIL_KNOWN : 0, admitted: [] };
    const made = new Commune(this.parts, this.#host, id, head);
    this.#communes.set(id, made);
    if (isLost) made.shelf.put(keys.rest(id), null);
    made.shelf.put(keys.head(id), encodeHead(head));
    this.#talks.reconsider();
    return made;
  }

  /** A group has other members, or is new here. */
  membersChanged(): void {
    this.#talks.reconsider();
  }

  /** Members in reach hear of a community that is new here. */
  introduce(commune: Commune): void {
    for (const talk of this.#talks.all())
      if (this.#isOf(commune, talk.person)) this.#greet(talk, commune);
  }

  peerReachable(peer: PeerId): void {
    this.#talks.peerReachable(peer);
  }

  peerUnreachable(peer: PeerId): void {
    this.#talks.peerUnreachable(peer);
    for (const commune of this.all()) commune.cases.push();
  }

  nextDeadlineMs(): number {
    let next = this.#talks.nextDeadlineMs();
    for (const { cases } of this.#communes.values()) next = Math.min(next, cases.nextDeadlineMs());
    return next;
  }

  tick(): void {
    this.#talks.tick();
    for (const { cases } of this.#communes.values()) cases.push();
  }

  #isOf({ head }: Commune, person: PersonId): boolean {
    const { people, identity } = this.parts;
    return (
      people.isMember(head.group, person) && people.isMember(head.group, identity.person.personId)
    );
  }

  #common(person: PersonId | undefined): readonly Commune[] {
    return person === undefined ? [] : this.all().filter((commune) => this.#isOf(commune, person));
  }

  #peersOf(all: readonly Uint8Array[]): readonly PeerId[] {
    const { suite, identity } = this.parts;
    return all.map((key) => peerIdOf(suite, key)).filter((peer) => peer !== identity.id);
  }

  *#reach(commune: Commune, all: readonly Uint8Array[]): Iterable<Asked> {
    const wanted = new Set(this.#peersOf(all));
    this.#talks.hurry(wanted);
    for (const talk of this.#talks.all()) {
      if (!wanted.has(talk.peer) || !this.#isOf(commune, talk.person)) continue;
      yield { peer: talk.peer, person: talk.person, ask: (frame) => talk.send(frame) };
    }
  }

  #tell(
    commune: Commune,
    frame: Frame,
    about: Signed | undefined,
    except: PeerId | undefined,
  ): void {
    if (except === undefined) this.#talks.hurry();
    let told = 0;
    for (const talk of this.#talks.all()) {
      if (talk.peer === except || !this.#isOf(commune, talk.person)) continue;
      if (about !== undefined && !sees(commune.ledger, talk.person, about)) continue;
      talk.send(frame);
      told++;
      // Whoever made it tells all; who only passes it on need not.
      if (except !== undefined && told >= FORWARD_MAX) return;
    }
  }

  #begin(talk: Talk): void {
    for (const commune of this.#common(talk.person)) this.#greet(talk, commune);
  }

  #greet(talk: Talk, commune: Commune): void {
    this.#tellOne(talk, commune);
    const { id, ledger, slips, proposals, listings, steward } = commune;
    talk.sendAll("proposals", id, proposals.all().map(encodeSigned));
    const seen = [...slips.all()].filter(({ entry }) =>
      sees(ledger, talk.person, { matter: { t: "entry", entry }, words: [], consents: [] }),
    );
    talk.sendAll("slips", id, seen.map(encodeSlip));
    talk.sendAll(
      "listings",
      id,
      listings.all().map(({ bytes }) => bytes),
    );
    if (commune.isSteward) {
      const last = steward.lastOf(talk.person);
      talk.send({ t: "last", id, content: last?.content ?? new Uint8Array(0) });
    }
    commune.cases.met(talk.peer);
    commune.cases.push();
  }

  #tellState(talk: Talk): void {
    for (const commune of this.#common(talk.person)) this.#tellOne(talk, commune);
  }

  #tellOne(talk: Talk, { id, ledger, sum }: Commune): void {
    if (ledger.current === undefined) return;
    const { personId } = this.parts.identity.person;
    const isWhole = seesAll(ledger, talk.person) && seesAll(ledger, personId);
    talk.send({ t: "state", id, sum: isWhole ? sum.bytes : new Uint8Array(0) });
  }

  /** @throws TypedError for what no honest peer sends */
  #heard(talk: Talk, frame: Heard): void {
    const commune = this.#communes.get(frame.id);
    if (commune === undefined) {
      this.#heardNew(talk, frame);
      return;
    }
    if (!this.#isOf(commune, talk.person)) return;
    switch (frame.t) {
      case "state": {
        const isSame = commune.isSameAs(talk.person, frame.sum);
        if (!isSame && !talk.leavesOut())
          talk.send({ t: "have", id: commune.id, ...haveOf(commune.ledger) });
        return;
      }
      case "unknown":
        if (!talk.leavesOut()) this.#sendFacts(talk, commune, [...commune.ledger.facts()]);
        return;
      case "have":
        if (!talk.leavesOut()) this.#sendFacts(talk, commune, lacking(commune.ledger, frame));
        return;
      case "order":
        this.#answer(talk, commune, frame);
        return;
      case "word":
        commune.cases.hear(frame.entry, frame.isLate, frame.word);
        return;
      case "no":
        commune.cases.refuse(frame.entry, talk, frame.code);
        commune.host.changed(commune);
        return;
      case "last":
        this.#remind(talk, commune, frame.content);
        return;
      default:
        this.#bulk(talk, commune, frame.t, frame.items);
    }
  }

  /** Something about a community that is not here: its first rules, or a proposal of them, make it be here. */
  #heardNew(talk: Talk, frame: Heard): void {
    if (frame.t === "state") talk.send({ t: "unknown", id: frame.id });
    if (frame.t !== "facts" && frame.t !== "proposals") return;
    const { suite, people, identity } = this.parts;
    const [first] = frame.items;
    const signed = first && decodeSigned(suite, first);
    if (signed?.matter.t !== "rules" || signed.matter.rules.number !== 1) return;
    const { rules } = signed.matter;
    const own = identity.person.personId;
    const isOurs = people.isMember(rules.group, talk.person) && people.isMember(rules.group, own);
    if (!isOurs || rules.community !== frame.id) return;
    if (!this.#mayBegin(talk, signed, rules)) return;
    const isNamed = placeOf(rules, identity.signKey.publicKey) !== undefined;
    const ofGroup = this.all().filter(({ head }) => head.group === rules.group).length;
    if (frame.t === "proposals" ? !isNamed : !isEnough(signed, undefined)) return;
    if (ofGroup >= COMMUNITIES_PER_GROUP_MAX || this.#communes.size >= COMMUNITIES_MAX) return;
    // Before anything is kept of it: a word that nobody gave brings in nothing.
    checkWords(suite, signed, undefined);
    const commune = this.make(rules.community, rules.group);
    this.#bulk(talk, commune, frame.t, frame.items);
    this.introduce(commune);
  }

  /** Whether an owner or admin of the group is among those who found it, or tells of it: others cannot fill its places. */
  #mayBegin(talk: Talk, { consents }: Signed, { group, seats }: Rules): boolean {
    const { people } = this.parts;
    const founders = consents.flatMap(({ seat }) => seats[seat]?.person ?? []);
    return [talk.person, ...founders].some((person) => people.mayFound(group, person));
  }

  #sendFacts(talk: Talk, { id, ledger }: Commune, facts: readonly Signed[]): void {
    const seen = facts.filter((signed) => sees(ledger, talk.person, signed));
    talk.sendAll("facts", id, encoded(seen));
  }

  #answer(talk: Talk, commune: Commune, frame: Heard & { readonly t: "order" }): void {
    const { suite } = this.parts;
    const { id } = commune;
    const entry = readEntry(suite, frame.content);
    const no = (code: string): void => {
      talk.send({ t: "no", id, entry: entry.id, code });
      // Who lacks something looks for it: whoever asks may have it.
      if (code === "gap") talk.send({ t: "have", id, ...haveOf(commune.ledger) });
    };
    if (frame.isForTeller) {
      try {
        commune.answerFor(entry, (slip) => {
          if (slip !== undefined) talk.send({ t: "slips", id, items: [encodeSlip(slip)] });
        });
      } catch (error) {
        if (!(error instanceof MoneyError)) throw error;
        no(error.code);
      }
      return;
    }
    const slip = frame.slip.length === 0 ? undefined : decodeSlip(suite, frame.slip);
    if (commune.ledger.counts(entry.id)) {
      this.#sendFacts(talk, commune, [...this.#factsOf(commune, entry.id)]);
      return;
    }
    commune.steward.answer(entry, slip, frame.late, (answer) => {
      if (answer.t === "no") no(answer.code);
      else {
        const { isLate, word } = answer;
        talk.send({ t: "word", id, entry: entry.id, isLate, word });
      }
    });
    commune.host.changed(commune);
  }

  *#factsOf({ ledger }: Commune, id: string): Iterable<Signed> {
    for (const kind of ["entry", "late"] as const) {
      const fact = ledger.fact(id, kind);
      if (fact !== undefined) yield fact;
    }
  }

  #remind(talk: Talk, commune: Commune, content: Uint8Array): void {
    const seat = commune.ledger.current?.seats.find(({ person }) => person === talk.person);
    if (seat === undefined || peerIdOf(this.parts.suite, seat.key) !== talk.peer) return;
    commune.remind(
      talk.person,
      content.length === 0 ? undefined : readEntry(this.parts.suite, content),
    );
  }

  #bulk(talk: Talk, commune: Commune, t: Bulk, items: readonly Uint8Array[]): void {
    let [isNew, isGap] = [false, false];
    for (const item of items) {
      try {
        isNew = this.#one(talk, commune, t, item) || isNew;
      } catch (error) {
        if (!(error instanceof MoneyError)) throw error;
        // A forged signature ends the stream; what only comes too early or too late does not.
        if (error.code === "bad-signature") throw error;
        isGap ||= error.code === "gap";
      }
    }
    // Once, whatever is missing: it takes a look at the whole books.
    if (isGap && !talk.leavesOut()) {
      talk.send({ t: "have", id: commune.id, ...haveOf(commune.ledger) });
    }
    if (isNew) commune.advance();
  }

  #one(talk: Talk, commune: Commune, t: Bulk, item: Uint8Array): boolean {
    const { suite, people } = this.parts;
    if (t === "facts") return commune.take(decodeSigned(suite, item), talk.peer);
    if (t === "slips") commune.hearSlip(decodeSlip(suite, item), talk.peer);
    else if (t === "proposals") commune.propose(decodeSigned(suite, item), talk.peer);
    else {
      const listing = readListing(suite, item);
      const isOurs =
        listing.community === commune.id && people.isMember(commune.head.group, listing.by);
      if (isOurs) commune.list(listing, talk.peer);
    }
    return false;
  }
}

/** Each as bytes when its turn comes. */
function* encoded(facts: readonly Signed[]): Iterable<Uint8Array> {
  for (const fact of facts) yield encodeSigned(fact);
}
