import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { FolderBody, FolderEntryBody } from "../../../src/api/client/index.ts";
import { api } from "../state/api.ts";
import { below, changeFolder, getFrom } from "../state/folders.ts";
import { cleanName, formatBytes, formatTime } from "../state/format.ts";
import { folderFragment } from "../state/fragment.ts";
import { say } from "../words/language.ts";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { Icon } from "./icons.tsx";
import { FileName } from "./name.tsx";
import { NameDialog } from "./name-dialog.tsx";
import { VersionsDialog } from "./versions-dialog.tsx";

/** What an entry is, and where. */
interface EntryProps {
  readonly folder: FolderBody;
  /** Of the place that it is in. */
  readonly path: string;
  readonly entry: FolderEntryBody;
}

/** A file or folder in a folder; what can be done with it unfolds. */
export function EntryRow(props: EntryProps): JSX.Element {
  const { folder, path, entry } = props;
  const [isOpen, setOpen] = useState(false);
  const inner = below(path, entry.name);
  return (
    <li class="entry">
      <div class="entry-head">
        {entry.kind === "folder" ? (
          <a class="row" href={folderFragment(folder.id, inner)}>
            <Icon name="folder" />
            <span class="grow">
              <FileName of={entry.name} />
            </span>
          </a>
        ) : (
          <button type="button" class="row" onClick={() => getFrom(folder.id, inner)}>
            <Icon name="file" />
            <span class="grow">
              <FileName of={entry.name} />
              <small class="quiet">
                {formatBytes(entry.sizeBytes)} · {formatTime(entry.modifiedAtMs, Date.now())}
              </small>
            </span>
            {entry.conflict === true ? (
              <span class="tag thin">{say().drive.folders.several}</span>
            ) : null}
            <span class="unseen">{say().drive.folders.downloads}</span>
          </button>
        )}
        <button
          type="button"
          class="ghost icon-only"
          aria-expanded={isOpen}
          aria-label={say().drive.folders.more(cleanName(entry.name))}
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name="more" />
        </button>
      </div>
      {isOpen ? <Actions {...props} /> : null}
    </li>
  );
}

function Actions({ folder, path, entry }: EntryProps): JSX.Element {
  const [asking, setAsking] = useState<"rename" | "remove" | "versions" | undefined>(undefined);
  const close = (): void => setAsking(undefined);
  const { drive } = say();
  const { folders } = drive;
  const inner = below(path, entry.name);
  return (
    <div class="buttons">
      {entry.kind === "file" ? (
        <>
          <button type="button" class="ghost" onClick={() => getFrom(folder.id, inner)}>
            <Icon name="download" /> {drive.download}
          </button>
          <button type="button" class="ghost" onClick={() => setAsking("versions")}>
            <Icon name="clock" /> {folders.versions}
          </button>
        </>
      ) : null}
      {folder.mayWrite ? (
        <>
          <button type="button" class="ghost" onClick={() => setAsking("rename")}>
            {folders.rename}
          </button>
          <button type="button" class="ghost" onClick={() => setAsking("remove")}>
            {folders.remove}
          </button>
        </>
      ) : null}
      {asking === "rename" ? (
        <NameDialog
          title={folders.rename}
          label={folders.renameLabel}
          action={folders.rename}
          value={entry.name}
          onName={(name) =>
            changeFolder(folder.id, () => api().folders.move(folder.id, inner, below(path, name)))
          }
          onClose={close}
        />
      ) : null}
      {asking === "remove" ? (
        <ConfirmDialog
          title={<FileName of={entry.name} />}
          action={folders.remove}
          onConfirm={() => changeFolder(folder.id, () => api().folders.remove(folder.id, inner))}
          onClose={close}
        >
          {entry.kind === "folder" ? folders.removeFolder : folders.removeFile}
        </ConfirmDialog>
      ) : null}
      {asking === "versions" ? (
        <VersionsDialog folder={folder} path={inner} name={entry.name} onClose={close} />
      ) : null}
    </div>
  );
}
