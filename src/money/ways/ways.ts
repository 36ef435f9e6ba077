import { equalBytes } from "../../base/bytes.ts";
import type { PeerId, PersonId } from "../../identity/index.ts";
import type { DiskError, Timed } from "../../ports/index.ts";
import { MoneyError } from "../errors.ts";
import type { CurrencyId, Done, LineDesk, LineId, LineView } from "../line-desk.ts";
import { isRevoked, type LinesOptions } from "../options.ts";
import type { Invoice, InvoiceWish, Payments, PaymentView } from "../payments/index.ts";
import type { Hint, HintAsk } from "../routing/types.ts";
import { Answers } from "./answers.ts";
import { askForInvoice } from "./asking.ts";
import { Questions } from "./questions.ts";
import { WaysSettings } from "./settings.ts";
import { Wayfinder } from "./wayfinder.ts";

/** What ways are made of, besides what lines are made of. */
export interface WaysOptions extends LinesOptions {
  readonly desk: LineDesk;
  readonly isOurs: (line: LineId) => boolean;
  readonly keyOfPartner: (line: LineId) => Uint8Array | undefined;
  readonly payments: () => Payments;
  /** Asks for money, naming people with lines to us. */
  readonly request: (
    wish: InvoiceWish,
    done: (error: MoneyError | null, invoice: Invoice | null) => void,
  ) => void;
}

/** What is paid to a contact over others. */
export interface ContactWish {
  readonly person: PersonId;
  readonly currency: CurrencyId;
  readonly amount: number;
  readonly memo: string;
}

/**
 * Payments to people one has no line with: finds ways, tells and hears what lines around carry, asks payees and
 * answers payers.
 */
export class Ways implements Timed {
  readonly wayfinder: Wayfinder;
  readonly settings: WaysSettings;
  readonly #options: WaysOptions;
  readonly #questions: Questions;
  readonly #answers: Answers;

  constructor(options: WaysOptions) {
    this.#options = options;
    const { clock, desk, identity, isOurs, keyOfPartner, people, random, suite } = options;
    this.settings = new WaysSettings(options.records);
    this.wayfinder = new Wayfinder({
      ...{ desk, identity, suite, clock, random, isOurs, keyOfPartner },
      isHidden: (line) => this.settings.isHidden(line),
      keysInMesh: (wanted) => people.keysInMesh?.(wanted) ?? new Map(),
      isRevoked: (device, person) => isRevoked(people, device, person),
      askHint: (payee, question, done) => this.#askHint(payee, question, done),
    });
    this.#answers = new Answers({
      clock,
      wayfinder: this.wayfinder,
      isContact: (person) => people.isContact(person),
      hasLines: (currency) =>
        [...desk.lines()].some(
          (line) => line.currency === currency && line.state === "open" && isOurs(line.id),
        ),
      isWilling: () => this.settings.isWilling,
      currencyAsked: (proof) => options.payments().currencyAsked(proof),
      isOpen: (id) => options.payments().isAskedFor(id),
      request: options.request,
    });
    this.#questions = new Questions({
      ...{ session: options.session, clock, log: options.log },
      answer: (from, question, reply) => {
        if (question.t === "ask-hint") reply(this.#answers.hint(question));
        else this.#answers.invoice(from, question, reply);
      },
    });
  }

  /** Reads what is on disk; after the lines. */
  load(done: (error: DiskError | null) => void): void {
    this.settings.load((error) => {
      if (error === null) {
        this.#questions.open();
        for (const line of this.#options.desk.lines()) this.wayfinder.onLine(line);
      }
      done(error);
    });
  }

  /** Hides a line from others, or shows it again: it is told anew. Errors: "not-found", disk errors. */
  hide(line: LineId, isHidden: boolean, done: Done): void {
    this.settings.hide(line, isHidden, (error) => {
      const view = this.#options.desk.line(line);
      if (error === null && view !== undefined) this.wayfinder.onLine(view);
      done(error);
    });
  }

  /**
   * Pays a contact over others: asks their device for a request and pays it, all of it or nothing.
   * @param done the payment, as it began; "unreachable", "no-route", "busy", "bad-invoice", or as `Payments.pay`
   */
  pay(
    { person, currency, amount, memo }: ContactWish,
    done: (error: MoneyError | null, payment: PaymentView | undefined) => void,
  ): void {
    const { people, suite } = this.#options;
    const devicesOf = (who: PersonId): readonly PeerId[] => people.devicesOf?.(who) ?? [];
    const question = { t: "ask-invoice", currency, amount, memo } as const;
    const asking = { suite, questions: this.#questions, devicesOf };
    askForInvoice(asking, person, question, (error, invoice) => {
      if (invoice === null) {
        done(error, undefined);
        return;
      }
      try {
        done(null, this.#options.payments().pay(invoice));
      } catch (failure) {
        if (!(failure instanceof MoneyError)) throw failure;
        done(failure, undefined);
      }
    });
  }

  onLine(line: LineView): void {
    this.wayfinder.onLine(line);
  }

  nextDeadlineMs(): number {
    return Math.min(this.wayfinder.nextDeadlineMs(), this.#questions.nextDeadlineMs());
  }

  tick(): void {
    this.wayfinder.tick();
    this.#questions.tick();
  }

  /** Asks the device of the payee that signed the request, if it is in reach. */
  #askHint(
    { person, dhKey }: { readonly person: PersonId; readonly dhKey: Uint8Array },
    question: HintAsk,
    done: (hint: Hint | undefined) => void,
  ): void {
    const { people } = this.#options;
    const device = people.devicesOf?.(person).find((peer) => {
      const key = people.keyOf?.(peer);
      return key !== undefined && equalBytes(key, dhKey);
    });
    if (device === undefined) {
      done(undefined);
      return;
    }
    this.#questions.ask(device, question, (answer) =>
      done(answer?.t === "hint" ? answer : undefined),
    );
  }
}
