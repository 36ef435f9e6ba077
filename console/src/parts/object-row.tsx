import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ObjectBody } from "../../../src/api/client/index.ts";
import { api } from "../state/api.ts";
import { formatBytes, formatTime } from "../state/format.ts";
import { healthAdvice, healthLevel } from "../state/health.ts";
import { attempt, notify } from "../state/notices.ts";
import { progress } from "../state/progress.ts";
import { getLink } from "../state/transfers.ts";
import { resources } from "../state/views.ts";
import { say } from "../words/language.ts";
import { HealthBar, ProgressBar } from "./bars.tsx";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { CopyButton } from "./copy.tsx";
import { Icon } from "./icons.tsx";
import { LayerList } from "./layer-list.tsx";
import { LookDialog } from "./look-dialog.tsx";
import { FileName } from "./name.tsx";

/** One object of the drive: how well it is kept, and what to do with it. */
export function ObjectRow({ object }: { readonly object: ObjectBody }): JSX.Element {
  const { health } = object;
  const { drive } = say();
  const level = healthLevel(object);
  const advice = healthAdvice(object);
  return (
    <li class="card object">
      <div class="object-head">
        <Icon name="file" />
        <div class="grow">
          <strong>
            <FileName of={object.name} />
          </strong>
          <small class="quiet">
            {formatBytes(object.sizeBytes)} · {formatTime(object.createdAtMs, Date.now())}
          </small>
        </div>
        <span class={`tag ${level}`}>{drive.levels[level]}</span>
      </div>
      <HealthBar object={object} />
      <p class="object-facts quiet">
        <span>{drive.fragments(health.alive, object.n, object.k)}</span>
        <span>{drive.here(health.here)}</span>
        {health.waiting > 0 ? <span>{drive.waiting(health.waiting)}</span> : null}
        {object.nMax > object.n ? <span>{drive.canBeMade(object.nMax - object.n)}</span> : null}
        <span>{health.holders === 1 ? drive.onlyHere : drive.onPeers(health.holders)}</span>
      </p>
      <LayerList object={object} />
      <p class="object-words">{health.summary}</p>
      {advice === "" ? null : <p class={`object-advice ${level}`}>{advice}</p>}
      <Work link={object.link} />
      <Actions object={object} />
    </li>
  );
}

function Work({ link }: { readonly link: string }): JSX.Element | null {
  const work = progress.value.get(link);
  if (work === undefined) return null;
  const { drive } = say();
  const label = drive.progress(drive.work[work.kind], work.done, work.total);
  return (
    <div class="object-work">
      <ProgressBar share={work.total === 0 ? undefined : work.done / work.total} label={label} />
      <small class="quiet">{label}</small>
    </div>
  );
}

function Actions({ object }: { readonly object: ObjectBody }): JSX.Element {
  const { drive, common } = say();
  const [repairing, setRepairing] = useState(false);
  const [asking, setAsking] = useState<"look" | "let-go" | undefined>(undefined);
  const [auditing, setAuditing] = useState(false);
  const close = (): void => setAsking(undefined);
  const audit = async (): Promise<void> => {
    setAuditing(true);
    await attempt(async () => {
      notify("good", (await api().auditObject(object.link)).summary);
    });
    setAuditing(false);
  };
  const repair = async (): Promise<void> => {
    setRepairing(true);
    await attempt(async () => {
      await api().repairObject(object.link);
      resources.objects.invalidate();
    });
    setRepairing(false);
  };
  return (
    <div class="buttons">
      <button type="button" class="ghost" onClick={() => setAsking("look")}>
        <Icon name="eye" /> {drive.look}
      </button>
      <button type="button" class="ghost" onClick={() => getLink(object.link, object.name)}>
        <Icon name="download" /> {drive.download}
      </button>
      <CopyButton text={object.link} what={common.link} label={drive.copyLink} />
      {object.health.alive < object.n ? (
        <button
          type="button"
          class="ghost"
          disabled={repairing}
          title={drive.repairHint}
          onClick={() => void repair()}
        >
          <Icon name="repair" /> {drive.repair}
        </button>
      ) : null}
      <button
        type="button"
        class="ghost"
        disabled={auditing}
        title={drive.checkHint}
        onClick={() => void audit()}
      >
        <Icon name="ok" /> {auditing ? drive.checking : drive.check}
      </button>
      <button type="button" class="ghost" onClick={() => setAsking("let-go")}>
        <Icon name="close" /> {drive.letGo}
      </button>
      {asking === "look" ? <LookDialog object={object} onClose={close} /> : null}
      {asking === "let-go" ? (
        <ConfirmDialog
          title={<FileName of={object.name} />}
          action={drive.letGo}
          onConfirm={async () => {
            await api().unpinObject(object.link);
            await resources.objects.refresh();
            resources.keeping.invalidate();
          }}
          onClose={close}
        >
          {drive.letGoText}
        </ConfirmDialog>
      ) : null}
    </div>
  );
}
