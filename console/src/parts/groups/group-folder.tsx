import type { JSX } from "preact";
import type { GroupBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { folderFragment } from "../../state/fragment.ts";
import { notify } from "../../state/notices.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Icon } from "../icons.tsx";
import { changeGroup } from "./group-page.tsx";

/** The folder that the group shares. */
export function GroupFolder({ group }: { readonly group: GroupBody }): JSX.Element {
  const { groups } = say();
  const mine = group.members.find(({ isYou }) => isYou)?.role;
  const make = async (): Promise<void> => {
    if (!(await changeGroup(() => api().groups.share(group.id)))) return;
    await resources.folders.refresh();
    notify("good", groups.folderMade);
  };
  return (
    <section class="card form" aria-label={groups.folder}>
      <h3>{groups.folder}</h3>
      {group.folder !== null ? (
        <a class="button" href={folderFragment(group.folder)}>
          <Icon name="folder" /> {groups.folderOpen}
        </a>
      ) : group.hasFolder || mine === "member" ? (
        <p class="quiet">{group.hasFolder ? say().common.loading : groups.folderNone}</p>
      ) : (
        <button type="button" onClick={() => void make()}>
          {groups.folderMake}
        </button>
      )}
    </section>
  );
}
