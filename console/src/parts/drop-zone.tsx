import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Dropped, dropOf } from "../state/dropped.ts";
import { attempt } from "../state/notices.ts";
import { say } from "../words/language.ts";
import { Icon } from "./icons.tsx";

/** Takes files by drag and drop, anywhere on the page, or by a button. */
export function DropZone(props: {
  readonly title: string;
  readonly onTake: (dropped: Dropped) => void;
}): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const take = useRef(props.onTake);
  take.current = props.onTake;
  useEffect(() => listen(setOver, (dropped) => take.current(dropped)), []);
  return (
    <div class="drop" data-over={over}>
      <Icon name="upload" />
      <p>
        <strong class="on-wide">{props.title}</strong>
        <span class="quiet">{say().drive.sealed}</span>
      </p>
      <button type="button" class="primary" onClick={() => input.current?.click()}>
        {say().drive.chooseFiles}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={say().drive.forDrive}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          props.onTake({
            files: files.map((file) => ({ path: file.name, file })),
            folders: [],
            isCut: false,
          });
          event.currentTarget.value = "";
        }}
      />
    </div>
  );
}

/** A file dropped beside the zone would otherwise replace the page. */
function listen(setOver: (over: boolean) => void, take: (dropped: Dropped) => void): () => void {
  const life = new AbortController();
  const { signal } = life;
  addEventListener(
    "dragover",
    (event) => {
      if (event.dataTransfer?.types.includes("Files") !== true) return;
      event.preventDefault();
      setOver(true);
    },
    { signal },
  );
  addEventListener(
    "dragleave",
    (event) => {
      if (event.relatedTarget === null) setOver(false);
    },
    { signal },
  );
  addEventListener(
    "drop",
    (event) => {
      if (event.dataTransfer?.types.includes("Files") !== true) return;
      event.preventDefault();
      setOver(false);
      const dropped = dropOf(event.dataTransfer);
      void attempt(async () => take(await dropped));
    },
    { signal },
  );
  return () => life.abort();
}
