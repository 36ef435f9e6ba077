import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CommunityBody, CommunityOrderBody } from "../../../../src/api/client/index.ts";
import { textOf, unitsOf } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import { communitySum, decimalsOf, levyOn, percentIn, whoIn } from "../../state/community.ts";
import { isSelf, memoIn } from "../../state/money.ts";
import { resources, useResource } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Dialog } from "../dialog.tsx";
import { AmountForm } from "../money/amount-form.tsx";
import type { Point } from "../money/consequences.tsx";
import { amountLabel, Choice, MemoField, memoFault } from "../money/fields.tsx";
import { OrderState } from "./account-part.tsx";
import { peopleOptions, useMembers } from "./members.ts";

/** What has been paid, and how far its order was then. */
interface Paid {
  readonly order: CommunityOrderBody;
  readonly name: string;
  readonly sum: string;
}

/** Pays a member, or the community itself. */
export function PayDialog(props: {
  readonly body: CommunityBody;
  /** Who is chosen at first, and how much, as the peer tells it. */
  readonly to?: string;
  readonly amount?: string;
  readonly onClose: () => void;
}): JSX.Element {
  const [paid, setPaid] = useState<Paid | undefined>(undefined);
  return (
    <Dialog title={say().community.payTitle} onClose={props.onClose}>
      {paid === undefined ? (
        <Terms {...props} onPaid={setPaid} />
      ) : (
        <Progress paid={paid} id={props.body.id} />
      )}
    </Dialog>
  );
}

function Terms(props: {
  readonly body: CommunityBody;
  readonly to?: string;
  readonly amount?: string;
  readonly onPaid: (paid: Paid) => void;
}): JSX.Element {
  const { body } = props;
  const { community, money } = say();
  const others = useMembers(body.currency?.group).filter(({ person }) => !isSelf(person));
  const payees = [...others, { name: "", person: body.id }];
  const [to, setTo] = useState(props.to ?? "");
  const [memo, setMemo] = useState("");
  const payee = payees.find(({ person }) => person === to) ?? payees[0];
  if (payee === undefined) return <p>{community.payNobody}</p>;
  const name = whoIn(payee, body);
  const decimals = decimalsOf(body);
  const most = unitsOf(body.canPay, decimals);
  const what = memo.trim();
  return (
    <AmountForm
      currency={{ decimals }}
      label={amountLabel(body.currency ?? undefined)}
      first={props.amount ?? ""}
      above={
        <>
          <Choice
            label={money.who}
            options={peopleOptions(payees, body)}
            value={payee.person}
            onValue={setTo}
          />
          <p class="quiet">
            <bdi>{community.canPay(communitySum(most, body))}</bdi>
          </p>
        </>
      }
      below={<MemoField label={money.memo} value={memo} onValue={setMemo} />}
      faultOf={(units) =>
        memoFault(what) ??
        (units > most ? community.payTooMuch(communitySum(most, body)) : undefined)
      }
      pointsOf={(units) => pointsOf(body, name, units, what)}
      actionOf={(units) => money.payAction(communitySum(units, body))}
      onConfirm={async (units) => {
        const text = textOf(units, decimals);
        const { order } = await api().communities.pay(body.id, payee.person, text, what);
        await resources.communities.refresh();
        props.onPaid({ order, name, sum: communitySum(units, body) });
      }}
    />
  );
}

/** What comes of paying somebody so much. */
function pointsOf(
  body: CommunityBody,
  name: string,
  units: bigint,
  memo: string,
): readonly Point[] {
  const { community, money } = say();
  const { rules, you, stewardsInReach } = body;
  if (rules === null || you === null) return [];
  const decimals = decimalsOf(body);
  const levy = levyOn(units, rules);
  const after = unitsOf(you.balance, decimals) + unitsOf(you.unsettled, decimals) - units - levy;
  const isLow = after < -unitsOf(rules.soft, decimals);
  return [
    { text: community.payWhat(name, communitySum(units, body)) },
    ...(memo === "" ? [] : [{ text: money.payMemo(memoIn(memo)) }]),
    {
      text:
        levy === 0n
          ? community.payNoLevy
          : community.payLevy(percentIn(rules.levy), communitySum(levy, body)),
    },
    { text: community.payAfter(communitySum(after, body)) },
    ...(isLow ? [{ text: community.payLow, tone: "risk" } as const] : []),
    { text: community.payCounts(rules.of), tone: "risk" },
    ...(stewardsInReach < rules.of
      ? [{ text: community.payFew(stewardsInReach, rules.of), tone: "risk" } as const]
      : []),
  ];
}

/** How far a payment is, as stewards sign it. */
function Progress(props: { readonly paid: Paid; readonly id: string }): JSX.Element {
  const { community } = say();
  const { order, name, sum } = props.paid;
  const all = useResource(resources.communities).data?.communities ?? [];
  const body = all.find(({ id }) => id === props.id);
  const now = body?.order;
  // One that is under way no more has its signatures.
  const stands = now?.id === order.id ? now : { ...order, state: "settled" as const };
  return (
    <div class="form">
      {stands.state === "waiting" && body !== undefined ? (
        <OrderState order={stands} body={body} />
      ) : (
        <p class="good" role="status">
          <bdi>
            {stands.state === "told" ? community.paidTold(name, sum) : community.paidAll(name, sum)}
          </bdi>
        </p>
      )}
      {stands.state === "waiting" ? <p class="quiet">{community.payClose}</p> : null}
    </div>
  );
}
