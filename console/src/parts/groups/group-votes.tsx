import type { JSX } from "preact";
import type { GroupBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { cleanName } from "../../state/format.ts";
import { say } from "../../words/language.ts";
import { changeGroup } from "./group-page.tsx";

/** What owners or heirs are deciding. */
export function Votes({ group }: { readonly group: GroupBody }): JSX.Element | null {
  const { groups } = say();
  if (group.proposals.length === 0) return null;
  return (
    <section class="card" aria-label={groups.proposals}>
      <h3>{groups.proposals}</h3>
      <ul class="lines">
        {group.proposals.map((proposal) => (
          <li key={proposal.id} class="line">
            <span class="grow">
              <bdi>
                {groups.proposal[proposal.what](
                  proposal.people.map((name) => cleanName(name)).join(", "),
                )}
              </bdi>
              <small class="quiet">{groups.votes(proposal.voters.length, proposal.needed)}</small>
            </span>
            <button
              type="button"
              onClick={() =>
                void changeGroup(() => api().groups.vote(group.id, { agree: proposal.id }))
              }
            >
              {groups.agree}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
