import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { InvoiceBody, PaymentBody } from "../../../../src/api/client/index.ts";
import { unitsOf } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import { wordsOf } from "../../state/errors.ts";
import { formatTime } from "../../state/format.ts";
import { moneyFragment } from "../../state/fragment.ts";
import {
  isSelf,
  isStranger,
  lookalikeIn,
  memoIn,
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
import { Confirm, type Point } from "./consequences.tsx";
import { PaymentState } from "./payments-page.tsx";

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
  const [error, setError] = useState<string | undefined>(undefined);
  const [isRunning, setRunning] = useState(false);
  const id = useId();
  const read = async (): Promise<void> => {
    if (!PREFIX.test(link.trim())) return setError(money.linkPaste);
    setError(undefined);
    setRunning(true);
    try {
      onRead(await api().money.readRequest(link.trim()));
    } catch (cause) {
      setError(wordsOf(cause));
      setRunning(false);
    }
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void read();
      }}
    >
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
      {error === undefined ? null : (
        <p class="bad" role="alert">
          {error}
        </p>
      )}
      <button type="submit" class="primary" disabled={isRunning}>
        {isRunning ? say().common.loading : money.linkRead}
      </button>
    </form>
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
  const canPay = totalsOf(lines).find(({ currency }) => currency.id === asked.currency.id)?.canPay;
  const isPayable = !isSelf(asked.person) && asked.expiresAtMs > Date.now();
  const pay = async (): Promise<void> => {
    const payment = await api().money.payRequest(asked.link);
    await resources.payments.refresh();
    props.onPaying(payment);
  };
  return (
    <Confirm
      points={consequencesOf(asked, canPay ?? 0n)}
      action={isPayable ? money.payAction(sumIn(asked.amount, asked.currency)) : undefined}
      onConfirm={pay}
      onBack={props.onBack}
    />
  );
}

/** What comes of paying a request. @param canPay over all lines in its currency, in the smallest unit */
function consequencesOf(asked: InvoiceBody, canPay: bigint): readonly Point[] {
  const { money } = say();
  const { currency, person, memo } = asked;
  const sum = sumIn(asked.amount, currency);
  const room = unitsIn(canPay, currency);
  const warning = lookalikeIn(currency);
  const points: Point[] = [];
  points.push({ text: money.linkWhat(personIn(asked.payee, person), sum, titleIn(currency)) });
  if (memo !== "") points.push({ text: money.payMemo(memoIn(memo)) });
  if (warning !== undefined) points.push({ text: warning, tone: "stop" });
  if (isSelf(person)) return [...points, { text: money.linkOwn, tone: "stop" }];
  if (asked.expiresAtMs <= Date.now()) {
    return [...points, { text: money.linkExpired, tone: "stop" }];
  }
  if (isStranger(asked.payee, person)) points.push({ text: money.linkStranger, tone: "risk" });
  points.push({ text: money.linkCost(sum) });
  if (canPay < unitsOf(asked.amount, currency.decimals)) {
    points.push({ text: money.linkTooMuch(room), tone: "stop" });
  } else points.push({ text: money.linkRoom(room) });
  points.push({ text: money.linkUntil(formatTime(asked.expiresAtMs, Date.now())) });
  points.push({ text: money.linkAll }, { text: money.linkRisk, tone: "risk" });
  return points;
}

/** What becomes of a payment, as it happens. */
function Progress(props: {
  readonly begun: PaymentBody;
  readonly onClose: () => void;
}): JSX.Element {
  const { begun } = props;
  const { money } = say();
  const underWay = useResource(resources.payments).data?.payments;
  const receipts = useResource(resources.receipts).data?.receipts;
  const isPaid = receipts?.some(({ id, direction }) => id === begun.id && direction === "out");
  const now = underWay?.find(({ id }) => id === begun.id) ?? begun;
  if (isPaid === true || now.state === "paid") {
    const name = personIn(begun.payee, begun.person);
    return (
      <div class="form">
        <p class="good" role="status">
          <bdi>{money.linkPaid(name, sumIn(begun.amount, begun.currency))}</bdi>
        </p>
        <a class="button" href={moneyFragment({ page: "receipts" })} onClick={props.onClose}>
          {money.seeReceipts}
        </a>
      </div>
    );
  }
  return (
    <div class="form">
      <PaymentState payment={now} />
      {now.state === "failed" ? null : <p class="quiet">{money.seePayments}</p>}
    </div>
  );
}
