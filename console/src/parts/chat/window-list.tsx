import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { RowHeights, rowAt, type Window, windowAt } from "../../state/window.ts";

/** A guess for rows that were never drawn, in pixels. */
const GUESS = 62;
/** How far beyond the visible part rows are drawn, in pixels. */
const AROUND = 600;
/** How near to an end counts as being there, in pixels. */
const NEAR = 48;
const NEAR_TOP = 1_200;

/** A message or whatever else is a row. */
interface Row {
  readonly id: string;
}

/** What a list of rows is made of. */
interface WindowListProps<T extends Row> {
  readonly items: readonly T[];
  readonly label: string;
  readonly render: (item: T, before: T | undefined) => ComponentChildren;
  /** Row to bring into sight, once for each new object. */
  readonly goTo: { readonly id: string } | undefined;
  /** Whether a new last row is shown even to somebody who is reading further up. */
  readonly followsLast: (last: T) => boolean;
  readonly onAtEnd: (isAtEnd: boolean) => void;
  readonly onNearTop: () => void;
}

/**
 * A list of which only what shows is in the page, however long it is. It stays at its end while one
 * is there; else the row at the upper edge stays where it is, whatever comes in before or behind it.
 */
export function WindowList<T extends Row>(props: WindowListProps<T>): JSX.Element {
  const { items, render } = props;
  const list = useWindow(props);
  const { from, to } = list.shown;
  const { offsets } = list;
  const total = offsets.at(-1) ?? 0;
  return (
    <div
      ref={list.box}
      class="messages"
      role="log"
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled with the keyboard
      tabIndex={0}
      onScroll={list.onScroll}
    >
      <div class="gap" style={{ height: `${offsets[from] ?? 0}px` }} />
      {items.slice(from, to).map((item, at) => (
        <div key={item.id} class="window-row" data-id={item.id}>
          {render(item, items[from + at - 1])}
        </div>
      ))}
      <div class="gap" style={{ height: `${total - (offsets[to] ?? 0)}px` }} />
    </div>
  );
}

function useWindow<T extends Row>(props: WindowListProps<T>) {
  const { items, goTo } = props;
  const box = useRef<HTMLDivElement>(null);
  const heights = useMemo(() => new RowHeights(GUESS), []);
  const [version, setVersion] = useState(0);
  const offsets = useMemo(() => heights.offsets(items), [items, version]);
  const atEnd = useRef(true);
  const seenTop = useRef(0);
  const forced = useRef(goTo);
  const followed = useRef<string | undefined>(undefined);
  const anchor = useRef<{ readonly id: string; readonly below: number } | undefined>(undefined);
  const [view, setView] = useState({ top: Number.MAX_SAFE_INTEGER, height: 800 });
  const top = Math.min(view.top, Math.max(0, (offsets.at(-1) ?? 0) - view.height));
  const shown: Window = windowAt(offsets, top, view.height, AROUND);

  const look = (): void => {
    const element = box.current;
    if (element === null) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    seenTop.current = scrollTop;
    atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR;
    props.onAtEnd(atEnd.current);
    const first = rowAt(offsets, scrollTop);
    const row = items[first];
    anchor.current =
      row === undefined ? undefined : { id: row.id, below: scrollTop - (offsets[first] ?? 0) };
    if (scrollTop < NEAR_TOP) props.onNearTop();
    setView({ top: scrollTop, height: clientHeight });
  };

  useMeasuring(box, heights, () => setVersion((before) => before + 1));
  const last = items.at(-1);
  useLayoutEffect(() => {
    if (last !== undefined && props.followsLast(last)) atEnd.current = true;
  }, [last?.id]);
  useLayoutEffect(() => {
    if (goTo === undefined) return;
    const at = items.findIndex(({ id }) => id === goTo.id);
    if (at < 0) return;
    atEnd.current = false;
    anchor.current = { id: goTo.id, below: -NEAR };
  }, [goTo]);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const isForced = forced.current !== goTo || followed.current !== last?.id;
    forced.current = goTo;
    followed.current = last?.id;
    // Whoever has just scrolled is not pulled back: the event that tells of it comes next.
    if (!isForced && Math.abs(element.scrollTop - seenTop.current) > 1) return;
    if (atEnd.current) element.scrollTop = element.scrollHeight;
    else keepAnchor(element, items, offsets, anchor.current);
    seenTop.current = element.scrollTop;
  }, [offsets, goTo, shown.from, shown.to]);
  return { box, offsets, shown, onScroll: look };
}

function keepAnchor(
  element: HTMLDivElement,
  items: readonly Row[],
  offsets: Float64Array,
  anchor: { readonly id: string; readonly below: number } | undefined,
): void {
  if (anchor === undefined) return;
  const at = items.findIndex(({ id }) => id === anchor.id);
  if (at < 0) return;
  const wanted = Math.max(0, (offsets[at] ?? 0) + anchor.below);
  if (Math.abs(element.scrollTop - wanted) > 1) element.scrollTop = wanted;
}

/** Measures rows as they are drawn and as they change, and the box itself. */
function useMeasuring(
  box: { readonly current: HTMLDivElement | null },
  heights: RowHeights,
  onChange: () => void,
): void {
  const observer = useMemo(
    () =>
      new ResizeObserver((entries) => {
        let isNew = false;
        for (const { target } of entries) {
          const { id } = (target as HTMLElement).dataset;
          if (id === undefined) isNew = true;
          else if (target.isConnected) {
            isNew = heights.set(id, target.getBoundingClientRect().height) || isNew;
          }
        }
        if (isNew) onChange();
      }),
    [],
  );
  useEffect(() => {
    if (box.current !== null) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  const watched = useRef(new Set<Element>());
  useLayoutEffect(() => {
    const rows = new Set(box.current?.querySelectorAll(":scope > .window-row") ?? []);
    for (const row of watched.current) if (!rows.has(row)) observer.unobserve(row);
    for (const row of rows) if (!watched.current.has(row)) observer.observe(row);
    watched.current = rows;
  });
}
