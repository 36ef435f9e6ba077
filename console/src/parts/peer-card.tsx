import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { MapBody, NeighbourBody, PeersBody } from "../../../src/api/client/index.ts";
import { api } from "../state/api.ts";
import { wordsOf } from "../state/errors.ts";
import { cleanName, count, formatMs } from "../state/format.ts";
import { resources, useResource } from "../state/views.ts";
import { CopyButton } from "./copy.tsx";
import { Icon } from "./icons.tsx";
import { Name } from "./name.tsx";

/** Everything this peer knows of another one. */
export function PeerCard(props: {
  readonly map: MapBody;
  readonly peerId: string;
  readonly onClose: () => void;
}): JSX.Element {
  const { data: peers } = useResource(resources.peers);
  const { data: status } = useResource(resources.status);
  const own = props.peerId === props.map.self;
  const mapped = props.map.peers.find((peer) => peer.peerId === props.peerId);
  const known = peers?.peers.find((peer) => peer.peerId === props.peerId);
  const neighbour = peers?.neighbours.find((peer) => peer.peerId === props.peerId);
  const contact = known?.contact ?? mapped?.contact ?? null;
  const claimed = own ? status?.name : (known?.name ?? neighbour?.name ?? mapped?.name);
  const address = own ? status?.address : (known?.address ?? neighbour?.address);
  const hops = known?.hops ?? mapped?.hops;
  return (
    <section class="card peer-card" aria-label="Peer">
      <header>
        <div>
          <h2>
            <Name of={contact ?? claimed ?? ""} fallback="unnamed peer" />
          </h2>
          <p class="quiet">
            {own ? "This is you" : <Standing contact={contact} claimed={claimed ?? ""} />}
          </p>
        </div>
        <button
          type="button"
          class="ghost icon-only"
          aria-label="Close the card"
          onClick={props.onClose}
        >
          <Icon name="close" />
        </button>
      </header>
      <dl class="facts">
        {address === undefined ? null : (
          <div class="wide">
            <dt>Address</dt>
            <dd class="with-button">
              <code>{address}</code>
              <CopyButton text={address} what="the address" />
            </dd>
          </div>
        )}
        {own || hops === undefined ? null : <Fact term="Distance">{count(hops, "hop")}</Fact>}
        {known === undefined || own ? null : (
          <>
            <Fact term="Next hop">{nameOf(peers, known.nextHop)}</Fact>
            <Fact term="Backup">
              {known.alternate === null ? "none yet" : nameOf(peers, known.alternate)}
            </Fact>
          </>
        )}
        {neighbour === undefined ? null : <LinkFacts neighbour={neighbour} />}
      </dl>
      {own ? null : <Ping peerId={props.peerId} />}
    </section>
  );
}

function Standing(props: {
  readonly contact: string | null;
  readonly claimed: string;
}): JSX.Element {
  if (props.contact === null) return <>Not one of your contacts; the name is its own claim</>;
  if (props.contact === props.claimed) return <>Your contact</>;
  return (
    <>
      Your contact; calls itself <Name of={props.claimed} />
    </>
  );
}

function Fact(props: {
  readonly term: string;
  readonly children: JSX.Element | string;
}): JSX.Element {
  return (
    <div>
      <dt>{props.term}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function LinkFacts({ neighbour }: { readonly neighbour: NeighbourBody }): JSX.Element {
  const percent = Math.round(neighbour.deliveryRatio * 100);
  return (
    <>
      <Fact term="Round trip">
        {neighbour.roundTripMs === null ? "not measured" : formatMs(neighbour.roundTripMs)}
      </Fact>
      <Fact term="Delivered">{`${percent} %${neighbour.suspect ? ", shaky" : ""}`}</Fact>
      <Fact term="Cost">{neighbour.cost.toFixed(0)}</Fact>
      <div class="wide">
        <dt>Over</dt>
        <dd>{cleanName(neighbour.endpoints.join(", "), "–")}</dd>
      </div>
    </>
  );
}

/** The name of a peer that is told by id or address. */
function nameOf(peers: PeersBody | undefined, which: string): string {
  const all = [...(peers?.peers ?? []), ...(peers?.neighbours ?? [])];
  const found = all.find((peer) => peer.peerId === which || peer.address === which);
  if (found === undefined) return which.length > 16 ? `${which.slice(0, 12)}…` : which;
  return cleanName("contact" in found && found.contact !== null ? found.contact : found.name);
}

function Ping({ peerId }: { readonly peerId: string }): JSX.Element {
  const [running, setRunning] = useState(false);
  const [answer, setAnswer] = useState("");
  const ping = async (): Promise<void> => {
    setRunning(true);
    try {
      const { roundTripMs, hops } = await api().ping(peerId);
      const way = roundTripMs === null ? "" : ` over ${count(hops, "hop")}`;
      setAnswer(`${formatMs(roundTripMs)}${way}`);
    } catch (error) {
      setAnswer(wordsOf(error));
    }
    setRunning(false);
  };
  return (
    <div class="ping">
      <button type="button" disabled={running} onClick={() => void ping()}>
        {running ? "Waiting …" : "Ping"}
      </button>
      <output aria-live="polite">{answer}</output>
    </div>
  );
}
