import { toHex } from "../../base/bytes.ts";
import { type PersonId, proofOf } from "../../identity/index.ts";
import { isAmount } from "../amount.ts";
import type { Currency } from "../currency/definition.ts";
import { MoneyError } from "../errors.ts";
import { makeAct } from "./act.ts";
import type { Commune } from "./commune.ts";
import type { Communities } from "./communities.ts";
import { draftOrder, rulesOf } from "./drafting.ts";
import { ID_BYTES } from "./hex.ts";
import { makeListing } from "./listing.ts";
import { nowS } from "./parts.ts";
import { CommunityRefusal } from "./refusals.ts";
import { makeRules } from "./rules.ts";
import { placeOf } from "./seat.ts";
import { idOf, judgesOf, makeWord } from "./signed.ts";
import type {
  Act,
  Entry,
  EntryBody,
  FactId,
  Listing,
  Matter,
  RuleTerms,
  Seat,
  Signed,
} from "./types.ts";

type Done = (error: MoneyError | null) => void;

/** Rules as people say them: by whom, not by which device. */
export type RuleWish = Omit<RuleTerms, "seats" | "tellers"> & {
  readonly stewards: readonly PersonId[];
  readonly tellers: readonly {
    readonly person: PersonId;
    readonly exposure: number;
    readonly perMember: number;
  }[];
};

/** What somebody offers or wants, as they say it. */
export interface ListingWish {
  readonly kind: Listing["kind"];
  readonly title: string;
  readonly text: string;
  readonly price: number;
  readonly days: number;
}

const SECONDS_PER_DAY = 86_400;

/** What people do in communities. Everything here answers once it is on this device's disk. */
export class CommunityDesk {
  readonly #all: Communities;

  constructor(all: Communities) {
    this.#all = all;
  }

