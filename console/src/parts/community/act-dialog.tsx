import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CommunityBody } from "../../../../src/api/client/index.ts";
import { textOf } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import { communitySum, decimalsOf, whoIn } from "../../state/community.ts";
import { memoIn } from "../../state/money.ts";
import { notify } from "../../state/notices.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Dialog } from "../dialog.tsx";
import { AmountForm } from "../money/amount-form.tsx";
import { amountLabel, Choice, MemoField, memoFault } from "../money/fields.tsx";
import { peopleOptions, useMembers } from "./members.ts";

/** What stewards move by hand. */
export type Act = "spend" | "cover";

/** Proposes to spend what the community has, or to bear what somebody owes and never gives. */
export function ActDialog(props: {
  readonly body: CommunityBody;
  readonly act: Act;
  readonly onProposed: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { community } = say();
  return (
    <Dialog
      title={props.act === "spend" ? community.spendTitle : community.coverTitle}
      onClose={props.onClose}
    >
      <Terms {...props} />
    </Dialog>
  );
}

function Terms(props: {
  readonly body: CommunityBody;
  readonly act: Act;
  readonly onProposed: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { act, body } = props;
  const { community, money } = say();
  const members = useMembers(body.currency?.group);
  const bearers = [{ name: "", person: body.id }, ...(body.rules?.tellers ?? [])];
  const [to, setTo] = useState("");
  const [from, setFrom] = useState(body.id);
  const [memo, setMemo] = useState("");
  const who = members.find(({ person }) => person === to) ?? members[0];
  const bearer = bearers.find(({ person }) => person === from) ?? bearers[0];
  if (who === undefined || bearer === undefined) return <p>{community.payNobody}</p>;
  const what = memo.trim();
  const words = (units: bigint): string => {
    const [name, sum] = [whoIn(who, body), communitySum(units, body)];
    return act === "spend"
      ? community.actWhat.spend(name, sum)
      : community.actWhat.cover(whoIn(bearer, body), name, sum);
  };
  return (
    <AmountForm
      currency={{ decimals: decimalsOf(body) }}
      label={amountLabel(body.currency ?? undefined)}
      above={
        <>
          <Choice
            label={community.actTo}
            options={peopleOptions(members, body)}
            value={who.person}
            onValue={setTo}
          />
          {act === "cover" ? (
            <Choice
              label={community.coverFrom}
              options={peopleOptions(bearers, body)}
              value={bearer.person}
              onValue={setFrom}
            />
          ) : null}
        </>
      }
      below={<MemoField label={community.actFor} value={memo} onValue={setMemo} />}
      faultOf={() => memoFault(what)}
      pointsOf={(units) => [
        { text: words(units) },
        ...(what === "" ? [] : [{ text: money.payMemo(memoIn(what)) }]),
        { text: community.actNeeds(body.rules?.of ?? 1), tone: "risk" },
      ]}
      actionOf={() => community.actDo}
      onConfirm={async (units) => {
        const { proposals } = await api().communities.proposeAct(body.id, {
          ...{ kind: act, to: who.person, memo: what },
          amount: textOf(units, decimalsOf(body)),
          ...(act === "cover" && bearer.person !== body.id ? { from: bearer.person } : {}),
        });
        await resources.communities.refresh();
        notify("good", proposals.length === 0 ? community.signedAll : community.proposed);
        props.onProposed();
        props.onClose();
      }}
    />
  );
}
