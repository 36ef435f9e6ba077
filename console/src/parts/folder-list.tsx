import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { FolderBody } from "../../../src/api/client/index.ts";
import { api } from "../state/api.ts";
import { count, formatBytes } from "../state/format.ts";
import { folderFragment } from "../state/fragment.ts";
import { resources } from "../state/views.ts";
import { Icon } from "./icons.tsx";
import { Name } from "./name.tsx";
import { NameDialog } from "./name-dialog.tsx";

/** The folders of this peer, and the ways to get another one. */
export function FolderList(props: { readonly folders: readonly FolderBody[] }): JSX.Element {
  const [asking, setAsking] = useState<"new" | "join" | undefined>(undefined);
  const close = (): void => setAsking(undefined);
  return (
    <section aria-labelledby="folders-title">
      <header class="list-head">
        <h2 id="folders-title">Folders</h2>
        <div class="buttons">
          <button type="button" class="ghost" onClick={() => setAsking("new")}>
            <Icon name="plus" /> New folder
          </button>
          <button type="button" class="ghost" onClick={() => setAsking("join")}>
            <Icon name="link" /> By link
          </button>
        </div>
      </header>
      {props.folders.length === 0 ? (
        <p class="quiet">
          A folder changes as you work, on all your devices and with other people.
        </p>
      ) : (
        <ul class="rows card folder-rows">
          {props.folders.map((folder) => (
            <li key={folder.id}>
              <FolderRow folder={folder} />
            </li>
          ))}
        </ul>
      )}
      {asking === "new" ? (
        <NameDialog
          title="New folder"
          label="What it is called"
          action="Make it"
          onName={async (name) => {
            await api().folders.create(name);
            await resources.folders.refresh();
          }}
          onClose={close}
        />
      ) : null}
      {asking === "join" ? (
        <NameDialog
          title="A folder of somebody else"
          label="The link you were given"
          placeholder="peernet:folder/…"
          action="Take part"
          onName={async (link) => {
            await api().folders.join(link);
            await resources.folders.refresh();
          }}
          onClose={close}
        />
      ) : null}
    </section>
  );
}

function FolderRow({ folder }: { readonly folder: FolderBody }): JSX.Element {
  return (
    <a class="row" href={folderFragment(folder.id)}>
      <Icon name="folder" />
      <span class="grow">
        <Name of={folder.name} fallback="unnamed folder" />
        <small class="quiet">
          {count(folder.files, "file")}, {formatBytes(folder.sizeBytes)}
          {folder.mayWrite ? "" : ", to read only"}
          {folder.missing > 0 ? ", more is on its way" : ""}
        </small>
      </span>
      {folder.conflicts > 0 ? (
        <span class="tag thin">{count(folder.conflicts, "conflict")}</span>
      ) : null}
    </a>
  );
}
