import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { notify } from "../state/notices.ts";
import { putFiles } from "../state/transfers.ts";
import { Icon } from "./icons.tsx";

/** Takes files by drag and drop, anywhere on the page, or by a button. */
export function DropZone(): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  useEffect(() => listen(setOver), []);
  return (
    <div class="drop" data-over={over}>
      <Icon name="upload" />
      <p>
        <strong class="on-wide">Drop files here</strong>
        <span class="quiet">Encrypted before they leave this computer</span>
      </p>
      <button type="button" class="primary" onClick={() => input.current?.click()}>
        Choose files
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files for the drive"
        onChange={(event) => {
          putFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </div>
  );
}

/** A file dropped beside the zone would otherwise replace the page. */
function listen(setOver: (over: boolean) => void): () => void {
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
      take(event.dataTransfer);
    },
    { signal },
  );
  return () => life.abort();
}

function take(transfer: DataTransfer): void {
  const files: File[] = [];
  let folders = 0;
  for (const item of transfer.items) {
    const file = item.getAsFile();
    if (item.webkitGetAsEntry()?.isDirectory === true) folders += 1;
    else if (file !== null) files.push(file);
  }
  if (folders > 0) notify("bad", "Folders go in by the command line: peernet put FOLDER");
  putFiles(files);
}
