import { fromHex, toHex, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { PersonId } from "../../identity/index.ts";
import type { Random, RecordWrite } from "../../ports/index.ts";
import type { Plan } from "../changes.ts";
import { ContactsError } from "../errors.ts";
import { TOKEN_BYTES } from "../invite.ts";
import type { Admitted } from "./admission.ts";
import type { Letter } from "./letters.ts";
import {
  DECIDED_AT_MAX_MS,
  INTRODUCTION_LIFE_MS,
  REQUEST_TEXT_BYTES_MAX,
  SENT_MAX,
} from "./limits.ts";
import type { TrayWord } from "./own/words.ts";
import type { Acquaintance, StrangersOptions } from "./ports.ts";
import {
  type Bring,
  INTRODUCTION_ID_BYTES,
  type StrangerQuestion,
  type StrangerRefusal,
  type Verdict,
} from "./protocol.ts";
import { type StrangerSettings, settingsWrite } from "./settings.ts";
import type { StrangerState } from "./state.ts";
import { planShows } from "./tray.ts";
import type { Introduced, Passage, Sent, TrayAnswer } from "./types.ts";

/** Words and the token of an introduction. */
interface Said {
  readonly text: string;
  readonly token: Uint8Array;
}

/** Decides changes of the room about strangers: each is one batch of records and what it changes in memory. */
export class Plans {
  readonly #options: StrangersOptions;
  readonly #random: Random;
  readonly #state: StrangerState;
  readonly #onLetter: (to: PersonId) => void;

  /** @param onLetter called when something is to be told to a contact */
  constructor(
    options: StrangersOptions,
    random: Random,
    state: StrangerState,
    onLetter: (to: PersonId) => void,
  ) {
    this.#options = options;
    this.#random = random;
    this.#state = state;
    this.#onLetter = onLetter;
  }

  /** @throws ContactsError with the codes of `Strangers.introduce` */
  introduce(one: PersonId, other: PersonId, text: string): Plan {
    if (one === other) {
      throw new ContactsError("same-person", "These two are one person. Name two contacts.");
    }
    const said = { text, token: this.#random.bytes(TOKEN_BYTES) };
    return joined([this.#half(one, other, said), this.#half(other, one, said)]);
  }

  /** @throws ContactsError with the codes of `Strangers.ask` */
  ask(own: Introduced, way: { by: PersonId; tag: Uint8Array; about: PersonId }, said: Said): Plan {
    return this.#sent(way.by, way.about, { ...this.#bring(own, said), g: way.tag, h: 0 });
  }

  /** A member of a common group has taken a knock. Nothing of it comes back but their acceptance. */
  knocked(id: string, to: PersonId): Plan | undefined {
    if (this.#state.sent.size + 1 >= SENT_MAX) return undefined;
    const about = this.#options.personId;
    return this.#sentState({ id, to, about, atMs: this.#nowMs(), state: "delivered" });
  }

  /** Whoever was knocked at is a contact now: there is nothing to wait for. */
  letIn(isSettled: (person: PersonId) => boolean): Plan | undefined {
    const { sent } = this.#state;
    const own = [...sent.all()].filter(({ about }) => about === this.#options.personId);
    const ended = own.filter(({ to }) => isSettled(to));
    if (ended.length === 0) return undefined;
    return this.#told({
      writes: ended.map(({ id }) => sent.planDrop(id)),
      apply: () => {
        for (const { id } of ended) sent.drop(id);
      },
    });
  }

  /** Keeps an introduction that was taken, and passes it on where it is not for this person. */
  admitted({ passage, nextIsTarget }: Admitted, question: StrangerQuestion): Plan {
    const { passages, ledger } = this.#state;
    const kept: Plan = {
      writes: [passages.planPut(passage)],
      apply: () => {
        passages.put(passage);
        ledger.reserve(passage.edge);
      },
    };
    if (passage.next === undefined || question.t !== "bring") return kept;
    const { next, from, hops } = passage;
    const { g: tag, w: _said, ...content } = question;
    const calls = hops === 0 ? this.#options.people.acquaintance(from)?.petname : undefined;
    const onward: Bring = {
      ...content,
      h: hops + 1,
      ...(nextIsTarget || tag === undefined ? {} : { g: tag }),
      ...(calls === undefined ? {} : { w: calls }),
    };
    return joined([kept, this.#letter(next, onward)]);
  }

  /** The answer to a request; undefined: there is nothing to be answered. */
  answer(id: string, answer: TrayAnswer): Plan | undefined {
    const { passages } = this.#state;
    const passage = passages.get(id);
    if (passage === undefined || passage.stage === "declined") return undefined;
    const ended = this.#end(passage, answer === "unwanted" ? "unwanted" : "wanted");
    if (answer !== "decline") return this.#told(ended);
    const declined: Passage = { ...passage, stage: "declined" };
    const keep = { writes: [passages.planPut(declined)], apply: () => passages.put(declined) };
    return this.#told(joined([ended, keep]));
  }

  /** A verdict that came back; undefined: it is repeated, or not theirs to give. */
  verdict(from: PersonId, id: string, verdict: Verdict): Plan | undefined {
    const passage = this.#state.passages.get(id);
    if (passage?.stage === "passed" && passage.next === from) return this.#end(passage, verdict);
    const sent = this.#state.sent.get(id);
    if (sent === undefined || sent.to !== from) return undefined;
    if (sent.state !== "waiting" && sent.state !== "delivered") return undefined;
    const state = { wanted: "not-unwanted", unwanted: "unwanted", returned: "refused" } as const;
    const told = this.#sentState({ ...sent, state: state[verdict] });
    return verdict === "unwanted" ? joined([told, this.#strained(from)]) : told;
  }

  /** A contact has heard a letter, and took it or refused. */
  answered(letter: Letter, refusal: StrangerRefusal | undefined): Plan {
    const dropped = this.dropLetter(letter);
    const { question } = letter;
    if (question.t !== "bring") return dropped;
    const id = toHex(question.i);
    const sent = this.#state.sent.get(id);
    if (sent?.state === "waiting" && sent.to === letter.to) {
      const state = refusal === undefined ? "delivered" : "refused";
      return joined([dropped, this.#sentState({ ...sent, state })]);
    }
    const passage = this.#state.passages.get(id);
    if (refusal === undefined || passage?.next !== letter.to) return dropped;
    return joined([dropped, this.#end(passage, "returned")]);
  }

  settings(settings: StrangerSettings, atMs: number): Plan {
    const apply = (): void => {
      this.#state.settings = settings;
      this.#state.settingsAtMs = atMs;
    };
    return { writes: [settingsWrite(settings, atMs)], apply };
  }

  /** Takes in what another own device holds and has decided; undefined: nothing of it is new. */
  fromOwn({
    held,
    settings: { atMs, ...settings },
  }: Pick<TrayWord, "held" | "settings">): Plan | undefined {
    const { ledger } = this.#state;
    const writes = ledger.planWorse(held, this.#nowMs());
    const plans: Plan[] = [];
    if (writes.length > 0) plans.push({ writes, apply: () => ledger.apply(writes) });
    if (this.#isLater(settings, atMs)) plans.push(this.settings(settings, atMs));
    return plans.length === 0 ? undefined : this.#told(joined(plans));
  }

  /** Whether settings of another own device count instead of those here. */
  #isLater(settings: StrangerSettings, atMs: number): boolean {
    const { settingsAtMs, settings: known } = this.#state;
    // After the end of time nothing could be decided any more.
    if (atMs > DECIDED_AT_MAX_MS) return false;
    // Decided in one moment: what lets in less, the same on all devices.
    const isTie = atMs === settingsAtMs && atMs > 0;
    return isTie ? opennessOf(settings) < opennessOf(known) : atMs > settingsAtMs;
  }

  dropLetter(letter: Letter): Plan {
    const { letters } = this.#state;
    return { writes: [letters.planDrop(letter)], apply: () => letters.drop(letter) };
  }

  /** Ends what has lapsed and shows what may be shown; undefined: neither is due. */
  sweep(): Plan | undefined {
    const { passages, sent, letters, ledger } = this.#state;
    const nowMs = this.#nowMs();
    const isOver = ({ atMs }: { readonly atMs: number }): boolean =>
      nowMs >= atMs + INTRODUCTION_LIFE_MS;
    const plans: Plan[] = [];
    for (const passage of passages.all()) {
      if (isOver(passage)) plans.push(this.#end(passage, "lapsed"));
    }
    for (const one of sent.all()) {
      if (!isOver(one)) continue;
      plans.push({ writes: [sent.planDrop(one.id)], apply: () => sent.drop(one.id) });
    }
    for (const letter of letters.all()) if (isOver(letter)) plans.push(this.dropLetter(letter));
    // What lapses now is not shown: it is looked at once that is on disk.
    const shows = plans.length > 0 ? undefined : planShows(this.#state, nowMs);
    if (shows !== undefined) {
      const apply = (): void => {
        for (const passage of shows.passages) passages.put(passage);
        ledger.apply(shows.writes);
        this.#state.shown = shows.shown;
      };
      plans.push({ writes: shows.writes, apply });
    }
    return plans.length === 0 ? undefined : this.#told(joined(plans));
  }

  /** One of the two who are introduced to each other hears of the other. */
  #half(to: PersonId, about: PersonId, said: Said): Plan {
    const { petname, keys } = this.#acquaintance(about);
    this.#acquaintance(to);
    return this.#sent(to, about, { ...this.#bring(keys, said), h: 1, w: petname });
  }

  #acquaintance(person: PersonId): Acquaintance {
    const found = this.#options.people.acquaintance(person);
    if (found !== undefined && found.keys.devices.length > 0) return found;
    throw new ContactsError(
      "unknown-contact",
      "Only people whom you have met can be introduced. Wait until they have answered you.",
    );
  }

  #bring(person: Introduced, { text, token }: Said): Omit<Bring, "h"> {
    if (utf8(text).length > REQUEST_TEXT_BYTES_MAX) {
      const words = `The text is longer than ${REQUEST_TEXT_BYTES_MAX} bytes. Make it shorter.`;
      throw new ContactsError("too-long", words);
    }
    const i = this.#random.bytes(INTRODUCTION_ID_BYTES);
    const { signKey: k, dhKey: d, devices, name: n } = person;
    return { t: "bring", i, k, d, l: [...devices], n, o: token, x: text };
  }

  #sent(to: PersonId, about: PersonId, bring: Bring): Plan {
    const { sent } = this.#state;
    if (sent.size + 1 >= SENT_MAX) {
      const words = "Too many introductions are under way. Wait until some have ended.";
      throw new ContactsError("too-many-introductions", words);
    }
    const one: Sent = { id: toHex(bring.i), to, about, atMs: this.#nowMs(), state: "waiting" };
    return joined([this.#sentState(one), this.#letter(to, bring)]);
  }

  #sentState(one: Sent): Plan {
    const { sent } = this.#state;
    return this.#told({ writes: [sent.planPut(one)], apply: () => sent.put(one) });
  }

  /** @throws ContactsError("too-many-introductions") where too much waits for that person */
  #letter(to: PersonId, question: StrangerQuestion): Plan {
    const { letters } = this.#state;
    if (!letters.hasRoomFor(to)) {
      const words = "Too much waits for this person. Wait until they have been in reach.";
      throw new ContactsError("too-many-introductions", words);
    }
    const letter = letters.make(to, question, this.#nowMs());
    const apply = (): void => {
      letters.put(letter);
      this.#onLetter(to);
    };
    return { writes: [letters.planPut(letter)], apply };
  }

  /** The end of an introduction here: its credit comes back, or is held against the edge. */
  #end(passage: Passage, verdict: Verdict | "lapsed"): Plan {
    const { passages, ledger, letters } = this.#state;
    const { id, edge, from, stage } = passage;
    const writes: RecordWrite[] = [passages.planDrop(id)];
    if (verdict === "unwanted") writes.push(...ledger.planPunish(edge, this.#nowMs()));
    const ended: Plan = {
      writes,
      apply: () => {
        passages.drop(id);
        ledger.apply(writes);
        if (stage !== "declined") ledger.release(edge);
        if (edge.startsWith("bond-")) this.#options.bonds?.end(id, verdict);
      },
    };
    // Where there is no room the other side waits until it lapses there.
    const isStrained = verdict === "unwanted" && stage === "passed" && passage.next !== undefined;
    const plan = isStrained ? joined([ended, this.#strained(passage.next)]) : ended;
    const isTold = verdict !== "lapsed" && edge === from && letters.hasRoomFor(from);
    if (!isTold) return plan;
    const i = must(fromHex(id), "an id is hexadecimal");
    return joined([plan, this.#letter(from, { t: "verdict", i, v: verdict })]);
  }

  /** A contact holds one more unwanted introduction against this person. */
  #strained(at: PersonId): Plan {
    const { onward } = this.#state;
    const writes = onward.planPunish(at, this.#nowMs());
    return { writes, apply: () => onward.apply(writes) };
  }

  /** The plan, after which the room above hears that requests have changed. */
  #told({ writes, apply }: Plan): Plan {
    return {
      writes,
      apply: () => {
        apply();
        this.#options.events.onRequestsChanged();
      },
    };
  }

  #nowMs(): number {
    return this.#options.clock.wallMs();
  }
}

/** How much settings let in: other settings, another number. */
function opennessOf({ requestsPerDay, relay, findable }: StrangerSettings): number {
  return 4 * requestsPerDay + 2 * Number(findable) + Number(relay);
}

/** Several changes in one batch. */
export function joined(plans: readonly Plan[]): Plan {
  return {
    writes: plans.flatMap(({ writes }) => writes),
    apply: () => {
      for (const plan of plans) plan.apply();
    },
  };
}
