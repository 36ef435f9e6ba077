import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import {
  LOG_LEVELS,
  type LogLevelName,
  type LogLineBody,
  type LogsBody,
} from "../../../../src/api/client/index.ts";
import { LOG_FIND_CHARS_MAX, LOG_ROWS, LOG_ROWS_MAX } from "../../limits.ts";
import { api } from "../../state/api.ts";
import { useAsk } from "../../state/ask.ts";
import { eventNews } from "../../state/event-news.ts";
import { cleanName } from "../../state/format.ts";
import { saveText } from "../../state/save-text.ts";
import { say } from "../../words/language.ts";
import { Icon } from "../icons.tsx";
import { Empty, Failed, Loading } from "../states.tsx";
import { SettingsPage } from "./page.tsx";

/** How often the log is asked for while it shows, in milliseconds; events make it sooner. */
const EVERY_MS = 3_000;
/** Characters of a value in a line that are shown. */
const VALUE_CHARS_MAX = 200;

/** What the peer wrote to its log lately. */
export function LogsPage(): JSX.Element {
  const { records, settings } = say();
  const [level, setLevel] = useState<LogLevelName>("info");
  const [find, setFind] = useState("");
  const [last, setLast] = useState(LOG_ROWS);
  const [levelId, findId] = [useId(), useId()];
  const wish = { level, find, last };
  const keys = [level, find, last, eventNews.value];
  const { data, error, retry } = useAsk(() => api().records.logs(wish), keys, EVERY_MS);
  return (
    <SettingsPage title={settings.pages.logs} intro={`${records.logsIntro} ${records.logsEnglish}`}>
      <section class="card form" aria-label={settings.pages.logs}>
        <label for={levelId}>{records.level}</label>
        <select
          id={levelId}
          value={level}
          onChange={({ currentTarget }) =>
            setLevel(LOG_LEVELS.find((one) => one === currentTarget.value) ?? "info")
          }
        >
          {LOG_LEVELS.map((one) => (
            <option key={one} value={one}>
              {records.levels[one]}
            </option>
          ))}
        </select>
        <label for={findId}>{records.find}</label>
        <input
          id={findId}
          type="text"
          autocomplete="off"
          maxLength={LOG_FIND_CHARS_MAX}
          placeholder={records.findExample}
          value={find}
          onInput={(event) => setFind(event.currentTarget.value)}
        />
        {data !== undefined ? (
          <Lines
            found={data}
            isSearched={find.trim() !== ""}
            onMore={() => setLast(LOG_ROWS_MAX)}
          />
        ) : error === undefined ? (
          <Loading />
        ) : (
          <Failed error={error} retry={retry} />
        )}
      </section>
    </SettingsPage>
  );
}

function Lines(props: {
  readonly found: LogsBody;
  readonly isSearched: boolean;
  readonly onMore: () => void;
}): JSX.Element {
  const { records } = say();
  const { lines, more, forgotten, file } = props.found;
  if (lines.length === 0 && props.isSearched) return <p class="quiet">{records.notFound}</p>;
  if (lines.length === 0) {
    return (
      <Empty icon="file" title={records.none}>
        {records.noneHint}
      </Empty>
    );
  }
  return (
    <>
      <p class="quiet" role="status">
        {records.shown(lines.length)}
      </p>
      <ol class="log">
        {lines.toReversed().map((line) => (
          <Line key={line.number} line={line} />
        ))}
      </ol>
      {more === 0 ? null : <p class="quiet">{records.older(more)}</p>}
      {forgotten === 0 || file === "" ? null : <p class="quiet">{records.file(cleanName(file))}</p>}
      <div class="buttons">
        {more === 0 || lines.length >= LOG_ROWS_MAX ? null : (
          <button type="button" onClick={props.onMore}>
            {records.showAll}
          </button>
        )}
        <button
          type="button"
          onClick={() => saveText("peernet-log.txt", "text/plain", asText(lines))}
        >
          <Icon name="download" /> {records.saveLog}
        </button>
      </div>
    </>
  );
}

function Line({ line }: { readonly line: LogLineBody }): JSX.Element {
  const { records } = say();
  const { level, event, fields, atMs } = line;
  const at = new Date(atMs);
  return (
    <li class={level}>
      <span class="log-head">
        <time dateTime={at.toISOString()}>{at.toLocaleTimeString()}</time>
        <span class="tag">{records.levelNames[level]}</span>
        <strong>{cleanName(event, "")}</strong>
      </span>
      <small class="quiet">{pairsOf(fields).join("  ")}</small>
    </li>
  );
}

function pairsOf(fields: LogLineBody["fields"]): readonly string[] {
  return Object.entries(fields).map(
    ([name, value]) => `${cleanName(name)}=${cleanName(String(value), "", VALUE_CHARS_MAX)}`,
  );
}

function asText(lines: readonly LogLineBody[]): string {
  const rows = lines.map(({ atMs, level, event, fields }) =>
    [new Date(atMs).toISOString(), level, cleanName(event, ""), ...pairsOf(fields)].join(" "),
  );
  return `${rows.join("\n")}\n`;
}
