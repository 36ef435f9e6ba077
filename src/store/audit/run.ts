import { equalBytes, fromHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { PeerId } from "../../identity/index.ts";
import type { StoreContext } from "../context.ts";
import { fragmentBytes } from "../geometry.ts";
import type { Head } from "../head.ts";
import { locateIdOf } from "../link.ts";
import type { StoreMessage } from "../messages.ts";
import { RemoteSource, type Source } from "../source.ts";
import { Survey } from "../survey.ts";
import { type Finding, judge } from "./judge.ts";
import { fragmentsPerChallenge, layersOf, replyWidth } from "./layers.ts";
import { AUDIT_BYTES_PER_MS, AUDIT_PATIENCE_MS, AUDIT_SEED_BYTES } from "./limits.ts";
import type { Challenge } from "./messages.ts";
import { type Answer, commitmentOf, Proving } from "./prove.ts";
import { type AuditedHolder, type AuditReport, reportOf, verdictOf } from "./report.ts";

/** How far a holder has come. `broken`: what it said is no answer at all. */
type Standing = "asked" | "committed" | "answered" | "missing" | "refused" | "broken";

/** A holder that is being audited. */
interface Party {
  readonly peer: PeerId;
  readonly source: Source;
  readonly asked: readonly number[];
  standing: Standing;
  /** What it committed to. */
  hash: Uint8Array | undefined;
  indices: readonly number[];
  reply: Uint8Array;
}

/**
 * Audits all holders of an object within reach: finds them, challenges all with one seed, waits
 * until all have committed themselves or the time is over, has the answers revealed, and holds
 * them against each other.
 */
export class AuditRun {
  readonly #context: StoreContext;
  readonly #root: string;
  readonly #survey: Survey;
  readonly #onOver: (run: AuditRun, report: AuditReport) => void;
  #phase: "finding" | "committing" | "revealing" | "over" = "finding";
  #head: Head | undefined;
  #width = 0;
  #patienceMs = 0;
  #parties: Party[] = [];
  #deadlineMs: number = Number.POSITIVE_INFINITY;

  constructor(
    context: StoreContext,
    root: string,
    onOver: (run: AuditRun, report: AuditReport) => void,
  ) {
    this.#context = context;
    this.#root = root;
    this.#onOver = onOver;
    const locateId = locateIdOf(context.suite, must(fromHex(root), "roots are hexadecimal"));
    this.#survey = new Survey(context, root, locateId, () => this.tick());
  }

  start(): void {
    this.#survey.start();
  }

  peerReachable(peer: PeerId): void {
    if (this.#phase === "finding") this.#survey.peerReachable(peer);
  }

  peerUnreachable(peer: PeerId): void {
    this.#survey.peerUnreachable(peer);
  }

  nextDeadlineMs(): number {
    if (this.#phase === "over") return Number.POSITIVE_INFINITY;
    if (this.#phase === "finding" && this.#survey.isQuiet) return 0;
    return Math.min(this.#survey.nextDeadlineMs(false), this.#deadlineMs);
  }

  tick(): void {
    if (this.#phase === "over") return;
    this.#survey.tick(false);
    if (this.#phase === "finding" && this.#survey.isQuiet) this.#challenge();
    this.#goOn();
  }

  #challenge(): void {
    this.#head = this.#survey.head;
    if (this.#head === undefined) {
      this.#finish();
      return;
    }
    const { manifest } = this.#head;
    const layers = layersOf(manifest).length;
    const most = fragmentsPerChallenge(layers);
    this.#parties = [...this.#survey.sources()].map((source) => {
      const held = [...source.indices].filter((index) => index < manifest.nMax);
      const asked = this.#sample(held, most).sort((a, b) => a - b);
      const nothing = { hash: undefined, indices: [], reply: new Uint8Array(0) };
      return { peer: source.id, source, asked, standing: "asked" as const, ...nothing };
    });
    const counts = this.#parties.map(({ asked }) => asked.length);
    const count = Math.max(1, ...counts);
    this.#width = replyWidth(count, layers);
    const readingMs = Math.ceil((count * fragmentBytes(manifest)) / AUDIT_BYTES_PER_MS);
    this.#patienceMs = AUDIT_PATIENCE_MS + readingMs;
    this.#enter("committing");
    const seed = this.#context.random.bytes(AUDIT_SEED_BYTES);
    for (const party of this.#parties) {
      if (party.asked.length === 0) party.standing = "missing";
      else this.#ask(party, { root: this.#root, seed, width: this.#width, indices: party.asked });
    }
  }

  #ask(party: Party, challenge: Challenge): void {
    const { source } = party;
    if (source instanceof RemoteSource) {
      source.audit({ t: "challenge", ...challenge }, this.#patienceMs, (message) => {
        if (this.#phase === "committing") this.#committed(party, message);
      });
      return;
    }
    const { manifest } = must(this.#head, "there is a head");
    const proving = new Proving(this.#context, party.peer, challenge, manifest, (answer) => {
      if (this.#phase !== "committing") return;
      this.#answered(party, answer);
      this.#goOn();
    });
    proving.start();
  }

  #committed(party: Party, message: StoreMessage | undefined): void {
    if (message?.t === "missing") party.standing = "missing";
    else if (message?.t === "declined") party.standing = "refused";
    else if (message?.t === "commitment") {
      const isSubset = message.indices.every((index) => party.asked.includes(index));
      party.standing = isSubset ? "committed" : "broken";
      party.indices = message.indices;
      party.hash = message.hash;
    } else if (message !== undefined) {
      party.standing = "broken";
    }
    this.#goOn();
  }

  /** All have committed themselves or their time is over. */
  #reveal(): void {
    this.#enter("revealing");
    for (const party of this.#parties) {
      const { source } = party;
      if (party.standing !== "committed" || !(source instanceof RemoteSource)) continue;
      source.audit({ t: "reveal" }, this.#patienceMs, (message) => {
        if (this.#phase !== "revealing") return;
        if (message?.t === "proof") this.#opened(party, message.nonce, message.reply);
        else party.standing = message === undefined ? "asked" : "broken";
        this.#goOn();
      });
    }
  }

  #opened(party: Party, nonce: Uint8Array, reply: Uint8Array): void {
    const { indices, hash } = party;
    const opened = commitmentOf(this.#context.suite, nonce, { indices, reply });
    if (hash !== undefined && equalBytes(hash, opened)) this.#answered(party, { indices, reply });
    else party.standing = "broken";
  }

  #answered(party: Party, { indices, reply }: Answer): void {
    const { manifest } = must(this.#head, "there is a head");
    const expected = indices.length * layersOf(manifest).length * this.#width;
    party.standing = reply.length === expected ? "answered" : "broken";
    party.indices = indices;
    party.reply = reply;
  }

  #enter(phase: "committing" | "revealing"): void {
    this.#phase = phase;
    this.#deadlineMs = this.#context.clock.monotonicMs() + this.#patienceMs;
  }

  /** Goes to the next phase where nobody is waited for any more. */
  #goOn(): void {
    // Revealing has a deadline of its own, so the time is compared for each phase.
    const waits = (standing: Standing): boolean =>
      this.#context.clock.monotonicMs() < this.#deadlineMs &&
      this.#parties.some((party) => party.standing === standing && isThere(party));
    if (this.#phase === "committing" && !waits("asked")) this.#reveal();
    if (this.#phase === "revealing" && !waits("committed")) this.#finish();
  }

  #finish(): void {
    this.#phase = "over";
    const { layers, holders } = this.#judged();
    this.#onOver(this, reportOf({ root: this.#root, holders, layers }));
    this.#survey.close();
  }

  #judged(): Pick<AuditReport, "layers" | "holders"> {
    if (this.#head === undefined) return { layers: [], holders: [] };
    const layers = layersOf(this.#head.manifest);
    const bytes = layers.length * this.#width;
    const answered = this.#parties.filter(({ standing }) => standing === "answered");
    const testimonies = answered.flatMap((party) =>
      party.indices.map((index, i) => ({
        party,
        index,
        reply: party.reply.subarray(i * bytes, (i + 1) * bytes),
      })),
    );
    const judgement = judge(layers, this.#width, testimonies, this.#context.random);
    const holders = this.#parties.map((party) => {
      const of = (finding: Finding): number[] =>
        testimonies
          .filter((testimony, i) => {
            return testimony.party === party && judgement.findings[i] === finding;
          })
          .map(({ index }) => index);
      return holderOf(party, of);
    });
    return { layers: judgement.layers, holders };
  }

  /** So many of these, any of them as likely as any other. */
  #sample(indices: readonly number[], most: number): number[] {
    const left = [...indices];
    while (left.length > most) left.splice(this.#context.random.u32() % left.length, 1);
    return left;
  }
}

function isThere({ source }: Party): boolean {
  return !(source instanceof RemoteSource) || !source.isOver;
}

function holderOf(party: Party, of: (finding: Finding) => number[]): AuditedHolder {
  const { peer, asked, standing, indices } = party;
  const none = { peer, proved: [], wrong: [], lost: [], unproven: [] };
  switch (standing) {
    case "answered": {
      const lost = asked.filter((index) => !indices.includes(index));
      const found = { proved: of("proved"), wrong: of("wrong"), unproven: of("unproven"), lost };
      return { peer, verdict: verdictOf(found), ...found };
    }
    case "missing":
      return { ...none, verdict: "lost", lost: asked };
    case "broken":
      return { ...none, verdict: "wrong", wrong: asked };
    case "refused":
      return { ...none, verdict: "refused", unproven: asked };
    default:
      return { ...none, verdict: "silent", unproven: asked };
  }
}
