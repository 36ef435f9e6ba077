import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { MapBody } from "../../../src/api/client/index.ts";
import { PEER_FIND_MIN, PEER_ROWS_MAX } from "../limits.ts";
import { say } from "../words/language.ts";
import { Name } from "./name.tsx";

type Peer = MapBody["peers"][number];

/** All others: contacts first, then by distance. */
function othersOf(map: MapBody): readonly Peer[] {
  return map.peers
    .filter((peer) => peer.peerId !== map.self)
    .sort((one, other) => {
      const contacts = Number(other.contact !== null) - Number(one.contact !== null);
      return contacts || one.hops - other.hops || one.name.localeCompare(other.name);
    });
}

/** The map as a plain list; where there are many, with a field to find somebody. */
export function PeerList(props: {
  readonly map: MapBody;
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
}): JSX.Element | null {
  const { map } = say();
  const [text, setText] = useState("");
  const others = useMemo(() => othersOf(props.map), [props.map]);
  if (others.length === 0) return null;
  const wanted = text.trim().toLowerCase();
  const found = others.filter(({ name, contact }) =>
    `${contact ?? ""} ${name}`.toLowerCase().includes(wanted),
  );
  const rows = found.slice(0, PEER_ROWS_MAX);
  return (
    <section class="peer-list" aria-labelledby="peers-title">
      <h2 id="peers-title">
        {map.peers(others.length)} <span class="quiet">{map.inReach}</span>
      </h2>
      {others.length < PEER_FIND_MIN ? null : (
        <input
          type="text"
          aria-label={map.find}
          placeholder={map.find}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      )}
      {found.length === 0 ? <p class="quiet">{map.nobodyFound}</p> : null}
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
                <Name of={peer.contact ?? peer.name} fallback={map.unnamed} />
              </span>
              <span class="quiet">{peer.hops <= 1 ? map.direct : map.hops(peer.hops)}</span>
            </button>
          </li>
        ))}
      </ul>
      {rows.length < found.length ? (
        <p class="quiet">{map.more(found.length - rows.length)}</p>
      ) : null}
    </section>
  );
}
