import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { ReceiptBody, ReceiptsBody } from "../../../../src/api/client/index.ts";
import { shownAmount } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import { wordsOf } from "../../state/errors.ts";
import { formatTime } from "../../state/format.ts";
import { lookalikeIn, memoIn, personIn, sumIn, titleIn } from "../../state/money.ts";
import { saveText } from "../../state/save-text.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { CopyButton } from "../copy.tsx";
import { Dialog } from "../dialog.tsx";
import { Icon } from "../icons.tsx";
import { Empty, Load } from "../states.tsx";
import { type Point, Points } from "./consequences.tsx";
import { MoneyPageFrame } from "./page.tsx";

/** Characters of a receipt's id in the name of its file. */
const ID_CHARS = 8;

/** Proofs of what was paid by links, to keep, to hand on, and to check. */
export function ReceiptsPage(): JSX.Element {
  const { money } = say();
  const [isChecking, setChecking] = useState(false);
  const act = (
    <button type="button" onClick={() => setChecking(true)}>
      {money.verify}
    </button>
  );
  return (
    <MoneyPageFrame title={money.pages.receipts} act={act}>
      <Load from={resources.receipts}>{(found) => <Receipts found={found} />}</Load>
      {isChecking ? <CheckDialog onClose={() => setChecking(false)} /> : null}
    </MoneyPageFrame>
  );
}

function Receipts({ found }: { readonly found: ReceiptsBody }): JSX.Element {
  const { money } = say();
  if (found.receipts.length === 0) {
    return (
      <Empty icon="file" title={money.receiptsNone}>
        {money.receiptsNoneHint}
      </Empty>
    );
  }
  return (
    <section class="card" aria-label={money.pages.receipts}>
      <ul class="lines">
        {found.receipts.map((receipt) => (
          <Receipt key={`${receipt.id} ${receipt.direction}`} receipt={receipt} />
        ))}
      </ul>
    </section>
  );
}

function Receipt({ receipt }: { readonly receipt: ReceiptBody }): JSX.Element {
  const { money, common } = say();
  const { direction, memo, atMs, currency } = receipt;
  const sum = receiptSum(receipt);
  const words =
    direction === "in"
      ? money.receiptIn(sum)
      : money.receiptOut(personIn(receipt.payee, receipt.person), sum);
  return (
    <li class="line">
      <span class="grow">
        <strong>
          <bdi>{words}</bdi>
        </strong>
        {memo === "" ? null : <bdi>{memoIn(memo)}</bdi>}
        <small class="quiet">
          {currency === null ? null : <bdi>{titleIn(currency)} · </bdi>}
          {atMs === null ? "" : formatTime(atMs, Date.now())}
        </small>
      </span>
      <span class="buttons">
        <CopyButton text={receipt.link} what={common.link} label={common.copyLink} />
        <button
          type="button"
          onClick={() =>
            saveText(
              `peernet-receipt-${receipt.id.slice(0, ID_CHARS)}.txt`,
              "text/plain",
              `${receipt.link}\n`,
            )
          }
        >
          <Icon name="download" /> {money.receiptSave}
        </button>
      </span>
    </li>
  );
}

function receiptSum({ amount, currency }: ReceiptBody): string {
  const { money } = say();
  if (currency !== null) return sumIn(amount, currency);
  return money.unknownUnits(shownAmount(amount, money.point));
}

function CheckDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { money, common } = say();
  const [link, setLink] = useState("");
  const [error, setError] = useState<string | undefined>(undefined);
  const [found, setFound] = useState<ReceiptBody | undefined>(undefined);
  const [isRunning, setRunning] = useState(false);
  const id = useId();
  const check = async (): Promise<void> => {
    setFound(undefined);
    setError(undefined);
    setRunning(true);
    try {
      setFound(await api().money.verifyReceipt(link.trim()));
      // One of a payment under way ends it.
      resources.payments.invalidate();
      resources.receipts.invalidate();
    } catch (cause) {
      setError(wordsOf(cause));
    }
    setRunning(false);
  };
  return (
    <Dialog title={money.verifyTitle} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void check();
        }}
      >
        <label for={id}>{money.verifyLabel}</label>
        <textarea
          id={id}
          rows={4}
          spellcheck={false}
          placeholder="peernet:receipt/…"
          value={link}
          onInput={(event) => setLink(event.currentTarget.value)}
        />
        {error === undefined ? null : (
          <p class="bad" role="alert">
            {error}
          </p>
        )}
        {found === undefined ? null : (
          <div role="status">
            <Points points={pointsOf(found)} />
          </div>
        )}
        <button type="submit" class="primary" disabled={isRunning || link.trim() === ""}>
          {isRunning ? common.loading : money.verifyDo}
        </button>
      </form>
    </Dialog>
  );
}

/** What a genuine receipt shows, and what it does not. */
function pointsOf(receipt: ReceiptBody): readonly Point[] {
  const { money } = say();
  const { currency, memo } = receipt;
  const warning = currency === null ? undefined : lookalikeIn(currency);
  return [
    { text: money.genuine(personIn(receipt.payee, receipt.person), receiptSum(receipt)) },
    ...(currency === null ? [] : [{ text: titleIn(currency) }]),
    ...(memo === "" ? [] : [{ text: money.payMemo(memoIn(memo)) }]),
    { text: money.personId(receipt.person) },
    ...(warning === undefined ? [] : [{ text: warning, tone: "stop" } as const]),
    { text: money.genuineWhat, tone: "risk" },
  ];
}
