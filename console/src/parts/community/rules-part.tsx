import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CommunityBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { decimalsOf, rulesIn } from "../../state/community.ts";
import { notify } from "../../state/notices.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Dialog } from "../dialog.tsx";
import { useMembers } from "./members.ts";
import { RulesForm } from "./rules-form.tsx";

/** What holds in a community, in words; stewards may propose something else. */
export function RulesPart({ body }: { readonly body: CommunityBody }): JSX.Element {
  const { community } = say();
  const { rules } = body;
  const [isChanging, setChanging] = useState(false);
  if (rules === null) return <p class="quiet">{community.waits}</p>;
  const title = community.rulesVersion(rules.version);
  return (
    <section class="card form" aria-label={title}>
      <h3>{title}</h3>
      <ul class="lines">
        {rulesIn(rules, body).map((text) => (
          <li key={text} class="line">
            <bdi>{text}</bdi>
          </li>
        ))}
      </ul>
      {body.isSteward && body.isFounded ? (
        <div class="buttons">
          <button type="button" onClick={() => setChanging(true)}>
            {community.changeRules}
          </button>
        </div>
      ) : null}
      {isChanging ? <ChangeDialog body={body} onClose={() => setChanging(false)} /> : null}
    </section>
  );
}

function ChangeDialog(props: {
  readonly body: CommunityBody;
  readonly onClose: () => void;
}): JSX.Element {
  const { body, onClose } = props;
  const { community } = say();
  const members = useMembers(body.currency?.group);
  return (
    <Dialog title={community.changeTitle} onClose={onClose}>
      <RulesForm
        body={body}
        members={members}
        decimals={decimalsOf(body)}
        before={body.rules}
        action={community.changeDo}
        onRules={async (rules) => {
          const { proposals } = await api().communities.changeRules(body.id, rules);
          await resources.communities.refresh();
          notify("good", proposals.length === 0 ? community.signedAll : community.proposed);
          onClose();
        }}
      >
        <p class="quiet">{community.changeText}</p>
      </RulesForm>
    </Dialog>
  );
}
