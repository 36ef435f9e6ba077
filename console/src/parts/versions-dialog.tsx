import type { JSX } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import type { FileVersionBody, FolderBody } from "../../../src/api/client/index.ts";
import { api } from "../state/api.ts";
import { wordsOf } from "../state/errors.ts";
import { changeFolder } from "../state/folders.ts";
import { formatBytes, formatTime } from "../state/format.ts";
import { attempt } from "../state/notices.ts";
import { say } from "../words/language.ts";
import { Dialog } from "./dialog.tsx";
import { FileName, Name } from "./name.tsx";
import { Failed, Loading } from "./states.tsx";

/** The versions of a file that are remembered; older ones can be brought back. */
export function VersionsDialog(props: {
  readonly folder: FolderBody;
  readonly path: string;
  readonly name: string;
  readonly onClose: () => void;
}): JSX.Element {
  const { folder, path } = props;
  const [versions, setVersions] = useState<readonly FileVersionBody[] | undefined>(undefined);
  const [error, setError] = useState<string | undefined>(undefined);
  const load = useCallback((): void => {
    setError(undefined);
    api()
      .folders.history(folder.id, path)
      .then(
        (body) => setVersions(body.versions),
        (cause: unknown) => setError(wordsOf(cause)),
      );
  }, [folder.id, path]);
  useEffect(load, [load]);
  const restore = (version: string): void => {
    void attempt(async () => {
      await changeFolder(folder.id, () => api().folders.restore(folder.id, path, version));
      load();
    });
  };
  return (
    <Dialog title={<FileName of={props.name} />} onClose={props.onClose}>
      {error === undefined ? null : <Failed error={error} retry={load} />}
      {versions === undefined && error === undefined ? <Loading /> : null}
      <ul class="versions">
        {versions?.map((version) => (
          <li key={version.version}>
            <span class="grow">
              <Name of={version.writer} fallback={say().drive.folders.somebody} />
              <small class="quiet">
                {formatTime(version.writtenAtMs, Date.now())} · {formatBytes(version.sizeBytes)}
              </small>
            </span>
            {version.isCurrent ? (
              <span class="tag safe">{say().drive.folders.now}</span>
            ) : folder.mayWrite ? (
              <button type="button" onClick={() => restore(version.version)}>
                {say().drive.folders.bringBack}
              </button>
            ) : null}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
