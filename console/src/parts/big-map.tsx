import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { BigMap } from "../layout/big-map.ts";
import type { Graph } from "../layout/graph.ts";
import type { MapColours } from "../layout/painter.ts";
import { cleanName, clipMiddle } from "../state/format.ts";
import { theme } from "../state/theme.ts";
import { say } from "../words/language.ts";

const LABEL_CHARS = 18;
const STEP = 1.5;
const PAN_PX = 60;
/** A pointer that moved less than this has tapped, in pixels. */
const TAP_PX = 5;

/** The map where peers are too many for drawings of their own: one canvas; the list says the rest. */
export function BigMapCanvas(props: {
  readonly graph: Graph;
  readonly selected: string | undefined;
  readonly onSelect: (id: string | undefined) => void;
}): JSX.Element {
  const { graph, selected } = props;
  const { map } = say();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [isAtRest, setAtRest] = useState(false);
  const big = useBigMap(canvas, graph, setAtRest);
  useEffect(() => big.current?.select(selected), [selected]);
  const zoom = (factor: number): void => {
    const { clientWidth = 0, clientHeight = 0 } = canvas.current ?? {};
    big.current?.zoomAt(factor, clientWidth / 2, clientHeight / 2);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = KEYS[event.key];
    if (event.key === "+" || event.key === "-") zoom(event.key === "+" ? STEP : 1 / STEP);
    else if (step !== undefined) big.current?.pan(step[0] * PAN_PX, step[1] * PAN_PX);
    else return;
    event.preventDefault();
  };
  const pointer = usePointer(canvas, big, props.onSelect);
  return (
    <>
      <canvas
        ref={canvas}
        class="map big-map"
        role="img"
        aria-label={map.bigLabel(graph.nodes.length - 1)}
        tabIndex={0}
        data-rest={isAtRest}
        data-peers={graph.nodes.length}
        data-links={graph.links.length}
        onKeyDown={onKeyDown}
        {...pointer}
      />
      <div class="map-zoom">
        <button type="button" class="icon-only" aria-label={map.closer} onClick={() => zoom(STEP)}>
          +
        </button>
        <button
          type="button"
          class="icon-only"
          aria-label={map.farther}
          onClick={() => zoom(1 / STEP)}
        >
          −
        </button>
      </div>
    </>
  );
}

const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [1, 0],
  ArrowRight: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

function useBigMap(
  canvas: { readonly current: HTMLCanvasElement | null },
  graph: Graph,
  onRest: (isAtRest: boolean) => void,
): { readonly current: BigMap | undefined } {
  const big = useRef<BigMap | undefined>(undefined);
  const names = useRef(new Map<string, string>());
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    let colours: MapColours | undefined;
    const made = new BigMap({
      canvas: element,
      nameOf: (id) => clipMiddle(cleanName(names.current.get(id) ?? ""), LABEL_CHARS),
      colours: () => {
        colours ??= coloursOf(element);
        return colours;
      },
      onRest,
    });
    big.current = made;
    const sized = new ResizeObserver(() => made.resize(element.clientWidth, element.clientHeight));
    sized.observe(element);
    const stop = theme.subscribe(() => {
      colours = undefined;
      made.draw();
    });
    return () => {
      stop();
      sized.disconnect();
      made.close();
    };
  }, []);
  useEffect(() => {
    const own = say().map.you;
    names.current = new Map(
      graph.nodes.map(({ id, name, kind }) => [id, kind === "self" ? own : name]),
    );
    big.current?.show(graph);
  }, [graph]);
  return big;
}

/** Dragging moves, the wheel zooms, a tap chooses. */
function usePointer(
  canvas: { readonly current: HTMLCanvasElement | null },
  big: { readonly current: BigMap | undefined },
  onSelect: (id: string | undefined) => void,
) {
  const drag = useMemo(() => ({ x: 0, y: 0, moved: 0, isDown: false }), []);
  const placeOf = (event: MouseEvent): readonly [number, number] => {
    const edge = canvas.current?.getBoundingClientRect();
    return [event.clientX - (edge?.left ?? 0), event.clientY - (edge?.top ?? 0)];
  };
  return {
    onPointerDown: (event: PointerEvent): void => {
      Object.assign(drag, { x: event.clientX, y: event.clientY, moved: 0, isDown: true });
      canvas.current?.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent): void => {
      if (!drag.isDown) return;
      const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
      drag.moved += Math.abs(dx) + Math.abs(dy);
      Object.assign(drag, { x: event.clientX, y: event.clientY });
      big.current?.pan(dx, dy);
    },
    onPointerUp: (event: PointerEvent): void => {
      drag.isDown = false;
      if (drag.moved < TAP_PX) onSelect(big.current?.peerAt(...placeOf(event)));
    },
    onWheel: (event: WheelEvent): void => {
      event.preventDefault();
      big.current?.zoomAt(Math.exp(-event.deltaY / 400), ...placeOf(event));
    },
  };
}

/** The style sheet's colours as they are now: canvases know no variables. */
function coloursOf(element: HTMLElement): MapColours {
  const probe = document.createElement("span");
  element.parentElement?.append(probe);
  const of = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const colours: MapColours = {
    ground: of("ground"),
    ink: of("ink"),
    peer: of("node"),
    contact: of("contact"),
    self: of("accent"),
    links: { good: of("link-good"), fair: of("link-fair"), slow: of("link-slow") },
  };
  probe.remove();
  return colours;
}
