import type { ComponentType, JSX } from "preact";
import { useState } from "preact/hooks";
import type { LineBody, LinesBody } from "../../../../src/api/client/index.ts";
import { MONEY_PAGES, type MoneyPage, moneyFragment } from "../../state/fragment.ts";
import {
  balanceIn,
  lineUnits,
  stateIn,
  type Totals,
  titleIn,
  totalsOf,
  unitsIn,
} from "../../state/money.ts";
import { place } from "../../state/session.ts";
import { resources, useResource } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Icon } from "../icons.tsx";
import { Lazy } from "../lazy.tsx";
import { Avatar, Name } from "../name.tsx";
import { Empty, Load } from "../states.tsx";
import { AutomaticPage } from "./automatic-page.tsx";
import { CurrenciesPage } from "./currencies-page.tsx";
import { LineBar } from "./line-bar.tsx";
import { LinePage } from "./line-page.tsx";
import { OfferCard } from "./offer-card.tsx";
import { OfferDialog } from "./offer-dialog.tsx";
import { PayDialog } from "./pay-dialog.tsx";
import { PayLinkDialog } from "./pay-link-dialog.tsx";
import { PaymentsPage } from "./payments-page.tsx";
import { RatesPage } from "./rates-page.tsx";
import { ReceiptsPage } from "./receipts-page.tsx";
import { RequestDialog } from "./request-dialog.tsx";
import { RequestsPage } from "./requests-page.tsx";

async function loadCommunities(): Promise<ComponentType> {
  return (await import("../community/communities-page.tsx")).CommunitiesPage;
}

/** Community currencies: a part of its own, for those who have one. */
function CommunitiesPart(): JSX.Element {
  return <Lazy load={loadCommunities} />;
}

const PAGES: Readonly<Record<MoneyPage, () => JSX.Element>> = {
  communities: CommunitiesPart,
  payments: PaymentsPage,
  requests: RequestsPage,
  receipts: ReceiptsPage,
  currencies: CurrenciesPage,
  rates: RatesPage,
  automatic: AutomaticPage,
};

/** What is owed, with whom, what is on its way, and the line or page that is open. */
export function MoneyOverview(): JSX.Element {
  const { money } = say();
  const { line, page } = place.value;
  const open = MONEY_PAGES.find((one) => one === page);
  const isOpen = line !== undefined || open !== undefined;
  return (
    <section class="view split-view" data-open={isOpen} aria-labelledby="money-title">
      <div class="split-list">
        <header class="view-head">
          <h1 id="money-title">{money.title}</h1>
          <Acts />
        </header>
        <Load from={resources.lines}>{(found) => <Lines found={found} open={line} />}</Load>
        <Pages open={open} />
      </div>
      <div class="split-detail">
        <Detail line={line} page={open} />
      </div>
    </section>
  );
}

function Acts(): JSX.Element {
  const { money } = say();
  const [asking, setAsking] = useState<"pay" | "ask" | "link" | "offer" | undefined>(undefined);
  const close = (): void => setAsking(undefined);
  return (
    <div class="buttons">
      <button type="button" class="primary" onClick={() => setAsking("pay")}>
        <Icon name="send" /> {money.pay}
      </button>
      <button type="button" onClick={() => setAsking("ask")}>
        <Icon name="plus" /> {money.ask}
      </button>
      <button type="button" onClick={() => setAsking("link")}>
        <Icon name="link" /> {money.payLink}
      </button>
      <button type="button" onClick={() => setAsking("offer")}>
        <Icon name="people" /> {money.offer}
      </button>
      {asking === "pay" ? <PayDialog onClose={close} /> : null}
      {asking === "ask" ? <RequestDialog onClose={close} /> : null}
      {asking === "link" ? <PayLinkDialog onClose={close} /> : null}
      {asking === "offer" ? <OfferDialog onClose={close} /> : null}
    </div>
  );
}

