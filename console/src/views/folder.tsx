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
import { say } from "../words/language.ts";

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
    <Empty icon="folder" title={say().drive.folders.gone}>
      <a href={formatFragment("drive")}>{say().drive.folders.back}</a>
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
          title={say().drive.dropBoth}
          onTake={(dropped) => putInto(folder.id, path, dropped)}
        />
      ) : (
        <p class="quiet">{say().drive.folders.mayRead}</p>
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
  const { folders } = say().drive;
  return (
    <header class="view-head folder-head">
      <nav aria-label={folders.where}>
        <a href={formatFragment("drive")}>{say().drive.title}</a>
        <h1 id="folder-title">
          <a href={folderFragment(folder.id)}>
            <Name of={folder.name} fallback={folders.unnamed} />
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
            <Icon name="plus" /> {folders.make}
          </button>
        ) : null}
        <button type="button" class="ghost" onClick={() => setAsking("share")}>
          <Icon name="link" /> {folders.share}
        </button>
        <button type="button" class="ghost" onClick={() => setAsking("leave")}>
          <Icon name="close" /> {folders.leave}
        </button>
      </div>
      {asking === "directory" ? (
        <NameDialog
          title={folders.make}
          label={folders.name}
          action={folders.makeAction}
          onName={(name) =>
            changeFolder(folder.id, () => api().folders.makeDirectory(folder.id, below(path, name)))
          }
          onClose={close}
        />
      ) : null}
      {asking === "share" ? <ShareDialog folder={folder} onClose={close} /> : null}
      {asking === "leave" ? (
        <ConfirmDialog
          title={folders.leaveTitle}
          action={folders.leave}
          onConfirm={async () => {
            await api().folders.leave(folder.id);
            go("drive");
            await resources.folders.refresh();
          }}
          onClose={close}
        >
          {folders.leaveText}
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
      <Empty icon="folder" title={say().drive.folders.nothing}>
        {folder.missing > 0 ? say().drive.folders.nothingHint : null}
      </Empty>
    );
  }
  return (
    <>
      {listing.rivals.map((rivals) => (
        <RivalCard key={rivals.path} folder={folder} rivals={rivals} />
      ))}
      <ul class="card entries" aria-label={say().drive.folders.entries}>
        {listing.entries.map((entry) => (
          <EntryRow key={`${entry.kind} ${entry.name}`} folder={folder} path={path} entry={entry} />
        ))}
      </ul>
      {listing.entries.length < listing.count ? (
        <p class="quiet">{say().drive.folders.first(listing.entries.length, listing.count)}</p>
      ) : null}
    </>
  );
}
