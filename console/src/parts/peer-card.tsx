import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { MapBody, NeighbourBody, PeersBody } from "../../../src/api/client/index.ts";
import { api } from "../state/api.ts";
import { wordsOf } from "../state/errors.ts";
import { cleanName, formatMs } from "../state/format.ts";
import { resources, useResource } from "../state/views.ts";
import { say } from "../words/language.ts";
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
    <section class="card peer-card" aria-label={say().status.peer}>
      <header>
        <div>
          <h2>
            <Name of={contact ?? claimed ?? ""} fallback={say().map.unnamed} />
          </h2>
          <p class="quiet">
            {own ? say().status.card.you : <Standing contact={contact} claimed={claimed ?? ""} />}
          </p>
        </div>
        <button
          type="button"
          class="ghost icon-only"
          aria-label={say().status.card.closeCard}
          onClick={props.onClose}
        >
          <Icon name="close" />
        </button>
      </header>
      <dl class="facts">
        {address === undefined ? null : (
          <div class="wide">
            <dt>{say().status.address}</dt>
            <dd class="with-button">
              <code>{address}</code>
              <CopyButton text={address} what={say().status.address} />
            </dd>
          </div>
        )}
        {own || hops === undefined ? null : (
          <Fact term={say().status.card.distance}>{say().map.hops(hops)}</Fact>
        )}
        {known === undefined || own ? null : (
          <>
            <Fact term={say().status.card.nextHop}>{nameOf(peers, known.nextHop)}</Fact>
            <Fact term={say().status.card.backup}>
              {known.alternate === null
                ? say().status.card.noBackup
                : nameOf(peers, known.alternate)}
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
  if (props.contact === null) return <>{say().status.card.stranger}</>;
  if (props.contact === props.claimed) return <>{say().status.card.contact}</>;
  return (
    <>
      {say().status.card.callsItself}
      <Name of={props.claimed} />
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
      <Fact term={say().status.card.roundTrip}>
        {neighbour.roundTripMs === null
          ? say().status.card.notMeasured
          : formatMs(neighbour.roundTripMs)}
      </Fact>
      <Fact
        term={say().status.card.delivered}
      >{`${percent} %${neighbour.suspect ? say().status.card.shaky : ""}`}</Fact>
      <Fact term={say().status.card.cost}>{neighbour.cost.toFixed(0)}</Fact>
      <div class="wide">
        <dt>{say().status.card.over}</dt>
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
      const time = formatMs(roundTripMs);
      setAnswer(
        roundTripMs === null ? time : say().status.card.pingOver(time, say().map.hops(hops)),
      );
    } catch (error) {
      setAnswer(wordsOf(error));
    }
    setRunning(false);
  };
  return (
    <div class="ping">
      <button type="button" disabled={running} onClick={() => void ping()}>
        {running ? say().status.card.pinging : say().status.card.ping}
      </button>
      <output aria-live="polite">{answer}</output>
    </div>
  );
}
