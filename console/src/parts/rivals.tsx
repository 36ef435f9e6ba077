import type { JSX } from "preact";
import type { FolderBody } from "../../../src/api/client/index.ts";
import { api } from "../state/api.ts";
import { changeFolder, getFrom, type Rivals, type RivalVersion } from "../state/folders.ts";
import { formatBytes, formatTime } from "../state/format.ts";
import { attempt } from "../state/notices.ts";
import { say } from "../words/language.ts";
import { Icon } from "./icons.tsx";
import { FileName, Name } from "./name.tsx";

/** A file that several people changed at the same time: its versions side by side. */
export function RivalCard(props: {
  readonly folder: FolderBody;
  readonly rivals: Rivals;
}): JSX.Element {
  const { folder, rivals } = props;
  const keep = (version: string): void => {
    void attempt(() =>
      changeFolder(folder.id, () => api().folders.restore(folder.id, rivals.path, version)),
    );
  };
  return (
    <section class="card rivals" aria-label={say().drive.folders.rivals}>
      <p>
        <strong>
          <FileName of={rivals.name} />
        </strong>{" "}
        {say().drive.folders.rivalsText}
      </p>
      <ul>
        {rivals.versions.map((version) => (
          <li key={version.version}>
            <Version folder={folder} version={version} onKeep={() => keep(version.version)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Version(props: {
  readonly folder: FolderBody;
  readonly version: RivalVersion;
  readonly onKeep: () => void;
}): JSX.Element {
  const { folder, version } = props;
  const { path } = version;
  return (
    <>
      <strong>
        <Name of={version.writer} fallback={say().drive.folders.somebody} />
      </strong>
      <small class="quiet">
        {formatTime(version.writtenAtMs, Date.now())} · {formatBytes(version.sizeBytes)}
      </small>
      <div class="buttons">
        {path === undefined ? null : (
          <button type="button" class="ghost" onClick={() => getFrom(folder.id, path)}>
            <Icon name="download" /> {say().drive.download}
          </button>
        )}
        {folder.mayWrite ? (
          <button type="button" class="ghost" onClick={props.onKeep}>
            <Icon name="check" /> {say().drive.folders.keepThis}
          </button>
        ) : null}
      </div>
    </>
  );
}
