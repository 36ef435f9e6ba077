import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { LanBody, LanBrowserBody, LanLinksBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { type Asked, useAsk } from "../../state/ask.ts";
import { cleanName, formatTime } from "../../state/format.ts";
import { attempt } from "../../state/notices.ts";
import { isFromAfar } from "../../state/session.ts";
import { say } from "../../words/language.ts";
import { ConfirmDialog } from "../confirm-dialog.tsx";
import { Dialog } from "../dialog.tsx";
import { Icon } from "../icons.tsx";
import { LinkCard } from "../link-card.tsx";
import { Name } from "../name.tsx";
import { Failed, Loading } from "../states.tsx";
import { SettingsPage } from "./page.tsx";

/** How often the list is asked for while it shows, in milliseconds. */
const EVERY_MS = 3_000;

/** Phones and other browsers that may show this page. */
export function BrowsersPage(): JSX.Element {
  const { lan, settings } = say();
  return (
    <SettingsPage title={settings.pages.browsers} intro={lan.intro}>
      {isFromAfar ? <p class="card">{lan.onlyThere}</p> : <Door />}
    </SettingsPage>
  );
}

function Door(): JSX.Element {
  const { lan } = say();
  const asked = useAsk(() => api().lan.info(), [], EVERY_MS);
  const [made, setMade] = useState<LanLinksBody | undefined>(undefined);
  const { data } = asked;
  if (data === undefined) {
    if (asked.error === undefined) return <Loading />;
    return <Failed error={asked.error} retry={asked.retry} />;
  }
  const set = (isOpen: boolean): Promise<boolean> =>
    attempt(async () => asked.put(await api().lan.set(isOpen)));
  return (
    <>
      <section class="card form" aria-label={lan.door}>
        <h3>{lan.door}</h3>
        <p>{data.isOpen ? lan.isOpen(data.port) : lan.isClosed}</p>
        {data.trouble === "" ? null : <p class="bad">{data.trouble}</p>}
        {data.isOpen ? (
          <div class="buttons">
            <button
              type="button"
              class="primary"
              onClick={() => void attempt(async () => setMade(await api().lan.links()))}
            >
              <Icon name="plus" /> {lan.pair}
            </button>
            <button type="button" onClick={() => void set(false)}>
              {lan.close}
            </button>
          </div>
        ) : (
          <button type="button" class="primary" onClick={() => void set(true)}>
            {lan.open}
          </button>
        )}
      </section>
      <Browsers asked={asked} browsers={data.browsers} />
      {made === undefined ? null : (
        <PairDialog made={made} known={data.browsers} onClose={() => setMade(undefined)} />
      )}
    </>
  );
}

function Browsers(props: {
  readonly asked: Asked<LanBody>;
  readonly browsers: readonly LanBrowserBody[];
}): JSX.Element {
  const { lan } = say();
  return (
    <section class="card" aria-label={lan.browsers}>
      <h3>{lan.browsers}</h3>
      {props.browsers.length === 0 ? <p class="quiet">{lan.none}</p> : null}
      <ul class="lines">
        {props.browsers.map((browser) => (
          <Browser key={browser.id} browser={browser} asked={props.asked} />
        ))}
      </ul>
    </section>
  );
}

function Browser(props: {
  readonly browser: LanBrowserBody;
  readonly asked: Asked<LanBody>;
}): JSX.Element {
  const { lan, common } = say();
  const [isRemoving, setRemoving] = useState(false);
  const { id, name, isHere, isConnected, seenAtMs } = props.browser;
  const when = isConnected ? lan.connected : lan.seen(formatTime(seenAtMs, Date.now()));
  return (
    <li class="line">
      <span class="grow">
        <strong>
          <Name of={name} />
        </strong>
        <small class="quiet">
          {isHere ? `${lan.here} · ` : ""}
          {when}
        </small>
      </span>
      <button type="button" onClick={() => setRemoving(true)}>
        {common.remove}
      </button>
      {isRemoving ? (
        <ConfirmDialog
          title={lan.removeTitle(cleanName(name))}
          action={common.remove}
          onConfirm={async () => props.asked.put(await api().lan.remove(id))}
          onClose={() => setRemoving(false)}
        >
          {lan.removeText}
        </ConfirmDialog>
      ) : null}
    </li>
  );
}

function PairDialog(props: {
  readonly made: LanLinksBody;
  readonly known: readonly LanBrowserBody[];
  readonly onClose: () => void;
}): JSX.Element {
  const { lan, common } = say();
  const { links, fingerprint, expiresAtMs } = props.made;
  const [link, setLink] = useState(links[0] ?? "");
  const [before] = useState(new Set(props.known.map(({ id }) => id)));
  const fresh = props.known.find(({ id }) => !before.has(id));
  return (
    <Dialog title={lan.pair} onClose={props.onClose}>
      {fresh !== undefined ? (
        <p role="status">{lan.paired(cleanName(fresh.name))}</p>
      ) : link === "" ? (
        <p class="bad">{lan.noAddress}</p>
      ) : (
        <LinkCard link={link} qrLabel={lan.qr} linkLabel={lan.link}>
          <p>{lan.scan}</p>
          {links.length < 2 ? null : (
            <select
              aria-label={lan.address}
              value={link}
              onChange={(event) => setLink(event.currentTarget.value)}
            >
              {links.map((one) => (
                <option key={one} value={one}>
                  {new URL(one).host}
                </option>
              ))}
            </select>
          )}
          <p class="quiet">{lan.certificate}</p>
          <p>
            <code class="fingerprint">{fingerprint}</code>
          </p>
          <p class="quiet">{common.goodUntil(formatTime(expiresAtMs, Date.now()))}</p>
        </LinkCard>
      )}
    </Dialog>
  );
}
