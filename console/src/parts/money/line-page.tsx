import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { LineBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { moneyFragment } from "../../state/fragment.ts";
import {
  balanceIn,
  lineUnits,
  lookalikeIn,
  partnerIn,
  stateIn,
  sumIn,
  titleIn,
} from "../../state/money.ts";
import { attempt } from "../../state/notices.ts";
import { reasonIn } from "../../state/refusal.ts";
import { saveText } from "../../state/save-text.ts";
import { say } from "../../words/language.ts";
import { Icon } from "../icons.tsx";
import { Avatar, Name } from "../name.tsx";
import { LinePicture } from "./line-bar.tsx";
import { type LineAct, LineDialog } from "./line-dialogs.tsx";
import { OfferCard } from "./offer-card.tsx";
import { PayDialog } from "./pay-dialog.tsx";
import { RequestDialog } from "./request-dialog.tsx";
import { Statement } from "./statement.tsx";

/** One line: what is owed, what may be, what can be done, and what has happened on it. */
export function LinePage({ line }: { readonly line: LineBody }): JSX.Element {
  const { money, common } = say();
  return (
    <section class="page" aria-label={partnerIn(line)}>
      <header class="page-head">
        <a class="button ghost icon-only back" href={moneyFragment()} aria-label={common.back}>
          <Icon name="back" />
        </a>
        <Avatar of={line.with} online={line.isInReach} person={line.person} />
        <div class="grow">
          <h2>
            <Name of={line.with} />
          </h2>
          <small class="quiet">
            <bdi>{titleIn(line.currency)}</bdi> · {stateIn(line)} ·{" "}
            {line.isInReach ? money.inReach : money.away}
          </small>
        </div>
      </header>
      {line.waitsFor === "you" ? (
        <OfferCard line={line} />
      ) : (
        <>
          <section class="card" aria-label={money.balances}>
            <p class="line-balance">
              <bdi>{balanceIn(line, lineUnits(line, "balance"))}</bdi>
            </p>
            <LinePicture line={line} />
            <Notes line={line} />
          </section>
          <Acts line={line} />
          <Statement line={line} />
        </>
      )}
    </section>
  );
}

/** What is on its way, what has not been told yet, and what is wrong. */
function Notes({ line }: { readonly line: LineBody }): JSX.Element {
  const { money } = say();
  const warning = lookalikeIn(line.currency);
  const notes: string[] = [];
  if (lineUnits(line, "lockedOut") > 0n) {
    notes.push(money.lockedOut(sumIn(line.lockedOut, line.currency), partnerIn(line)));
  }
  if (lineUnits(line, "lockedIn") > 0n) {
    notes.push(money.lockedIn(sumIn(line.lockedIn, line.currency)));
  }
  if (line.isHidden) notes.push(money.isHidden);
  if (line.unconfirmed > 0) notes.push(line.isInReach ? money.telling : money.toldLater);
  return (
    <>
      {notes.map((note) => (
        <p key={note} class="quiet">
          <bdi>{note}</bdi>
        </p>
      ))}
      {line.trouble === null ? null : (
        <p class="bad" role="note">
          {reasonIn(line.troubleCode) ?? line.trouble}
        </p>
      )}
      {warning === undefined ? null : (
        <p class="bad" role="note">
          <bdi>{warning}</bdi>
        </p>
      )}
    </>
  );
}

function Acts({ line }: { readonly line: LineBody }): JSX.Element {
  const { money } = say();
  const [asking, setAsking] = useState<LineAct | "pay" | "ask" | undefined>(undefined);
  const close = (): void => setAsking(undefined);
  const proof = async (): Promise<void> => {
    const found = await api().money.proof(line.id);
    saveText("peernet-proof.txt", "text/plain", `${found.proof}\n`);
  };
  const isOver = line.state === "stopped" || line.state === "offered";
  return (
    <div class="buttons">
      {lineUnits(line, "canPay") === 0n ? null : (
        <button type="button" class="primary" onClick={() => setAsking("pay")}>
          {money.pay}
        </button>
      )}
      {isOver ? null : (
        <button type="button" onClick={() => setAsking("ask")}>
          {money.ask}
        </button>
      )}
      {line.state === "stopped" ? null : (
        <button type="button" onClick={() => setAsking("limit")}>
          {money.limit}
        </button>
      )}
      {line.isElsewhere ? (
        <button type="button" onClick={() => setAsking("takeover")}>
          {money.takeover}
        </button>
      ) : null}
      {isOver || line.state === "closed" ? null : (
        <button type="button" onClick={() => setAsking("hide")}>
          {line.isHidden ? money.unhide : money.hide}
        </button>
      )}
      {line.hasProof ? (
        <button type="button" title={money.proofText} onClick={() => void attempt(proof)}>
          <Icon name="download" /> {money.proof}
        </button>
      ) : null}
      {isOver || line.state === "closed" ? null : (
        <button type="button" class="danger" onClick={() => setAsking("close")}>
          {money.close}
        </button>
      )}
      {asking === "pay" ? <PayDialog line={line} onClose={close} /> : null}
      {asking === "ask" ? <RequestDialog currency={line.currency.id} onClose={close} /> : null}
      {asking === undefined || asking === "pay" || asking === "ask" ? null : (
        <LineDialog line={line} act={asking} onClose={close} />
      )}
    </div>
  );
}
