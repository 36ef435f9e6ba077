import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { FolderBody } from "../../../src/api/client/index.ts";
import { api } from "../state/api.ts";
import { formatBytes } from "../state/format.ts";
import { folderFragment } from "../state/fragment.ts";
import { resources } from "../state/views.ts";
import { say } from "../words/language.ts";
import { Icon } from "./icons.tsx";
import { Name } from "./name.tsx";
import { NameDialog } from "./name-dialog.tsx";

/** The folders of this peer, and the ways to get another one. */
export function FolderList(props: { readonly folders: readonly FolderBody[] }): JSX.Element {
  const [asking, setAsking] = useState<"new" | "join" | undefined>(undefined);
  const close = (): void => setAsking(undefined);
  const { folders } = say().drive;
  return (
    <section aria-labelledby="folders-title">
      <header class="list-head">
        <h2 id="folders-title">{folders.title}</h2>
        <div class="buttons">
          <button type="button" class="ghost" onClick={() => setAsking("new")}>
            <Icon name="plus" /> {folders.make}
          </button>
          <button type="button" class="ghost" onClick={() => setAsking("join")}>
            <Icon name="link" /> {folders.byLink}
          </button>
        </div>
      </header>
      {props.folders.length === 0 ? (
        <p class="quiet">{folders.none}</p>
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
          title={folders.make}
          label={folders.name}
          action={folders.makeAction}
          onName={async (name) => {
            await api().folders.create(name);
            await resources.folders.refresh();
          }}
          onClose={close}
        />
      ) : null}
      {asking === "join" ? (
        <NameDialog
          title={folders.joinTitle}
          label={folders.joinLabel}
          placeholder="peernet:folder/…"
          action={folders.joinAction}
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
  const { folders } = say().drive;
  return (
    <a class="row" href={folderFragment(folder.id)}>
      <Icon name="folder" />
      <span class="grow">
        <Name of={folder.name} fallback={folders.unnamed} />
        <small class="quiet">
          {folders.files(folder.files)}, {formatBytes(folder.sizeBytes)}
          {folder.mayWrite ? "" : folders.readOnly}
          {folder.missing > 0 ? folders.coming : ""}
        </small>
      </span>
      {folder.conflicts > 0 ? (
        <span class="tag thin">{folders.conflicts(folder.conflicts)}</span>
      ) : null}
    </a>
  );
}
