import type { ComponentChildren, JSX } from "preact";
import type { DoctorBody, FindingBody, StatusBody } from "../../../src/api/client/index.ts";
import { CopyButton } from "../parts/copy.tsx";
import { Icon } from "../parts/icons.tsx";
import { Name } from "../parts/name.tsx";
import { Space } from "../parts/space.tsx";
import { Load } from "../parts/states.tsx";
import { cleanName, formatBytes, formatSpan } from "../state/format.ts";
import { resources } from "../state/views.ts";

/** Status: who this peer is, how it does, and what the doctor says. */
export function StatusView(): JSX.Element {
  return (
    <section class="view status-view" aria-labelledby="status-title">
      <header class="view-head">
        <h1 id="status-title">Status</h1>
      </header>
      <Load from={resources.status}>{(status) => <Facts status={status} />}</Load>
      <section class="card" aria-labelledby="doctor-title">
        <h2 id="doctor-title">Doctor</h2>
        <Load from={resources.doctor}>{(doctor) => <Findings {...doctor} />}</Load>
      </section>
      <p class="card note">
        <Icon name="key" />
        <span>
          The 24 recovery words of a person are never shown on a page: only in the terminal, when a
          peer starts for the very first time. Keep them on paper.
        </span>
      </p>
    </section>
  );
}

function Facts({ status }: { readonly status: StatusBody }): JSX.Element {
  const { store, memory } = status;
  return (
    <>
      <div class="tiles">
        <Tile label="Neighbours" value={String(status.neighbourCount)} />
        <Tile label="In reach" value={String(status.reachableCount)} />
        <Tile label="Contacts" value={String(status.contactCount)} />
        <Tile label="Messages waiting" value={String(status.messagesWaiting)} />
      </div>
      <section class="card" aria-label="This peer">
        <h2>
          <Name of={status.name} fallback="This peer" />
        </h2>
        <dl class="facts">
          <Line term="Address" copy={status.address} />
          <Line term="Person" copy={status.personId} />
          <Line term="Peer" copy={status.peerId} />
          <Line term="Running for">{formatSpan(status.uptimeMs)}</Line>
          <Line term="Version">{status.version}</Line>
          <Line term="Memory">
            {formatBytes(memory.rssBytes)}{" "}
            <span class="quiet">({formatBytes(memory.heapUsedBytes)} heap)</span>
          </Line>
          <Line term="Listening" wide>
            <ul class="endpoints">
              {status.listening.map((endpoint) => (
                <li key={endpoint}>
                  <code>{cleanName(endpoint)}</code>
                </li>
              ))}
              {status.listening.length === 0 ? <li>nowhere</li> : null}
            </ul>
          </Line>
          <Line term="Home" wide>
            <code>{status.home}</code>
          </Line>
        </dl>
      </section>
      <Space store={store} />
    </>
  );
}

function Tile(props: { readonly label: string; readonly value: string }): JSX.Element {
  return (
    <p class="card tile">
      <strong>{props.value}</strong>
      <span class="quiet">{props.label}</span>
    </p>
  );
}

function Line(props: {
  readonly term: string;
  readonly copy?: string;
  readonly wide?: boolean;
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class={props.copy === undefined && props.wide !== true ? "" : "wide"}>
      <dt>{props.term}</dt>
      {props.copy === undefined ? (
        <dd>{props.children}</dd>
      ) : (
        <dd class="with-button">
          <code>{props.copy}</code>
          <CopyButton text={props.copy} what={`the ${props.term.toLowerCase()}`} />
        </dd>
      )}
    </div>
  );
}

const LEVELS = { ok: "Fine", hint: "Hint", problem: "Problem" } as const;
const ORDER: readonly FindingBody["level"][] = ["problem", "hint", "ok"];

function Findings({ findings }: DoctorBody): JSX.Element {
  if (findings.length === 0) return <p class="quiet">Nothing was looked at yet.</p>;
  const sorted = [...findings].sort(
    (one, other) => ORDER.indexOf(one.level) - ORDER.indexOf(other.level),
  );
  return (
    <ul class="findings">
      {sorted.map((finding) => (
        <li key={finding.id} class={finding.level}>
          <Icon name={finding.level} />
          <div>
            <strong>
              <span class="unseen">{LEVELS[finding.level]}: </span>
              {finding.title}
            </strong>
            {finding.advice === "" ? null : <p class="quiet">{finding.advice}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}
