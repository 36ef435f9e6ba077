import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { FolderBody } from "../../../src/api/client/index.ts";
import { ConfirmDialog } from "../parts/confirm-dialog.tsx";
import { DropZone } from "../parts/drop-zone.tsx";
import { EntryRow } from "../parts/entry-row.tsx";
import { Icon } from "../parts/icons.tsx";
import { Name } from "../parts/name.tsx";
import { NameDialog } from "../parts/name-dialog.tsx";
import { RivalCard } from "../parts/rivals.tsx";
import { ShareDialog } from "../parts/share-dialog.tsx";
import { Empty, Load } from "../parts/states.tsx";
import { Transfers } from "../parts/transfers.tsx";
import { api } from "../state/api.ts";
import { below, changeFolder, type Listing, listingAt, putInto, steps } from "../state/folders.ts";
import { folderFragment, formatFragment } from "../state/fragment.ts";
import { go } from "../state/session.ts";
import { resources } from "../state/views.ts";

/** A folder that several people and devices write: what is at one place of it. */
export function FolderView(props: { readonly id: string; readonly path: string }): JSX.Element {
  const { id, path } = props;
  return (
    <section class="view drive-view" aria-labelledby="folder-title">
      <Load from={resources.folders}>
        {(folders) => {
          const folder = folders.find((known) => known.id === id);
          return folder === undefined ? <Gone /> : <Place folder={folder} path={path} />;
        }}
      </Load>
    </section>
  );
}

function Gone(): JSX.Element {
  return (
    <Empty icon="folder" title="This folder is not here">
      <a href={formatFragment("drive")}>Back to the drive</a>
    </Empty>
  );
}

function Place({
  folder,
  path,
}: {
  readonly folder: FolderBody;
  readonly path: string;
}): JSX.Element {
  return (
    <>
      <Head folder={folder} path={path} />
      {folder.mayWrite ? (
        <DropZone
          title="Drop files and folders here"
          onTake={(dropped) => putInto(folder.id, path, dropped)}
        />
      ) : (
        <p class="quiet">You may read this folder, not change it.</p>
      )}
      <Transfers />
      <Load key={path} from={listingAt(folder.id, path)}>
        {(listing) => <Entries folder={folder} path={path} listing={listing} />}
      </Load>
    </>
  );
}

function Head({
  folder,
  path,
}: {
  readonly folder: FolderBody;
  readonly path: string;
}): JSX.Element {
  const [asking, setAsking] = useState<"directory" | "share" | "leave" | undefined>(undefined);
  const close = (): void => setAsking(undefined);
  return (
    <header class="view-head folder-head">
      <nav aria-label="Where you are">
        <a href={formatFragment("drive")}>Drive</a>
        <h1 id="folder-title">
          <a href={folderFragment(folder.id)}>
            <Name of={folder.name} fallback="unnamed folder" />
          </a>
        </h1>
        {steps(path).map((step) => (
          <a key={step.path} href={folderFragment(folder.id, step.path)}>
            <Name of={step.name} />
          </a>
        ))}
      </nav>
      <div class="buttons">
        {folder.mayWrite ? (
          <button type="button" class="ghost" onClick={() => setAsking("directory")}>
            <Icon name="plus" /> New folder
          </button>
        ) : null}
        <button type="button" class="ghost" onClick={() => setAsking("share")}>
          <Icon name="link" /> Share
        </button>
        <button type="button" class="ghost" onClick={() => setAsking("leave")}>
          <Icon name="close" /> Leave
        </button>
      </div>
      {asking === "directory" ? (
        <NameDialog
          title="New folder"
          label="What it is called"
          action="Make it"
          onName={(name) =>
            changeFolder(folder.id, () => api().folders.makeDirectory(folder.id, below(path, name)))
          }
          onClose={close}
        />
      ) : null}
      {asking === "share" ? <ShareDialog folder={folder} onClose={close} /> : null}
      {asking === "leave" ? (
        <ConfirmDialog
          title="Leave this folder?"
          action="Leave"
          onConfirm={async () => {
            await api().folders.leave(folder.id);
            go("drive");
            await resources.folders.refresh();
          }}
          onClose={close}
        >
          It is kept here no longer. Whoever else has it keeps it; without its link it cannot be had
          again.
        </ConfirmDialog>
      ) : null}
    </header>
  );
}

function Entries(props: {
  readonly folder: FolderBody;
  readonly path: string;
  readonly listing: Listing;
}): JSX.Element {
  const { folder, path, listing } = props;
  if (listing.count === 0) {
    return (
      <Empty icon="folder" title="Nothing in here yet">
        {folder.missing > 0 ? "More is on its way from other peers." : null}
      </Empty>
    );
  }
  return (
    <>
      {listing.rivals.map((rivals) => (
        <RivalCard key={rivals.path} folder={folder} rivals={rivals} />
      ))}
      <ul class="card entries" aria-label="Files and folders">
        {listing.entries.map((entry) => (
          <EntryRow key={`${entry.kind} ${entry.name}`} folder={folder} path={path} entry={entry} />
        ))}
      </ul>
      {listing.entries.length < listing.count ? (
        <p class="quiet">
          The first {listing.entries.length} of {listing.count} are shown.
        </p>
      ) : null}
    </>
  );
}
