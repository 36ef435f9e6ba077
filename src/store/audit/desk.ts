import type { PeerId } from "../../identity/index.ts";
import type { StoreContext } from "../context.ts";
import { fragmentBytes } from "../geometry.ts";
import type { Manifest } from "../manifest.ts";
import { encodeMessage, type StoreMessage } from "../messages.ts";
import { AuditBudget } from "./budget.ts";
import { layersOf } from "./layers.ts";
import { AUDIT_NONCE_BYTES, AUDIT_REPLY_BYTES, AUDITS_SERVED_MAX } from "./limits.ts";
import type { Challenge } from "./messages.ts";
import { type Answer, commitmentOf, Proving } from "./prove.ts";

/** Pause that a peer is asked for where too many challenges are worked on, in milliseconds. */
const BUSY_MS = 1_000;

/** Where the challenges of all peers are taken in. */
export class AuditDesk {
  readonly context: StoreContext;
  readonly #budget: AuditBudget = new AuditBudget();
  #working = 0;

  constructor(context: StoreContext) {
    this.context = context;
  }

  /**
   * Begins a challenge that reads so many bytes; call `leave` when it is done.
   * @returns 0, or after how many milliseconds it may be tried again
   */
  enter(asker: PeerId, challenge: Challenge, bytes: number): number {
    if (this.#working >= AUDITS_SERVED_MAX) return BUSY_MS;
    const { ledger, clock } = this.context;
    const { root, indices } = challenge;
    const isOwner = indices.some((index) => ledger.fragment(root, index)?.from === asker);
    const waitMs = this.#budget.pay(asker, isOwner, bytes, clock.monotonicMs());
    if (waitMs === 0) this.#working++;
    return waitMs;
  }

  leave(): void {
    this.#working--;
  }
}

/** The challenges that come over one stream: one at a time, committed to and then revealed. */
export class AuditClerk {
  readonly #desk: AuditDesk;
  readonly #asker: PeerId;
  #proving: Proving | undefined;
  #committed: { readonly nonce: Uint8Array; readonly answer: Answer } | undefined;
  #isOver = false;

  constructor(desk: AuditDesk, asker: PeerId) {
    this.#desk = desk;
    this.#asker = asker;
  }

  /** Whether fragments are being read, during which the stream may be silent. */
  get isProving(): boolean {
    return this.#proving !== undefined;
  }

  /** Works on a challenge; what it answers is a commitment, a refusal or that nothing is here. */
  challenge(challenge: Challenge, reply: (message: Uint8Array) => void): void {
    const { ledger } = this.#desk.context;
    this.#committed = undefined;
    const indices = challenge.indices.filter(
      (index) => ledger.fragment(challenge.root, index) !== undefined,
    );
    if (indices.length === 0) {
      say(reply, { t: "missing" });
      return;
    }
    ledger.head(challenge.root, (head) => {
      if (this.#isOver) return;
      const layers = head === undefined ? 0 : layersOf(head.manifest).length;
      const isTooMuch = challenge.width * layers * challenge.indices.length > AUDIT_REPLY_BYTES;
      if (head === undefined || isTooMuch) say(reply, { t: "missing" });
      else this.#prove({ ...challenge, indices }, head.manifest, reply);
    });
  }

  /** Gives what was committed to, once. */
  reveal(reply: (message: Uint8Array) => void): void {
    const committed = this.#committed;
    this.#committed = undefined;
    if (committed === undefined) {
      say(reply, { t: "missing" });
      return;
    }
    const { nonce, answer } = committed;
    say(reply, { t: "proof", nonce, reply: answer.reply });
  }

  /** The stream is over. */
  end(): void {
    this.#isOver = true;
    this.#proving?.abort();
    this.#leave();
  }

  #prove(challenge: Challenge, manifest: Manifest, reply: (message: Uint8Array) => void): void {
    const { context } = this.#desk;
    const bytes = fragmentBytes(manifest) * challenge.indices.length;
    const waitMs = this.#desk.enter(this.#asker, challenge, bytes);
    if (waitMs > 0) {
      say(reply, { t: "declined", waitMs });
      return;
    }
    this.#proving = new Proving(context, this.#asker, challenge, manifest, (answer) => {
      this.#leave();
      const nonce = context.random.bytes(AUDIT_NONCE_BYTES);
      this.#committed = { nonce, answer };
      const hash = commitmentOf(context.suite, nonce, answer);
      say(reply, { t: "commitment", indices: answer.indices, hash });
    });
    this.#proving.start();
  }

  #leave(): void {
    if (this.#proving === undefined) return;
    this.#proving = undefined;
    this.#desk.leave();
  }
}

function say(reply: (message: Uint8Array) => void, message: StoreMessage): void {
  reply(encodeMessage(message));
}
