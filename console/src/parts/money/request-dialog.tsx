import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { CurrencyBody, InvoiceBody } from "../../../../src/api/client/index.ts";
import { REQUEST_HOURS_MAX } from "../../limits.ts";
import { textOf, unitsOf } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import { formatTime } from "../../state/format.ts";
import { moneyFragment } from "../../state/fragment.ts";
import { memoIn, sumIn, titleIn } from "../../state/money.ts";
import { resources, useResource } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Dialog } from "../dialog.tsx";
import { Form, useSubmission } from "../form.tsx";
import { LinkCard } from "../link-card.tsx";
import { Load } from "../states.tsx";
import {
  AmountField,
  amountLabel,
  Choice,
  currencyOptions,
  MemoField,
  memoFault,
  useAmount,
} from "./fields.tsx";

const HOURS = 24;

/** Asks for money: makes a link and a code that anybody with a way here can pay, once. */
export function RequestDialog(props: {
  /** The currency that is chosen at first. */
  readonly currency?: string;
  readonly onClose: () => void;
}): JSX.Element {
  const { money } = say();
  const [made, setMade] = useState<InvoiceBody | undefined>(undefined);
  return (
    <Dialog title={money.askTitle} onClose={props.onClose}>
      {made !== undefined ? (
        <InvoiceCard invoice={made} />
      ) : (
        <Load from={resources.currencies}>
          {({ currencies }) =>
            currencies.length > 0 ? (
              <Terms currencies={currencies} first={props.currency} onMade={setMade} />
            ) : (
              <div class="form">
                <p>{money.askNoCurrency}</p>
                <a
                  class="button"
                  href={moneyFragment({ page: "currencies" })}
                  onClick={props.onClose}
                >
                  {money.pages.currencies}
                </a>
              </div>
            )
          }
        </Load>
      )}
    </Dialog>
  );
}

function Terms(props: {
  readonly currencies: readonly CurrencyBody[];
  readonly first: string | undefined;
  readonly onMade: (made: InvoiceBody) => void;
}): JSX.Element {
  const { money, common } = say();
  const [which, setWhich] = useState(props.first ?? props.currencies[0]?.id ?? "");
  const currency = props.currencies.find(({ id }) => id === which);
  const amount = useAmount(currency);
  const [memo, setMemo] = useState("");
  const [hours, setHours] = useState(HOURS);
  const id = useId();
  const submission = useSubmission(
    async () => {
      if (amount.units === undefined || currency === undefined) return;
      const text = textOf(amount.units, currency.decimals);
      const made = await api().money.request(text, currency.id, memo.trim(), hours);
      resources.invoices.invalidate();
      props.onMade(made);
    },
    () => amount.fault ?? memoFault(memo.trim()),
  );
  const { error, isRunning } = submission;
  return (
    <Form submission={submission}>
      <Choice
        label={money.which}
        options={currencyOptions(props.currencies)}
        value={which}
        onValue={setWhich}
      />
      <AmountField label={amountLabel(currency)} input={amount} error={error} />
      <MemoField label={money.memoLink} value={memo} onValue={setMemo} />
      <label for={`${id}-hours`}>{money.askHours}</label>
      <input
        id={`${id}-hours`}
        type="number"
        min={1}
        max={REQUEST_HOURS_MAX}
        value={hours}
        onInput={(event) => setHours(event.currentTarget.valueAsNumber || HOURS)}
      />
      <p class="quiet">{money.askShows}</p>
      <button type="submit" class="primary" disabled={isRunning}>
        {isRunning ? common.loading : money.askMake}
      </button>
    </Form>
  );
}

/** A request as a code and a link; says when it is paid. */
export function InvoiceCard({ invoice }: { readonly invoice: InvoiceBody }): JSX.Element {
  const { money, common } = say();
  const sum = sumIn(invoice.amount, invoice.currency);
  const open = useResource(resources.invoices).data?.requests;
  const receipts = useResource(resources.receipts).data?.receipts;
  const isPaid = receipts?.some(({ id, direction }) => id === invoice.id && direction === "in");
  if (isPaid === true) {
    return (
      <p class="good" role="status">
        <bdi>{money.askPaid(sum)}</bdi>
      </p>
    );
  }
  const now = open?.find(({ id }) => id === invoice.id) ?? invoice;
  const isHeld = unitsOf(now.held, now.currency.decimals) > 0n;
  return (
    <LinkCard
      link={invoice.link}
      // Capitals alone make a code with fewer, larger squares.
      code={invoice.link.toUpperCase()}
      qrLabel={money.askQr}
      linkLabel={money.askLink}
    >
      <p>
        <strong>
          <bdi>{sum}</bdi>
        </strong>{" "}
        <small class="quiet">
          <bdi>{titleIn(invoice.currency)}</bdi>
        </small>
      </p>
      {invoice.memo === "" ? null : (
        <p>
          <bdi>{memoIn(invoice.memo)}</bdi>
        </p>
      )}
      <p>
        <bdi>{money.askText(sum)}</bdi>
      </p>
      <p class="quiet" role="status">
        {isHeld ? money.askHeld(sumIn(now.held, now.currency)) : money.askStates[now.state]}.{" "}
        {common.goodUntil(formatTime(invoice.expiresAtMs, Date.now()))}
      </p>
    </LinkCard>
  );
}