  /**
   * Founds a community: it exists once all its stewards have signed. Errors: "not-allowed" for members of the group who
   * are neither owner nor admin, "unknown-person" where a steward's device is not known, "bad-rules", "full", disk errors.
   */
  found(
    currency: Currency,
    wish: RuleWish,
    done: (error: MoneyError | null, commune: Commune | undefined) => void,
  ): void {
    this.#tried(
      (error) => done(error, undefined),
      () => {
        const { parts } = this.#all;
        const { suite, random, identity } = parts;
        const { group } = currency;
        if (group === undefined) throw new MoneyError("bad-currency", NO_GROUP);
        const terms = this.#termsOf(wish, undefined);
        if (!terms.seats.some(({ person }) => person === identity.person.personId)) {
          throw new CommunityRefusal(
            "bad-rules",
            "Whoever founds a community is one of its stewards.",
            "founder-no-steward",
          );
        }
        for (const { person } of terms.seats) this.#checkMember(group, person);
        if (!parts.people.mayFound(group, identity.person.personId)) {
          throw new MoneyError("not-allowed", NO_ADMIN);
        }
        const rules = makeRules(suite, {
          ...{ ...terms, currency, group, number: 1, base: "", community: "" },
          ...{ madeAtS: nowS(parts), nonce: random.bytes(ID_BYTES) },
        });
        const commune = this.#all.make(rules.community, group);
        this.#propose(commune, { t: "rules", rules }, (error) => done(error, commune));
        if (commune.ledger.current === undefined) this.#all.introduce(commune);
      },
    );
  }

  /** Proposes other rules. Errors: those of `found`; "not-allowed" for whoever is no steward. */
  changeRules(commune: Commune, wish: RuleWish, done: Done): void {
    this.#tried(done, () => {
      const { suite, random } = this.#all.parts;
      const before = rulesOf(commune);
      const { currency, group, community } = before;
      const rules = makeRules(suite, {
        ...{ ...this.#termsOf(wish, before), currency, group, community },
        ...{ number: before.number + 1, base: before.id },
        ...{ madeAtS: nowS(this.#all.parts), nonce: random.bytes(ID_BYTES) },
      });
      this.#propose(commune, { t: "rules", rules }, done);
    });
  }

  /** Proposes to move something by hand. Errors: "not-allowed", "bad-amount", "limit", disk errors. */
  proposeAct(
    commune: Commune,
    wish: Pick<Act, "t" | "from" | "to" | "amount" | "memo">,
    done: Done,
  ): void {
    this.#tried(done, () => {
      const { suite, random } = this.#all.parts;
      if (!isAmount(wish.amount))
        throw new CommunityRefusal("bad-amount", "That is no amount.", "no-amount");
      const rules = rulesOf(commune);
      const made = { ...wish, rules: rules.id, atS: nowS(this.#all.parts) };
      const act = makeAct(suite, made, random.bytes(ID_BYTES));
      this.#checkAct(commune, act);
      this.#propose(commune, { t: "act", act }, done);
    });
  }

  /** Signs a proposal as a steward. Errors: "not-found", "not-allowed", "limit", disk errors. */
  sign(commune: Commune, proposal: FactId, done: Done): void {
    this.#tried(done, () => {
      const found = commune.proposals
        .all()
        .filter(({ matter }) => idOf(matter).startsWith(proposal));
      const [signed] = found;
      if (signed === undefined || proposal === "") throw new MoneyError("not-found", NO_PROPOSAL);
      if (found.length > 1) throw new MoneyError("not-found", "Type more of the proposal's id.");
      if (signed.matter.t === "act") this.#checkAct(commune, signed.matter.act);
      this.#propose(commune, signed.matter, done);
    });
  }

  /** A steward lets somebody in who asked for an account. Errors: "not-found", "not-allowed", disk errors. */
  admit(commune: Commune, person: PersonId, done: Done): void {
    this.#tried(done, () => {
      if (!commune.isSteward) throw new CommunityRefusal("not-allowed", NO_STEWARD, "no-steward");
      if (commune.ledger.account(person).isOpen) {
        throw new MoneyError("exists", "They have an account already.");
      }
      const admitted = commune.head.admitted
        .filter((each) => each !== person && !commune.ledger.account(each).isOpen)
        .concat(person);
      commune.steward.applicants.delete(person);
      commune.keepHead({ ...commune.head, admitted }, done);
    });
  }

  /** Asks for an account. Errors: those of `draftOrder`, disk errors. */
  join(commune: Commune, done: Done): void {
    const { identity } = this.#all.parts;
    const device = { key: identity.signKey.publicKey, proof: proofOf(identity.certificate) };
    this.#order(commune, { t: "open", ...device }, done);
  }

  /** Writes the account with this device from now on. Errors: those of `draftOrder`, disk errors. */
  takeOver(commune: Commune, done: Done): void {
    const { identity } = this.#all.parts;
    const device = { key: identity.signKey.publicKey, proof: proofOf(identity.certificate) };
    this.#order(commune, { t: "takeover", ...device }, done);
  }

  /** Pays a member, or the community. Errors: "bad-amount", those of `draftOrder`, disk errors. */
  pay(
    commune: Commune,
    to: PersonId,
    amount: number,
    memo: string,
    done: (error: MoneyError | null, entry: Entry | undefined) => void,
  ): void {
    if (!isAmount(amount)) {
      done(
        new CommunityRefusal("bad-amount", "An amount is more than nothing.", "no-amount"),
        undefined,
      );
      return;
    }
    if (to === commune.self) {
      done(
        new CommunityRefusal("unknown-person", "You cannot pay yourself.", "pay-self"),
        undefined,
      );
      return;
    }
    this.#order(commune, { t: "pay", to, amount, memo }, (error) =>
      done(error, error === null ? commune.own : undefined),
    );
  }

  /** Offers or wants something. Errors: "bad-entry", "full", disk errors. */
  list(
    commune: Commune,
    wish: ListingWish,
    done: (error: MoneyError | null, listing: Listing | undefined) => void,
  ): void {
    this.#tried(
      (error) => done(error, undefined),
      () => {
        const { suite, identity, random } = this.#all.parts;
        const atS = nowS(this.#all.parts);
        const ended = commune.listings
          .all()
          .find(({ by, untilS }) => by === commune.self && untilS <= atS);
        const { kind, title, text, price, days } = wish;
        const listing = makeListing(suite, identity, {
          ...{ kind, title, text, price, community: commune.id },
          id: ended?.id ?? toHex(random.bytes(ID_BYTES)),
          // One of the same id that has ended gives way to what is later.
          atS: Math.max(atS, (ended?.atS ?? 0) + 1),
          untilS: atS + days * SECONDS_PER_DAY,
        });
        commune.list(listing, undefined, (error) =>
          done(error, error === null ? listing : undefined),
        );
      },
    );
  }

  /** Takes an own offer or want back. Errors: "not-found", disk errors. */
  unlist(commune: Commune, id: string, done: Done): void {
    this.#tried(done, () => {
      const { suite, identity } = this.#all.parts;
      const mine = commune.listings
        .all()
        .filter(({ by, id: each }) => by === commune.self && each.startsWith(id));
      const [known] = mine;
      if (known === undefined || mine.length > 1) {
        throw new MoneyError(
          "not-found",
          "You have no such offer or want; 'peernet community offers' shows them.",
        );
      }
      const atS = Math.max(nowS(this.#all.parts), known.atS + 1);
      commune.list(makeListing(suite, identity, { ...known, atS, untilS: atS }), undefined, done);
    });
  }

  #order(commune: Commune, body: EntryBody, done: Done): void {
    this.#tried(done, () => commune.order(draftOrder(commune, body), done));
  }

  #tried(done: Done, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      done(error);
    }
  }

  /** Signs a matter with this device's seats and brings it in. */
  #propose(commune: Commune, matter: Matter, done: Done): void {
    const { signKey } = this.#all.parts.identity;
    const judges = commune.ledger.rules(judgesOf(matter));
    const place = placeOf(judges, signKey.publicKey);
    const newPlace = matter.t === "rules" ? placeOf(matter.rules, signKey.publicKey) : undefined;
    if (place === undefined && newPlace === undefined)
      throw new CommunityRefusal("not-allowed", NO_STEWARD, "no-steward");
    const word = (seat: number | undefined): Signed["words"] =>
      seat === undefined ? [] : [makeWord(signKey, seat, matter)];
    const isNew = place === undefined;
    const signed = { matter, words: word(place), consents: isNew ? word(newPlace) : [] };
    commune.propose(signed, undefined, done);
  }

  #checkAct({ ledger, id }: Commune, act: Act): void {
    const words = "More than there is: ask for less.";
    if (act.t === "spend") {
      if (act.from !== id)
        throw new CommunityRefusal(
          "not-allowed",
          "Only the community's own is spent.",
          "commons-only",
        );
      if (ledger.account(id).total < BigInt(act.amount))
        throw new CommunityRefusal("limit", words, "more-than-there");
      return;
    }
    const teller = ledger.current?.tellers.some(({ person }) => person === act.from) === true;
    const isRight = ledger.current?.bearer === "community" ? act.from === id : teller;
    if (!isRight)
      throw new CommunityRefusal(
        "not-allowed",
        "The rules say that somebody else bears this.",
        "wrong-bearer",
      );
    if (-ledger.account(act.to).total < BigInt(act.amount)) {
      throw new CommunityRefusal("limit", "They do not owe that much.", "owes-less");
    }
  }

  #checkMember(group: string, person: PersonId): void {
    if (this.#all.parts.people.isMember(group, person)) return;
    throw new CommunityRefusal(
      "unknown-person",
      "A steward is not a member of the group.",
      "steward-no-member",
    );
  }

  /** The devices behind names: those that hold seats already stay, new ones are those in reach. */
  #termsOf(wish: RuleWish, before: RuleTerms | undefined): RuleTerms {
    const { stewards, tellers, ...rest } = wish;
    const known = [...(before?.seats ?? []), ...(before?.tellers ?? [])];
    const seatOf = (person: PersonId): Seat => {
      const seat = known.find((each) => each.person === person) ?? this.#ownSeat(person);
      const found = seat ?? this.#all.parts.people.seatOf(person);
      if (found === undefined)
        throw new CommunityRefusal("unknown-person", NOT_SEEN, "device-unknown");
      return { person, key: found.key, proof: found.proof };
    };
    const named = tellers.map((teller) => ({ ...teller, ...seatOf(teller.person) }));
    return { ...rest, seats: stewards.map(seatOf), tellers: named };
  }

  #ownSeat(person: PersonId): Seat | undefined {
    const { identity } = this.#all.parts;
    if (person !== identity.person.personId) return undefined;
    return { person, key: identity.signKey.publicKey, proof: proofOf(identity.certificate) };
  }
}

const NO_GROUP =
  "A community is founded on a currency of a group: 'peernet currency new … --group GROUP' makes one.";
const NO_ADMIN =
  "Only owners and admins of a group found a community of it. Ask one of them to found it and to name you as a steward.";
const NO_STEWARD = "Only stewards do this, each with the device that the rules name.";
const NO_PROPOSAL =
  "There is no such proposal; 'peernet community proposals' shows those that wait.";
const NOT_SEEN =
  "The device of somebody whom you name is not known here: they must be in reach, or have been since this peer started.";
