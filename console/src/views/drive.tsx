import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ObjectsBody } from "../../../src/api/client/index.ts";
import { DropZone } from "../parts/drop-zone.tsx";
import { FolderList } from "../parts/folder-list.tsx";
import { Keeping } from "../parts/keeping.tsx";
import { LookDialog } from "../parts/look-dialog.tsx";
import { ObjectRow } from "../parts/object-row.tsx";
import { PutChoices } from "../parts/put-choices.tsx";
import { Empty, Load } from "../parts/states.tsx";
import { Transfers } from "../parts/transfers.tsx";
import { api } from "../state/api.ts";
import type { Dropped } from "../state/dropped.ts";
import { formatBytes } from "../state/format.ts";
import { notify } from "../state/notices.ts";
import { place } from "../state/session.ts";
import { getLink, putFiles } from "../state/transfers.ts";
import { resources } from "../state/views.ts";
import { say } from "../words/language.ts";
import { FolderView } from "./folder.tsx";

/** Drive: what is stored, how safe it is, and the way in and out; or one folder of it. */
export function DriveView(): JSX.Element {
  const { folder, path } = place.value;
  return folder === undefined ? <Everything /> : <FolderView id={folder} path={path} />;
}

/** Files for good; folders belong where they can change. */
function takeFiles({ files, folders }: Dropped): void {
  if (folders.length > 0) {
    notify("bad", say().drive.intoFolder);
  }
  putFiles(files.filter(({ path }) => !path.includes("/")).map(({ file }) => file));
}

function Everything(): JSX.Element {
  return (
    <section class="view drive-view" aria-labelledby="drive-title">
      <header class="view-head">
        <h1 id="drive-title">{say().drive.title}</h1>
      </header>
      <DropZone title={say().drive.dropFiles} onTake={takeFiles} />
      <PutChoices />
      <OpenLink />
      <Transfers />
      <Load from={resources.folders}>{(folders) => <FolderList folders={folders} />}</Load>
      <Load from={resources.objects}>{(body) => <Objects objects={body.objects} />}</Load>
      <Load from={resources.keeping}>{(keeping) => <Keeping keeping={keeping} />}</Load>
    </section>
  );
}

function Objects({ objects }: ObjectsBody): JSX.Element {
  if (objects.length === 0) {
    return (
      <Empty icon="drive" title={say().drive.empty}>
        {say().drive.emptyHint}
      </Empty>
    );
  }
  const sorted = [...objects].sort((one, other) => other.createdAtMs - one.createdAtMs);
  const total = objects.reduce((sum, object) => sum + object.sizeBytes, 0);
  return (
    <>
      <h2 class="list-title">
        {say().drive.objects(objects.length)} <span class="quiet">{formatBytes(total)}</span>
      </h2>
      <ul class="objects">
        {sorted.map((object) => (
          <ObjectRow key={object.link} object={object} />
        ))}
      </ul>
    </>
  );
}

/** What is wrong with a link before the peer is asked, in words. */
function objection(link: string): string | undefined {
  if (link.startsWith("peernet:invite/")) return say().drive.isInvite;
  if (link.startsWith("peernet:folder")) return say().drive.isFolder;
  if (link.startsWith("peernet:object/")) return undefined;
  return say().drive.isNoObject;
}

/** Gets somebody else's object by its link. */
function OpenLink(): JSX.Element {
  const [link, setLink] = useState("");
  const [error, setError] = useState<string | undefined>(undefined);
  const [looked, setLooked] = useState<string | undefined>(undefined);
  const wanted = link.trim();
  const isFine = (): boolean => {
    const wrong = objection(wanted);
    setError(wrong);
    return wrong === undefined;
  };
  const open = (): void => {
    if (!isFine()) return;
    setLink("");
    getLink(wanted, "object");
  };
  return (
    <form
      class="open-link"
      onSubmit={(event) => {
        event.preventDefault();
        open();
      }}
    >
      <input
        type="text"
        aria-label={say().drive.openLink}
        placeholder={say().drive.openExample}
        spellcheck={false}
        autocomplete="off"
        value={link}
        onInput={(event) => setLink(event.currentTarget.value)}
      />
      <button
        type="button"
        disabled={wanted === ""}
        onClick={() => {
          if (isFine()) setLooked(wanted);
        }}
      >
        {say().drive.look}
      </button>
      <button type="submit" disabled={wanted === ""}>
        {say().drive.open}
      </button>
      {error === undefined ? null : (
        <p class="bad" role="alert">
          {error}
        </p>
      )}
      {looked === undefined ? null : (
        <LookDialog
          object={{ link: looked, name: say().drive.shown, n: undefined }}
          onPin={async () => {
            await api().pinObject(looked);
            await resources.objects.refresh();
          }}
          onClose={() => setLooked(undefined)}
        />
      )}
    </form>
  );
}
