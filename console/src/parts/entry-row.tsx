import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { FolderBody, FolderEntryBody } from "../../../src/api/client/index.ts";
import { api } from "../state/api.ts";
import { below, changeFolder, getFrom } from "../state/folders.ts";
import { cleanName, formatBytes, formatTime } from "../state/format.ts";
import { folderFragment } from "../state/fragment.ts";
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
            {entry.conflict === true ? <span class="tag thin">One of several</span> : null}
            <span class="unseen">, download</span>
          </button>
        )}
        <button
          type="button"
          class="ghost icon-only"
          aria-expanded={isOpen}
          aria-label={`More about ${cleanName(entry.name)}`}
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
  const inner = below(path, entry.name);
  return (
    <div class="buttons">
      {entry.kind === "file" ? (
        <>
          <button type="button" class="ghost" onClick={() => getFrom(folder.id, inner)}>
            <Icon name="download" /> Download
          </button>
          <button type="button" class="ghost" onClick={() => setAsking("versions")}>
            <Icon name="clock" /> Versions
          </button>
        </>
      ) : null}
      {folder.mayWrite ? (
        <>
          <button type="button" class="ghost" onClick={() => setAsking("rename")}>
            Rename
          </button>
          <button type="button" class="ghost" onClick={() => setAsking("remove")}>
            Remove
          </button>
        </>
      ) : null}
      {asking === "rename" ? (
        <NameDialog
          title="Rename"
          label="What it is called from now on"
          action="Rename"
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
          action="Remove"
          onConfirm={() => changeFolder(folder.id, () => api().folders.remove(folder.id, inner))}
          onClose={close}
        >
          {entry.kind === "folder"
            ? "It goes with all that is in it, for everybody who has this folder."
            : "It goes for everybody who has this folder."}
        </ConfirmDialog>
      ) : null}
      {asking === "versions" ? (
        <VersionsDialog folder={folder} path={inner} name={entry.name} onClose={close} />
      ) : null}
    </div>
  );
}
