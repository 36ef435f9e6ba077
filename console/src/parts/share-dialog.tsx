import type { JSX } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import type { FolderBody, FolderLinksBody } from "../../../src/api/client/index.ts";
import { api } from "../state/api.ts";
import { wordsOf } from "../state/errors.ts";
import { say } from "../words/language.ts";
import { CopyButton } from "./copy.tsx";
import { Dialog } from "./dialog.tsx";
import { Failed, Loading } from "./states.tsx";

/** The links of a folder: who has one may do what it says, for good. */
export function ShareDialog(props: {
  readonly folder: FolderBody;
  readonly onClose: () => void;
}): JSX.Element {
  const { id } = props.folder;
  const { folders } = say().drive;
  const [links, setLinks] = useState<FolderLinksBody | undefined>(undefined);
  const [error, setError] = useState<string | undefined>(undefined);
  const load = useCallback((): void => {
    setError(undefined);
    api()
      .folders.links(id)
      .then(setLinks, (cause: unknown) => setError(wordsOf(cause)));
  }, [id]);
  useEffect(load, [load]);
  return (
    <Dialog title={folders.shareTitle} onClose={props.onClose}>
      {error === undefined ? null : <Failed error={error} retry={load} />}
      {links === undefined && error === undefined ? <Loading /> : null}
      {links === undefined ? null : (
        <div class="form share">
          <p class="quiet">{folders.shareText}</p>
          {links.write === null ? null : <LinkField label={folders.writeLink} link={links.write} />}
          <LinkField label={folders.readLink} link={links.read} />
        </div>
      )}
    </Dialog>
  );
}

function LinkField({
  label,
  link,
}: {
  readonly label: string;
  readonly link: string;
}): JSX.Element {
  return (
    <>
      <strong>{label}</strong>
      <div class="with-button">
        <code>{link}</code>
        <CopyButton text={link} what={`${say().common.link}, ${label}`} />
      </div>
    </>
  );
}