function Detail(props: {
  readonly line: string | undefined;
  readonly page: MoneyPage | undefined;
}): JSX.Element {
  const { money } = say();
  if (props.line !== undefined) {
    const { line } = props;
    return <Load from={resources.lines}>{({ lines }) => <Open lines={lines} id={line} />}</Load>;
  }
  if (props.page !== undefined) {
    const Page = PAGES[props.page];
    return <Page />;
  }
  return (
    <Empty icon="money" title={money.noneOpen}>
      {money.noneOpenHint}
    </Empty>
  );
}

function Open(props: { readonly lines: readonly LineBody[]; readonly id: string }): JSX.Element {
  const line = props.lines.find(({ id }) => id === props.id);
  if (line !== undefined) return <LinePage key={line.id} line={line} />;
  return (
    <Empty icon="money" title={say().money.notThere}>
      <a href={moneyFragment()}>{say().money.title}</a>
    </Empty>
  );
}

function Lines(props: {
  readonly found: LinesBody;
  readonly open: string | undefined;
}): JSX.Element {
  const { money } = say();
  const { lines } = props.found;
  if (lines.length === 0) {
    return (
      <Empty icon="money" title={money.none}>
        {money.noneHint}
      </Empty>
    );
  }
  const offers = lines.filter(({ waitsFor }) => waitsFor === "you");
  const others = lines.filter(({ waitsFor }) => waitsFor !== "you");
  return (
    <>
      {offers.map((line) => (
        <OfferCard key={line.id} line={line} />
      ))}
      <Balances totals={totalsOf(lines)} />
      {others.length === 0 ? null : (
        <>
          <h2>{money.lines}</h2>
          <ul class="rows contacts">
            {others.map((line) => (
              <Row key={line.id} line={line} isOpen={line.id === props.open} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Balances({ totals }: { readonly totals: readonly Totals[] }): JSX.Element | null {
  const { money } = say();
  if (totals.length === 0) return null;
  return (
    <section class="balances" aria-label={money.balances}>
      {totals.map(({ currency, owedToYou, youOwe, canPay }) => (
        <article key={currency.id} class="card">
          <h2>
            <bdi>{titleIn(currency)}</bdi>
          </h2>
          <dl class="facts">
            <div>
              <dt>{money.owedToYou}</dt>
              <dd class="good">
                <bdi>{unitsIn(owedToYou, currency)}</bdi>
              </dd>
            </div>
            <div>
              <dt>{money.youOwe}</dt>
              <dd class="owing">
                <bdi>{unitsIn(youOwe, currency)}</bdi>
              </dd>
            </div>
          </dl>
          <p class="quiet">
            <bdi>{money.inAll(unitsIn(owedToYou - youOwe, currency))}</bdi> ·{" "}
            <bdi>{money.canPay(unitsIn(canPay, currency))}</bdi>
          </p>
        </article>
      ))}
    </section>
  );
}

function Row(props: { readonly line: LineBody; readonly isOpen: boolean }): JSX.Element {
  const { line } = props;
  const words = line.state === "open" ? balanceIn(line, lineUnits(line, "balance")) : stateIn(line);
  return (
    <li>
      <a
        class="row"
        href={moneyFragment({ line: line.id })}
        aria-current={props.isOpen ? "true" : undefined}
      >
        <Avatar of={line.with} online={line.isInReach} person={line.person} />
        <span class="grow">
          <strong>
            <Name of={line.with} />
          </strong>
          <small class="quiet">
            <bdi>{words}</bdi>
          </small>
          <LineBar line={line} />
        </span>
      </a>
    </li>
  );
}

function Pages({ open }: { readonly open: MoneyPage | undefined }): JSX.Element {
  const { money } = say();
  const underWay = useResource(resources.payments).data?.payments ?? [];
  const many = underWay.filter(({ state }) => state !== "failed").length;
  return (
    <ul class="rows contacts money-pages">
      {MONEY_PAGES.map((page) => (
        <li key={page}>
          <a
            class="row"
            href={moneyFragment({ page })}
            aria-current={page === open ? "true" : undefined}
          >
            <span class="grow">{money.pages[page]}</span>
            {page === "payments" && many > 0 ? (
              <b class="badge">
                {many}
                <span class="unseen"> {money.waitingMany(many)}</span>
              </b>
            ) : null}
          </a>
        </li>
      ))}
    </ul>
  );
}
