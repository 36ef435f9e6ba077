import type { JSX } from "preact";
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { cleanName, formatBytes } from "../state/format.ts";
import type { Listing } from "../state/listing.ts";
import { Look, type LookState } from "../state/look.ts";
import { attempt } from "../state/notices.ts";
import { type ObjectSight, sightOf } from "../state/sight.ts";
import { say } from "../words/language.ts";
import { Dialog } from "./dialog.tsx";
import { Icon } from "./icons.tsx";
import { FileName } from "./name.tsx";
import { Loading } from "./states.tsx";

/** What of an object is looked at. */
interface Looked {
  readonly link: string;
  readonly name: string;
  /** Its fragments; undefined where that is not known: then there is no slider. */
  readonly n: number | undefined;
}

/** Shows an object as far as it can be had, sharper with each layer, and what a loss would leave. */
export function LookDialog(props: {
  readonly object: Looked;
  /** Of somebody else's object: looks after it from now on. */
  readonly onPin?: () => Promise<void>;
  readonly onClose: () => void;
}): JSX.Element {
  const { onPin } = props;
  const { link, name, n } = props.object;
  const look = useMemo(
    () => new Look<ObjectSight>((wish, signal) => sightOf(link, wish, signal), n ?? 1),
    [link, n],
  );
  useEffect(() => {
    void look.start();
    return () => look.close();
  }, [look]);
  const state = look.state.value;
  return (
    <Dialog title={<FileName of={name} />} isWide onClose={props.onClose}>
      <div class="look" data-phase={state.phase}>
        <Stage
          state={state}
          name={name}
          retry={n !== undefined && state.survivors < n ? undefined : () => void look.start()}
        />
        <p class="look-words" role="status" aria-live="polite">
          {state.words}
        </p>
        <Depths state={state} />
        {n === undefined ? null : (
          <Survivors n={n} value={state.survivors} onChange={(value) => look.survive(value)} />
        )}
        {onPin === undefined ? null : <Pin onPin={onPin} />}
      </div>
    </Dialog>
  );
}

function Pin({ onPin }: { readonly onPin: () => Promise<void> }): JSX.Element {
  const [state, setState] = useState<"open" | "running" | "done">("open");
  const pin = async (): Promise<void> => {
    setState("running");
    setState((await attempt(onPin)) ? "done" : "open");
  };
  return (
    <div class="pin">
      <button type="button" disabled={state !== "open"} onClick={() => void pin()}>
        <Icon name={state === "done" ? "check" : "key"} />
        {state === "done" ? say().look.pinned : say().look.pin}
      </button>
      <p class="quiet">{say().look.pinHint}</p>
    </div>
  );
}

function Stage(props: {
  readonly state: LookState<ObjectSight>;
  readonly name: string;
  /** Undefined where another try would lead to the same. */
  readonly retry: (() => void) | undefined;
}): JSX.Element {
  const { sight, phase } = props.state;
  const isBusy = phase !== "still" && phase !== "bare";
  return (
    <div class="look-stage" aria-busy={isBusy}>
      {sight === undefined ? null : <Shown sight={sight} name={props.name} />}
      {sight === undefined && phase === "loading" ? <Loading /> : null}
      {phase === "bare" ? <Bare retry={props.retry} /> : null}
      {isBusy && sight !== undefined ? <span class="look-busy" aria-hidden="true" /> : null}
    </div>
  );
}

function Bare({ retry }: { readonly retry: (() => void) | undefined }): JSX.Element {
  return (
    <div class="empty">
      <Icon name="hint" />
      <p class="quiet">{say().look.nothing}</p>
      {retry === undefined ? null : (
        <button type="button" onClick={retry}>
          {say().common.tryAgain}
        </button>
      )}
    </div>
  );
}

function Shown({
  sight,
  name,
}: {
  readonly sight: ObjectSight;
  readonly name: string;
}): JSX.Element {
  if (sight.kind === "picture" || sight.kind === "video") {
    return <Picture element={sight.element} name={name} />;
  }
  if (sight.kind === "page") {
    return (
      <iframe
        class="look-page"
        sandbox=""
        referrerpolicy="no-referrer"
        title={say().look.textOf(cleanName(name))}
        srcdoc={sight.source}
      />
    );
  }
  if (sight.kind === "listing") return <Files listing={sight.listing} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <pre class="look-text" tabIndex={0}>
      {sight.text}
      {sight.isCut ? "\n…" : ""}
    </pre>
  );
}

function Files({ listing }: { readonly listing: Listing }): JSX.Element {
  const { files, fileCount, totalBytes } = listing;
  const { look } = say();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <div class="look-files" tabIndex={0}>
      <p class="quiet">
        {look.files(fileCount, formatBytes(totalBytes))}
        {files.length < fileCount ? look.firstFiles(files.length) : ""}
      </p>
      <ul>
        {files.map(({ path, sizeBytes, look: small }) => (
          <li key={path}>
            {small === undefined ? null : <img src={small} alt="" loading="lazy" />}
            <bdi class="grow">{cleanName(path)}</bdi>
            <span class="quiet">{formatBytes(sizeBytes)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The element that was decoded goes in itself: one made anew would flicker. */
function Picture(props: {
  readonly element: HTMLImageElement | HTMLVideoElement;
  readonly name: string;
}): JSX.Element {
  const { element, name } = props;
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (element instanceof HTMLImageElement) element.alt = cleanName(name);
    else element.setAttribute("aria-label", cleanName(name));
    frame.current?.replaceChildren(element);
  }, [element, name]);
  return <div class="look-picture" ref={frame} />;
}

/** One dot per layer, filled as far as one sees. */
function Depths({ state }: { readonly state: LookState<ObjectSight> }): JSX.Element | null {
  const { sight } = state;
  if (sight === undefined) return null;
  return (
    <span class="depths" aria-hidden="true">
      {Array.from({ length: sight.total }, (_, at) => (
        <i key={at} data-on={at < sight.shown} />
      ))}
    </span>
  );
}

function Survivors(props: {
  readonly n: number;
  readonly value: number;
  readonly onChange: (value: number) => void;
}): JSX.Element {
  const id = useId();
  const { n, value } = props;
  const { look } = say();
  const words = value >= n ? look.allFragments(n) : look.onlyFragments(value, n);
  return (
    <div class="survivors">
      <label for={id}>
        {look.whatIfBefore}
        <strong>{words}</strong>
        {look.whatIfAfter}
      </label>
      <input
        id={id}
        type="range"
        min={1}
        max={n}
        step={1}
        value={value}
        aria-valuetext={words}
        onInput={(event) => props.onChange(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}
