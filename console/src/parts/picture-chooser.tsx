import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { api } from "../state/api.ts";
import { attempt, notify } from "../state/notices.ts";
import { smallPicture } from "../state/small-picture.ts";
import { resources } from "../state/views.ts";
import { say } from "../words/language.ts";
import { Avatar } from "./name.tsx";
import { PictureOf } from "./portrait.tsx";
import { Load } from "./states.tsx";

/** The picture that contacts see of this person: chosen from a file, made small here, or taken away. */
export function PictureChooser(): JSX.Element {
  const { picture } = say();
  return (
    <Load from={resources.status}>
      {({ name, pictureAtMs }) => (
        <div class="form">
          <div class="own-picture">
            <span class="large">
              <Avatar of={name} online={false} />
              {pictureAtMs === null ? null : <PictureOf who="me" atMs={pictureAtMs} />}
            </span>
            <p class="quiet">{pictureAtMs === null ? picture.none : picture.shown}</p>
          </div>
          <p class="quiet">{picture.who}</p>
          <Acts isShown={pictureAtMs !== null} />
        </div>
      )}
    </Load>
  );
}

function Acts({ isShown }: { readonly isShown: boolean }): JSX.Element {
  const { picture, common } = say();
  const id = useId();
  const [isRunning, setRunning] = useState(false);
  const run = async (work: () => Promise<void>, words: string): Promise<void> => {
    setRunning(true);
    await attempt(async () => {
      await work();
      await resources.status.refresh();
      notify("good", words);
    });
    setRunning(false);
  };
  const choose = async (file: File): Promise<void> => {
    await api().people.setPicture(await smallPicture(file));
  };
  return (
    <>
      <label for={id}>{picture.choose}</label>
      <input
        id={id}
        type="file"
        accept="image/*"
        disabled={isRunning}
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.item(0);
          if (file === null || file === undefined) return;
          void run(() => choose(file), picture.chosen).then(() => {
            // The same file may be chosen once more.
            currentTarget.value = "";
          });
        }}
      />
      {isRunning ? <p role="status">{common.loading}</p> : null}
      {isShown ? (
        <button
          type="button"
          disabled={isRunning}
          onClick={() => void run(() => api().people.removePicture(), picture.removed)}
        >
          {picture.remove}
        </button>
      ) : null}
    </>
  );
}
