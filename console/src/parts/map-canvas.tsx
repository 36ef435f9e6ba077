import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Graph, type GraphLink, type GraphNode, merge, type Shown } from "../layout/graph.ts";
import { CROWD, Motion } from "../layout/motion.ts";
import { cleanName, clipMiddle } from "../state/format.ts";
import { say } from "../words/language.ts";

/** How long what is gone fades out; the style sheet has the same time. */
const FADE_MS = 700;
const LABEL_CHARS = 14;

interface Drawn {
  readonly nodes: readonly Shown<GraphNode>[];
  readonly links: readonly Shown<GraphLink>[];
}

/** The living picture of the mesh. Arrow keys walk from peer to peer, Enter opens a card. */
export function MapCanvas(props: {
  readonly graph: Graph;
  readonly selected: string | undefined;
  readonly onSelect: (id: string | undefined) => void;
}): JSX.Element {
  const { graph, selected, onSelect } = props;
  const motion = useMemo(() => new Motion(), []);
  const box = useRef<SVGSVGElement>(null);
  const drawn = useDrawn(graph);
  const [cursor, setCursor] = useState(0);
  useSize(box, motion);
  useLayoutEffect(() => motion.show(drawn.nodes, drawn.links), [drawn, motion]);
  useEffect(() => () => motion.stop(), [motion]);
  const walk = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = (cursor + step + graph.nodes.length) % graph.nodes.length;
    setCursor(next);
    const id = graph.nodes[next]?.id;
    for (const element of box.current?.querySelectorAll<SVGGElement>("g.peer") ?? []) {
      if (element.dataset["id"] === id) element.focus();
    }
  };
  const crowded = graph.nodes.length > CROWD;
  const rings = Math.min(8, graph.nodes.at(-1)?.hops ?? 0);
  const label = say().map.label(graph.nodes.length - 1);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be drawn in SVG
    <svg
      ref={box}
      class="map"
      data-crowded={crowded}
      role="group"
      aria-label={label}
      onKeyDown={walk}
    >
      {Array.from({ length: rings }, (_, index) => (
        <circle key={index} class="ring" ref={(element) => motion.ring(index + 1, element)} />
      ))}
      {drawn.links.map(({ item, leaving }) => (
        <line
          key={item.id}
          ref={(element) => motion.line(item.id, element)}
          class={`link ${item.grade}${leaving ? " leaving" : ""}`}
          data-lit={selected !== undefined && (item.a === selected || item.b === selected)}
          stroke-width={item.width}
        />
      ))}
      {contactsLast(drawn.nodes).map((shown) => (
        <Peer
          key={shown.item.id}
          shown={shown}
          motion={motion}
          radius={radiusOf(shown.item, crowded)}
          named={!crowded || shown.item.kind !== "peer"}
          chosen={shown.item.id === selected}
          reachable={graph.nodes[cursor]?.id === shown.item.id}
          onSelect={onSelect}
        />
      ))}
    </svg>
  );
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowDown: 1,
  ArrowLeft: -1,
  ArrowUp: -1,
};

function Peer(props: {
  readonly shown: Shown<GraphNode>;
  readonly motion: Motion;
  readonly radius: number;
  readonly named: boolean;
  readonly chosen: boolean;
  /** Whether the tab key stops here; the arrow keys move this on. */
  readonly reachable: boolean;
  readonly onSelect: (id: string) => void;
}): JSX.Element {
  const { item, leaving } = props.shown;
  const own = item.kind === "self";
  const { map } = say();
  const name = own ? map.you : clipMiddle(cleanName(item.name), LABEL_CHARS);
  const full = cleanName(item.name);
  // What is seen is part of what is said, so that one can be named by voice.
  const said = own
    ? `${name}: ${map.thisPeer}`
    : map.away(name === full ? full : `${name}, ${full}`, item.hops);
  const open = (): void => props.onSelect(item.id);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button cannot be drawn in SVG
    <g
      ref={(element) => props.motion.peer(item.id, element)}
      class={`peer ${item.kind}${leaving ? " leaving" : ""}`}
      data-id={item.id}
      data-chosen={props.chosen}
      role="button"
      tabindex={props.reachable ? 0 : -1}
      aria-label={said}
      aria-pressed={props.chosen}
      onClick={open}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        open();
      }}
    >
      <g class="pop">
        <circle class="touch" r="22" />
        {own ? <circle class="halo" r="24" /> : null}
        <circle class="dot" r={props.radius} />
        {props.named || props.chosen ? (
          <text y={own ? 33 : 25} class="label">
            {name}
          </text>
        ) : null}
      </g>
    </g>
  );
}

/** What is drawn last lies above: the names of contacts stay readable. */
function contactsLast(nodes: readonly Shown<GraphNode>[]): readonly Shown<GraphNode>[] {
  const isPeer = ({ item }: Shown<GraphNode>): boolean => item.kind === "peer";
  return [...nodes.filter(isPeer), ...nodes.filter((shown) => !isPeer(shown))];
}

/** Near peers are larger; in a crowd all are smaller. */
function radiusOf(node: GraphNode, crowded: boolean): number {
  if (node.kind === "self") return crowded ? 10 : 13;
  if (crowded) return node.hops <= 1 ? 6.5 : 5.5;
  return node.hops <= 1 ? 9 : 7;
}

/** What is drawn: the graph, and for a moment what has just left it. */
function useDrawn(graph: Graph): Drawn {
  const [drawn, setDrawn] = useState<Drawn>(() => ({
    nodes: merge([], graph.nodes),
    links: merge([], graph.links),
  }));
  useEffect(() => {
    setDrawn((before) => ({
      nodes: merge(before.nodes, graph.nodes),
      links: merge(before.links, graph.links),
    }));
    const timer = setTimeout(() => {
      setDrawn({ nodes: merge([], graph.nodes), links: merge([], graph.links) });
    }, FADE_MS);
    return () => clearTimeout(timer);
  }, [graph]);
  return drawn;
}

function useSize(box: { readonly current: SVGSVGElement | null }, motion: Motion): void {
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) motion.resize(entry.contentRect.width, entry.contentRect.height);
    });
    observer.observe(element);
    motion.resize(element.clientWidth, element.clientHeight);
    return () => observer.disconnect();
  }, [box, motion]);
}
