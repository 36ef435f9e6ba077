import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { DeviceBody, DevicesBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { cleanName, formatTime } from "../../state/format.ts";
import { notify } from "../../state/notices.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { ConfirmDialog } from "../confirm-dialog.tsx";
import { Icon } from "../icons.tsx";
import { Name } from "../name.tsx";
import { NameDialog } from "../name-dialog.tsx";
import { Load } from "../states.tsx";
import { AddDeviceDialog } from "./add-device.tsx";
import { SettingsPage } from "./page.tsx";

/** News about devices that are shown at most. */
const NEWS_SHOWN = 8;

/** The devices of this person. */
export function DevicesPage(): JSX.Element {
  const { devices } = say();
  const [isAdding, setAdding] = useState(false);
  const [givesHistory, setGivesHistory] = useState(true);
  return (
    <SettingsPage title={devices.title} intro={devices.intro}>
      <div class="buttons">
        <button type="button" class="primary" onClick={() => setAdding(true)}>
          <Icon name="plus" /> {devices.add}
        </button>
      </div>
      <label class="line">
        <input
          type="checkbox"
          checked={givesHistory}
          onChange={(event) => setGivesHistory(event.currentTarget.checked)}
        />
        <span>{devices.givesHistory}</span>
      </label>
      <Load from={resources.devices}>{(found) => <DeviceList found={found} />}</Load>
      {isAdding ? (
        <AddDeviceDialog givesHistory={givesHistory} onClose={() => setAdding(false)} />
      ) : null}
    </SettingsPage>
  );
}

function DeviceList({ found }: { readonly found: DevicesBody }): JSX.Element {
  const { devices } = say();
  const news = found.news.slice(-NEWS_SHOWN);
  return (
    <>
      <ul class="card lines" aria-label={devices.title}>
        {found.devices.map((device) => (
          <Device key={device.peerId} device={device} />
        ))}
      </ul>
      <p class="quiet">{found.holdsWords ? devices.holdsWords : devices.noWords}</p>
      {news.length === 0 ? null : (
        <section class="card" aria-label={devices.news}>
          <h3>{devices.news}</h3>
          <ul>
            {news.map(({ atMs, text }) => (
              <li key={`${atMs} ${text}`}>
                <small class="quiet">{formatTime(atMs, Date.now())}</small> <bdi>{text}</bdi>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** What is asked about a device before it is done. */
type Asking = "name" | "revoke" | "history";

function Device({ device }: { readonly device: DeviceBody }): JSX.Element {
  const [asking, setAsking] = useState<Asking | undefined>(undefined);
  const { devices } = say();
  const isStanding = device.state === "standing";
  const { history, isSelf } = device;
  const mayGive = !isSelf && (history === undefined || history.isDone);
  return (
    <li class="line">
      <span class={isStanding && (device.isSelf || device.reachable) ? "spot here" : "spot"} />
      <span class="grow">
        <strong>
          <Name of={device.name} fallback={say().people.unnamed} />
        </strong>
        <small class="quiet">{whereOf(device)}</small>
        {history === undefined ? null : (
          <small class="quiet">
            {history.isDone
              ? devices.hasHistory(history.given)
              : devices.getsHistory(history.given, history.total)}
          </small>
        )}
        {device.isForked ? <small class="bad">{devices.forked}</small> : null}
      </span>
      {isStanding ? (
        <span class="buttons">
          <button type="button" onClick={() => setAsking("name")}>
            {devices.rename}
          </button>
          {mayGive ? (
            <button type="button" onClick={() => setAsking("history")}>
              {devices.giveHistory}
            </button>
          ) : null}
          {device.mayRevoke && !isSelf ? (
            <button type="button" onClick={() => setAsking("revoke")}>
              {devices.revoke}
            </button>
          ) : null}
        </span>
      ) : null}
      {asking === undefined ? null : (
        <DeviceDialog device={device} asking={asking} onClose={() => setAsking(undefined)} />
      )}
    </li>
  );
}

function DeviceDialog(props: {
  readonly device: DeviceBody;
  readonly asking: Asking;
  readonly onClose: () => void;
}): JSX.Element {
  const { device, asking, onClose } = props;
  const { devices, common } = say();
  if (asking === "revoke") {
    return (
      <ConfirmDialog
        title={devices.revokeTitle(cleanName(device.name))}
        action={devices.revoke}
        onConfirm={async () => {
          await api().devices.revoke(device.peerId);
          await resources.devices.refresh();
        }}
        onClose={onClose}
      >
        {devices.revokeText}
      </ConfirmDialog>
    );
  }
  if (asking === "history") {
    return (
      <ConfirmDialog
        title={devices.historyTitle(cleanName(device.name))}
        action={devices.giveHistory}
        onConfirm={async () => {
          await api().devices.giveHistory(device.peerId);
          await resources.devices.refresh();
          notify("good", devices.historyBegun);
        }}
        onClose={onClose}
      >
        {devices.historyText}
      </ConfirmDialog>
    );
  }
  return (
    <NameDialog
      title={devices.renameTitle}
      label={devices.renameLabel}
      action={common.save}
      value={device.name}
      onName={async (name) => {
        await api().devices.rename(device.peerId, name);
        resources.status.invalidate();
        await resources.devices.refresh();
        notify("good", devices.renamed);
      }}
      onClose={onClose}
    />
  );
}

function whereOf(device: DeviceBody): string {
  const { devices } = say();
  if (device.state !== "standing") return devices[device.state];
  const where = device.isSelf ? devices.self : device.reachable ? devices.inReach : devices.away;
  const { origin, addedBy, vouchedBy } = device;
  const names = vouchedBy.map((name) => cleanName(name)).join(", ");
  const how =
    origin === "friends"
      ? devices.how.friends(names)
      : origin === "paired"
        ? devices.how.paired(addedBy === "" ? "" : cleanName(addedBy))
        : devices.how[origin];
  return `${where} · ${how}`;
}
