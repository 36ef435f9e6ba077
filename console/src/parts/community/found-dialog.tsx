import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CurrencyBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { communityFragment, moneyFragment } from "../../state/fragment.ts";
import { isSelf } from "../../state/money.ts";
import { notify } from "../../state/notices.ts";
import { resources, useResource } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Dialog } from "../dialog.tsx";
import { Choice, currencyOptions } from "../money/fields.tsx";
import { Load } from "../states.tsx";
import { useMembers } from "./members.ts";
import { RulesForm } from "./rules-form.tsx";

/** Founds a community on a currency that was issued for a group. */
export function FoundDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { community, money } = say();
  const known = useResource(resources.communities).data?.communities ?? [];
  const taken = new Set(known.map(({ currency }) => currency?.id));
  return (
    <Dialog title={community.foundTitle} onClose={onClose}>
      <Load from={resources.currencies}>
        {({ currencies }) => {
          const able = currencies.filter(
            ({ id, group, person }) => group !== null && isSelf(person) && !taken.has(id),
          );
          const [first] = able;
          if (first !== undefined) {
            return <Terms currencies={able} first={first} onClose={onClose} />;
          }
          return (
            <div class="form">
              <p>{community.noneGroup}</p>
              <a class="button" href={moneyFragment({ page: "currencies" })} onClick={onClose}>
                {money.pages.currencies}
              </a>
            </div>
          );
        }}
      </Load>
    </Dialog>
  );
}

function Terms(props: {
  readonly currencies: readonly CurrencyBody[];
  readonly first: CurrencyBody;
  readonly onClose: () => void;
}): JSX.Element {
  const { currencies, onClose } = props;
  const { community } = say();
  const [which, setWhich] = useState(props.first.id);
  const currency = currencies.find(({ id }) => id === which) ?? props.first;
  const members = useMembers(currency.group);
  return (
    <div class="form">
      <Choice
        label={community.foundCurrency}
        options={currencyOptions(currencies)}
        value={currency.id}
        onValue={setWhich}
      />
      <RulesForm
        key={currency.id}
        body={{ id: "" }}
        members={members}
        decimals={currency.decimals}
        before={null}
        action={community.foundDo}
        onRules={async (rules) => {
          const made = await api().communities.found(currency.id, rules);
          await resources.communities.refresh();
          notify("good", community.founded);
          onClose();
          location.hash = communityFragment(made.id);
        }}
      >
        <p class="quiet">{community.foundText}</p>
      </RulesForm>
    </div>
  );
}
