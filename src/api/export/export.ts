import { TypedError } from "../../base/errors.ts";
import type { ApiContext } from "../context.ts";
import type { RequestsBody } from "../contract-people.ts";
import { ask } from "../wait.ts";
import { asJson, books } from "./books.ts";
import { drive } from "./drive.ts";
import type { LocalAsk } from "./local.ts";
import { EXPORT_FORMAT, EXPORT_VERSION, README } from "./readme.ts";
import { json, talks } from "./talks.ts";
import type { ZipEntry } from "./zip.ts";

/**
 * The files of everything that a person can take away. What cannot be read is named in the last one, and does not keep
 * the rest from being saved.
 */
export async function* exportEntries(
  context: ApiContext,
  local: LocalAsk,
  atMs: number,
): AsyncGenerator<ZipEntry> {
  const leftOut: string[] = [];
  const note = (what: string, error: unknown): void => {
    if (!(error instanceof TypedError)) throw error;
    leftOut.push(`${what}: ${error.message}`);
  };
  yield { path: "README.txt", content: () => [README] };
  yield { path: "about.json", content: () => [json(about(context, atMs))] };
  const parts: readonly [string, AsyncIterable<ZipEntry> | Iterable<ZipEntry>][] = [
    ["contacts", contacts(context)],
    ["messages and groups", talks(context, local)],
    ["money", books(local)],
    ["files and folders", drive(local)],
    ["settings", settings(context, local)],
  ];
  for (const [name, entries] of parts) {
    try {
      for await (const { path, content } of entries) {
        yield { path, content: () => careful(content, (error) => note(path, error)) };
      }
    } catch (error) {
      note(name, error);
    }
  }
  if (leftOut.length > 0) {
    yield { path: "left-out.txt", content: () => [`${leftOut.join("\n")}\n`] };
  }
}

/** What there is of a content until it cannot be read on. */
async function* careful(
  content: ZipEntry["content"],
  note: (error: unknown) => void,
): AsyncGenerator<string | Uint8Array> {
  try {
    yield* content();
  } catch (error) {
    note(error);
  }
}

function about({ peer, name, version }: ApiContext, atMs: number): unknown {
  return {
    ...{ format: EXPORT_FORMAT, version: EXPORT_VERSION },
    ...{ madeAt: new Date(atMs).toISOString(), madeBy: `peernet ${version}` },
    ...{
      person: peer.identity.person.personId,
      device: { name: name(), peerId: peer.identity.id },
    },
  };
}

function* contacts({ peer }: ApiContext): Generator<ZipEntry> {
  yield { path: "contacts/contacts.vcf", content: () => [peer.care.export("vcard")] };
  yield { path: "contacts/contacts.json", content: () => [peer.care.export("json")] };
}

async function* settings(context: ApiContext, local: LocalAsk): AsyncGenerator<ZipEntry> {
  const { peer } = context;
  const calls = {
    ...{ messages: "/v1/messages/settings", devices: "/v1/devices" },
    ...{ automatic: "/v1/money/requests/automatic", keeping: "/v1/keeping" },
  };
  for (const [name, path] of Object.entries(calls)) {
    yield { path: `settings/${name}.json`, content: () => asJson(local, path) };
  }
  yield {
    path: "settings/requests.json",
    content: async function* () {
      yield json((await local<RequestsBody>("/v1/requests")).settings);
    },
  };
  const own = peer.identity.person.personId;
  if (peer.pictures.head(own) === undefined) return;
  const { jpeg } = await ask<{ readonly jpeg: Uint8Array | undefined }>((resolve, reject) => {
    peer.pictures.read(own, (error, found) => {
      if (error === null) resolve({ jpeg: found });
      else reject(error);
    });
  });
  if (jpeg !== undefined) yield { path: "me.jpg", content: () => [jpeg] };
}
