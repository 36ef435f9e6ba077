import type { JSX } from "preact";
import type { LineBody } from "../../../../src/api/client/index.ts";
import { shownAmount, textOf } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import { balanceIn, lineUnits, partnerIn, unitsIn } from "../../state/money.ts";
import { notify } from "../../state/notices.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { ConfirmDialog } from "../confirm-dialog.tsx";
import { Dialog } from "../dialog.tsx";
import { AmountForm } from "./amount-form.tsx";
import { amountLabel } from "./fields.tsx";
import { riskPoint } from "./offer-card.tsx";

/** What changes a line itself. */
export type LineAct = "limit" | "close" | "takeover" | "hide";

/** Asks before a line is changed, with what that means. */
export function LineDialog(props: {
  readonly line: LineBody;
  readonly act: LineAct;
  readonly onClose: () => void;
}): JSX.Element {
  const { line, act, onClose } = props;
  const { money } = say();
  if (act === "limit") return <LimitDialog line={line} onClose={onClose} />;
  if (act === "takeover") {
    return (
      <ConfirmDialog
        title={money.takeoverTitle}
        action={money.takeover}
        onConfirm={() => done(() => api().money.takeOver(line.id), money.takenOver)}
        onClose={onClose}
      >
        {money.takeoverText}
      </ConfirmDialog>
    );
  }
  if (act === "hide") {
    const { isHidden } = line;
    return (
      <ConfirmDialog
        title={<bdi>{(isHidden ? money.unhideTitle : money.hideTitle)(partnerIn(line))}</bdi>}
        action={isHidden ? money.unhide : money.hide}
        onConfirm={() =>
          done(
            () => api().money.hide(line.id, !isHidden),
            isHidden ? money.unhiddenNow : money.hiddenNow,
          )
        }
        onClose={onClose}
      >
        {isHidden ? money.unhideText : money.hideText}
      </ConfirmDialog>
    );
  }
  return (
    <ConfirmDialog
      title={<bdi>{money.closeTitle(partnerIn(line))}</bdi>}
      action={money.close}
      onConfirm={() => done(() => api().money.close(line.id), money.closed)}
      onClose={onClose}
    >
      <bdi>{balanceIn(line, lineUnits(line, "balance"))}.</bdi> {money.closeText}
    </ConfirmDialog>
  );
}

async function done(act: () => Promise<unknown>, words: string): Promise<void> {
  await act();
  await resources.lines.refresh();
  notify("good", words);
}

function LimitDialog(props: {
  readonly line: LineBody;
  readonly onClose: () => void;
}): JSX.Element {
  const { line, onClose } = props;
  const { currency } = line;
  const { money } = say();
  const name = partnerIn(line);
  return (
    <Dialog title={<bdi>{money.limitTitle(name)}</bdi>} onClose={onClose}>
      <AmountForm
        currency={currency}
        label={`${money.limitLabel}: ${amountLabel(currency)}`}
        allowsZero
        first={shownAmount(line.theyMayOwe, money.point)}
        pointsOf={(limit) => [
          riskPoint(name, limit, unitsIn(limit, currency)),
          ...(limit < lineUnits(line, "theyMayOwe") ? [{ text: money.limitLower }] : []),
        ]}
        actionOf={() => money.limit}
        onConfirm={async (limit) => {
          const text = textOf(limit, currency.decimals);
          await done(() => api().money.limit(line.id, text), money.limitSet);
          onClose();
        }}
      />
    </Dialog>
  );
}
