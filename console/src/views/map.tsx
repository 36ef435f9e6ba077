import { type Signal, signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { MapBody } from "../../../src/api/client/index.ts";
import { graphOf } from "../layout/graph.ts";
import { MeshMap } from "../parts/mesh-map.tsx";
import { PeerCard } from "../parts/peer-card.tsx";
import { PeerList } from "../parts/peer-list.tsx";
import { Load } from "../parts/states.tsx";
import { TrafficCard } from "../parts/traffic.tsx";
import { resources } from "../state/views.ts";
import { say } from "../words/language.ts";

/** The peer whose card is open. */
const selected: Signal<string | undefined> = signal(undefined);

/** Around me: the mesh as far as this peer knows it. */
export function MapView(): JSX.Element {
  return (
    <section class="view map-view" aria-labelledby="map-title">
      <h1 id="map-title">{say().map.title}</h1>
      <Load from={resources.map}>{(map) => <MapBoard map={map} />}</Load>
    </section>
  );
}

function MapBoard({ map }: { readonly map: MapBody }): JSX.Element {
  const graph = useMemo(() => graphOf(map), [map]);
  const chosen = selected.value;
  const select = (id: string | undefined): void => {
    selected.value = id;
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape") select(undefined);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const others = graph.nodes.length - 1 + graph.leftOut;
  return (
    <div class="map-board">
      <div class="map-stage">
        <MeshMap graph={graph} selected={chosen} onSelect={select} />
        {others === 0 ? <Alone /> : <Legend />}
        {graph.leftOut > 0 ? <p class="map-note">{say().map.notDrawn(graph.leftOut)}</p> : null}
      </div>
      <div class="map-side">
        {chosen === undefined ? null : (
          <PeerCard key={chosen} map={map} peerId={chosen} onClose={() => select(undefined)} />
        )}
        {others === 0 ? null : <TrafficCard />}
        <PeerList map={map} selected={chosen} onSelect={select} />
      </div>
    </div>
  );
}

function Legend(): JSX.Element {
  const { legend } = say().map;
  return (
    <p class="map-legend" aria-hidden="true">
      <span>
        <i class="spot contact" /> {legend.contact}
      </span>
      <span>
        <i class="spot" /> {legend.peer}
      </span>
      <span>
        <i class="dash good" /> {legend.fast}
      </span>
      <span>
        <i class="dash fair" /> {legend.fair}
      </span>
      <span>
        <i class="dash slow" /> {legend.slow}
      </span>
    </p>
  );
}

function Alone(): JSX.Element {
  const { map, people } = say();
  return (
    <p class="map-alone">
      <strong>{map.alone}</strong>
      <span>
        {map.aloneBefore}
        <a href="#view=people">{people.title}</a>.
      </span>
    </p>
  );
}
