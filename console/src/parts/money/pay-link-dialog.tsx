import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { ExchangeBody, InvoiceBody, PaymentBody } from "../../../../src/api/client/index.ts";
import { shownAmount, textOf, unitsOf } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import { ConsoleError } from "../../state/errors.ts";
import { formatTime } from "../../state/format.ts";
import {
  isSelf,
  isStranger,
  lookalikeIn,
  memoIn,
  nameIn,
  personIn,
  sumIn,
  titleIn,
  totalsOf,
  unitsIn,
} from "../../state/money.ts";
import { resources, useResource } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { CodeReader } from "../code-reader.tsx";
import { Dialog } from "../dialog.tsx";
import { Form, FormError, useSubmission } from "../form.tsx";
import { Confirm, type Point } from "./consequences.tsx";
import { AmountField, amountLabel, Choice, useAmount } from "./fields.tsx";
import { Progress } from "./progress.tsx";

const PREFIX = /^peernet:pay\//i;

/** Pays what somebody asks for by a link or a code: reads it, says what will come of it, then pays. */
export function PayLinkDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { money } = say();
  const [asked, setAsked] = useState<InvoiceBody | undefined>(undefined);
  const [payment, setPayment] = useState<PaymentBody | undefined>(undefined);
  return (
    <Dialog title={money.linkTitle} onClose={onClose}>
      {payment !== undefined ? (
        <Progress begun={payment} onClose={onClose} />
      ) : asked !== undefined ? (
        <Asked asked={asked} onPaying={setPayment} onBack={() => setAsked(undefined)} />
      ) : (
        <Read onRead={setAsked} />
      )}
    </Dialog>
  );
}

function Read({ onRead }: { readonly onRead: (asked: InvoiceBody) => void }): JSX.Element {
  const { money } = say();
  const [link, setLink] = useState("");
  const id = useId();
  const submission = useSubmission(
    async () => {
      onRead(await api().money.readRequest(link.trim()));
    },
    () => (PREFIX.test(link.trim()) ? undefined : money.linkPaste),
  );
  const { error, isRunning } = submission;
  return (
    <Form submission={submission}>
      <label for={id}>{money.linkLabel}</label>
      <textarea
        id={id}
        rows={4}
        spellcheck={false}
        placeholder="peernet:pay/…"
        value={link}
        onInput={(event) => setLink(event.currentTarget.value)}
      />
      <CodeReader onCode={setLink} />
      <FormError text={error} />
      <button type="submit" class="primary" disabled={isRunning}>
        {isRunning ? say().common.loading : money.linkRead}
      </button>
    </Form>
  );
}

function Asked(props: {
  readonly asked: InvoiceBody;
  readonly onPaying: (payment: PaymentBody) => void;
  readonly onBack: () => void;
}): JSX.Element {
  const { asked } = props;
  const { money } = say();
  const lines = useResource(resources.lines).data?.lines ?? [];
  const exchange = asked.exchange ?? [];
  const [spent, setSpent] = useState("");
  const spend = exchange.find(({ currency }) => currency.id === spent);
  const atMost = useAmount(spend?.currency);
  const { id } = (spend ?? asked).currency;
  const canPay = totalsOf(lines).find(({ currency }) => currency.id === id)?.canPay;
  const isPayable = !isSelf(asked.person) && asked.expiresAtMs > Date.now();
  const pay = async (): Promise<void> => {
    if (atMost.fault !== undefined) throw new ConsoleError("amount", atMost.fault);
    const terms = spend && {
      currency: spend.currency.id,
      atMost: textOf(atMost.units ?? 0n, spend.currency.decimals),
    };
    const payment = await api().money.payRequest(asked.link, terms);
    await resources.payments.refresh();
    props.onPaying(payment);
  };
  return (
    <Confirm
      points={consequencesOf(asked, spend, atMost.units, canPay ?? 0n)}
      action={isPayable ? money.payAction(sumIn(asked.amount, asked.currency)) : undefined}
      onConfirm={pay}
      onBack={props.onBack}
    >
      {exchange.length === 0 || !isPayable ? null : (
        <Choice
          label={money.linkWith}
          options={[
            ["", titleIn(asked.currency)],
            ...exchange.map(({ currency }): [string, string] => [currency.id, titleIn(currency)]),
          ]}
          value={spent}
          onValue={(id) => {
            setSpent(id);
            const cost = exchange.find(({ currency }) => currency.id === id)?.cost ?? "";
            atMost.type(shownAmount(cost, money.point));
          }}
        />
      )}
      {spend === undefined ? null : (
        <AmountField
          label={money.atMost(amountLabel(spend.currency))}
          input={atMost}
          error={atMost.fault}
        />
      )}
    </Confirm>
  );
}

/**
 * What comes of paying a request.
 * @param spend what it costs in another currency, where it is paid in that
 * @param atMost the most that it may cost then, in the smallest unit; undefined while that is no amount
 * @param canPay over all lines in the currency in which it is paid, in the smallest unit
 */
function consequencesOf(
  asked: InvoiceBody,
  spend: ExchangeBody | undefined,
  atMost: bigint | undefined,
  canPay: bigint,
): readonly Point[] {
  const { money } = say();
  const { currency, person, memo } = asked;
  const sum = sumIn(asked.amount, currency);
  const paidIn = spend?.currency ?? currency;
  const cost = unitsOf(spend?.cost ?? asked.amount, paidIn.decimals);
  const most = spend === undefined ? cost : (atMost ?? cost);
  const room = unitsIn(canPay, paidIn);
  const warning = lookalikeIn(currency);
  const points: Point[] = [];
  points.push({ text: money.linkWhat(personIn(asked.payee, person), sum, titleIn(currency)) });
  if (memo !== "") points.push({ text: money.payMemo(memoIn(memo)) });
  if (warning !== undefined) points.push({ text: warning, tone: "stop" });
  const other = spend === undefined ? undefined : lookalikeIn(spend.currency);
  if (other !== undefined) points.push({ text: other, tone: "stop" });
  if (isSelf(person)) return [...points, { text: money.linkOwn, tone: "stop" }];
  if (asked.expiresAtMs <= Date.now()) {
    return [...points, { text: money.linkExpired, tone: "stop" }];
  }
  if (isStranger(asked.payee, person)) points.push({ text: money.linkStranger, tone: "risk" });
  points.push({
    text:
      spend === undefined
        ? money.linkCost(sum)
        : money.linkSpend(unitsIn(most, paidIn), nameIn(spend.by)),
  });
  if (most < cost) points.push({ text: money.linkLess(unitsIn(cost, paidIn)), tone: "stop" });
  if (canPay < cost) {
    points.push({ text: money.linkTooMuch(room), tone: "stop" });
  } else points.push({ text: money.linkRoom(room) });
  points.push({ text: money.linkUntil(formatTime(asked.expiresAtMs, Date.now())) });
  points.push({ text: money.linkAll }, { text: money.linkRisk, tone: "risk" });
  return points;
}
