import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { ReceiptBody, ReceiptsBody } from "../../../../src/api/client/index.ts";
import { shownAmount } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import { hasWords } from "../../state/find.ts";
import { formatTime } from "../../state/format.ts";
import { lookalikeIn, memoIn, personIn, sumIn, titleIn } from "../../state/money.ts";
import { attempt } from "../../state/notices.ts";
import { saveText } from "../../state/save-text.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { CopyButton } from "../copy.tsx";
import { Dialog } from "../dialog.tsx";
import { Form, FormError, useSubmission } from "../form.tsx";
import { FoundList } from "../found-list.tsx";
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
  // The newest come by themselves; what is behind them stays once it was fetched.
  const [older, setOlder] = useState<ReceiptsBody | undefined>(undefined);
  if (found.receipts.length === 0) {
    return (
      <Empty icon="file" title={money.receiptsNone}>
        {money.receiptsNoneHint}
      </Empty>
    );
  }
  const all = withOlder(found.receipts, older?.receipts ?? []);
  const next = older === undefined ? found.next : older.next;
  const more = async (): Promise<void> => {
    const page = await api().money.receipts(next);
    setOlder({ receipts: [...(older?.receipts ?? []), ...page.receipts], next: page.next });
  };
  return (
    <section class="card form" aria-label={money.pages.receipts}>
      <FoundList
        label={money.receiptsFind}
        placeholder={money.searchExample}
        none={money.searchNone}
        find={(query) => findReceipts(all, query)}
        row={(receipt) => <Receipt key={keyOf(receipt)} receipt={receipt} />}
      >
        {next === null ? null : (
          <button type="button" onClick={() => void attempt(more)}>
            {money.whole}
          </button>
        )}
      </FoundList>
    </section>
  );
}

function keyOf({ id, direction }: ReceiptBody): string {
  return `${id} ${direction}`;
}

/** Newer receipts before older ones; none stands twice. */
function withOlder(
  newer: readonly ReceiptBody[],
  older: readonly ReceiptBody[],
): readonly ReceiptBody[] {
  const known = new Set(newer.map(keyOf));
  return [...newer, ...older.filter((receipt) => !known.has(keyOf(receipt)))];
}

/** Receipts in which every word that is looked for stands somewhere. */
function findReceipts(receipts: readonly ReceiptBody[], query: string): readonly ReceiptBody[] {
  if (query.trim() === "") return receipts;
  return receipts.filter((receipt) =>
    hasWords(query, [
      ...[wordsFor(receipt), receipt.memo, receipt.amount],
      receipt.atMs === null ? "" : formatTime(receipt.atMs, 0),
    ]),
  );
}

function wordsFor(receipt: ReceiptBody): string {
  const { money } = say();
  const sum = receiptSum(receipt);
  return receipt.direction === "in"
    ? money.receiptIn(sum)
    : money.receiptOut(personIn(receipt.payee, receipt.person), sum);
}

function Receipt({ receipt }: { readonly receipt: ReceiptBody }): JSX.Element {
  const { money, common } = say();
  const { memo, atMs, currency } = receipt;
  return (
    <li class="line">
      <span class="grow">
        <strong>
          <bdi>{wordsFor(receipt)}</bdi>
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
  const [found, setFound] = useState<ReceiptBody | undefined>(undefined);
  const id = useId();
  const submission = useSubmission(async () => {
    setFound(undefined);
    setFound(await api().money.verifyReceipt(link.trim()));
    // One of a payment under way ends it.
    resources.payments.invalidate();
    resources.receipts.invalidate();
  });
  const { error, isRunning } = submission;
  return (
    <Dialog title={money.verifyTitle} onClose={onClose}>
      <Form submission={submission}>
        <label for={id}>{money.verifyLabel}</label>
        <textarea
          id={id}
          rows={4}
          spellcheck={false}
          placeholder="peernet:receipt/…"
          value={link}
          onInput={(event) => setLink(event.currentTarget.value)}
        />
        <FormError text={error} />
        {found === undefined ? null : (
          <div role="status">
            <Points points={pointsOf(found)} />
          </div>
        )}
        <button type="submit" class="primary" disabled={isRunning || link.trim() === ""}>
          {isRunning ? common.loading : money.verifyDo}
        </button>
      </Form>
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
