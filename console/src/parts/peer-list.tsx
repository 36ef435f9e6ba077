import type { JSX } from "preact";
import type { MapBody } from "../../../src/api/client/index.ts";
import { PEER_ROWS_MAX } from "../limits.ts";
import { count } from "../state/format.ts";
import { Name } from "./name.tsx";

/** The map as a plain list: contacts first, then by distance. */
export function PeerList(props: {
  readonly map: MapBody;
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
}): JSX.Element | null {
  const others = props.map.peers
    .filter((peer) => peer.peerId !== props.map.self)
    .sort((one, other) => {
      const contacts = Number(other.contact !== null) - Number(one.contact !== null);
      return contacts || one.hops - other.hops || one.name.localeCompare(other.name);
    });
  if (others.length === 0) return null;
  const rows = others.slice(0, PEER_ROWS_MAX);
  return (
    <section class="peer-list" aria-labelledby="peers-title">
      <h2 id="peers-title">
        {count(others.length, "peer")} <span class="quiet">in reach</span>
      </h2>
      <ul class="rows">
        {rows.map((peer) => (
          <li key={peer.peerId}>
            <button
              type="button"
              class="row"
              aria-pressed={peer.peerId === props.selected}
              onClick={() => props.onSelect(peer.peerId)}
            >
              <span class={`spot ${peer.contact === null ? "peer" : "contact"}`} />
              <span class="grow">
                <Name of={peer.contact ?? peer.name} fallback="unnamed peer" />
              </span>
              <span class="quiet">{peer.hops <= 1 ? "direct" : count(peer.hops, "hop")}</span>
            </button>
          </li>
        ))}
      </ul>
      {rows.length < others.length ? (
        <p class="quiet">{others.length - rows.length} more; peernet peers lists all.</p>
      ) : null}
    </section>
  );
}
