import type { ComponentChildren, JSX } from "preact";
import type { DoctorBody, FindingBody, StatusBody } from "../../../src/api/client/index.ts";
import { CopyButton } from "../parts/copy.tsx";
import { Icon } from "../parts/icons.tsx";
import { Name } from "../parts/name.tsx";
import { Space } from "../parts/space.tsx";
import { Load } from "../parts/states.tsx";
import { cleanName, formatBytes, formatSpan } from "../state/format.ts";
import { findingIn } from "../state/told.ts";
import { resources } from "../state/views.ts";
import { say } from "../words/language.ts";

/** Status: who this peer is, how it does, and what the doctor says. */
export function StatusView(): JSX.Element {
  return (
    <section class="view status-view" aria-labelledby="status-title">
      <header class="view-head">
        <h1 id="status-title">{say().status.title}</h1>
      </header>
      <Load from={resources.status}>{(status) => <Facts status={status} />}</Load>
      <section class="card" aria-labelledby="doctor-title">
        <h2 id="doctor-title">{say().status.doctor}</h2>
        <Load from={resources.doctor}>{(doctor) => <Findings {...doctor} />}</Load>
      </section>
      <p class="card note">
        <Icon name="key" />
        <span>{say().status.wordsNote}</span>
      </p>
    </section>
  );
}

function Facts({ status }: { readonly status: StatusBody }): JSX.Element {
  const { store, memory } = status;
  const words = say().status;
  return (
    <>
      <div class="tiles">
        <Tile label={words.neighbours} value={String(status.neighbourCount)} />
        <Tile label={words.inReach} value={String(status.reachableCount)} />
        <Tile label={words.contacts} value={String(status.contactCount)} />
        <Tile label={words.waiting} value={String(status.messagesWaiting)} />
      </div>
      <section class="card" aria-label={words.thisPeer}>
        <h2>
          <Name of={status.name} fallback={words.thisPeer} />
        </h2>
        <dl class="facts">
          <Line term={words.address} copy={status.address} />
          <Line term={words.person} copy={status.personId} />
          <Line term={words.peer} copy={status.peerId} />
          <Line term={words.running}>{formatSpan(status.uptimeMs)}</Line>
          <Line term={words.version}>{status.version}</Line>
          <Line term={words.memory}>
            {formatBytes(memory.rssBytes)}{" "}
            <span class="quiet">{words.heap(formatBytes(memory.heapUsedBytes))}</span>
          </Line>
          <Line term={words.listening} wide>
            <ul class="endpoints">
              {status.listening.map((endpoint) => (
                <li key={endpoint}>
                  <code>{cleanName(endpoint)}</code>
                </li>
              ))}
              {status.listening.length === 0 ? <li>{words.nowhere}</li> : null}
            </ul>
          </Line>
          <Line term={words.home} wide>
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
          <CopyButton text={props.copy} what={props.term} />
        </dd>
      )}
    </div>
  );
}

const ORDER: readonly FindingBody["level"][] = ["problem", "hint", "ok"];

function Findings({ findings }: DoctorBody): JSX.Element {
  if (findings.length === 0) return <p class="quiet">{say().status.notLooked}</p>;
  const sorted = [...findings].sort(
    (one, other) => ORDER.indexOf(one.level) - ORDER.indexOf(other.level),
  );
  return (
    <ul class="findings">
      {sorted.map((finding) => (
        <FindingItem key={finding.id} {...finding} />
      ))}
    </ul>
  );
}

function FindingItem(finding: FindingBody): JSX.Element {
  const { title, advice } = findingIn(finding);
  return (
    <li class={finding.level}>
      <Icon name={finding.level} />
      <div>
        <strong>
          <span class="unseen">{say().status.levels[finding.level]}: </span>
          {title}
        </strong>
        {advice === "" ? null : <p class="quiet">{advice}</p>}
      </div>
    </li>
  );
}
