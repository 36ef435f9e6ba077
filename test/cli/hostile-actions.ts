import type { Headers, Maker, Target } from "./hostile-requests.ts";

/** What the console can do to a person, as other sites and programs would like to do it. */
const ACTIONS = [
  ["GET", "/v1/contacts"],
  ["GET", "/v1/contacts-file?format=json"],
  ["GET", "/v1/messages"],
  ["GET", "/v1/recovery"],
  ["GET", "/v1/devices"],
  ["GET", "/v1/person"],
  ["GET", "/v1/groups"],
  ["POST", "/v1/recovery/words"],
  ["POST", "/v1/recovery/friends"],
  ["POST", "/v1/devices/adding"],
  ["POST", "/v1/devices/revoke"],
  ["POST", "/v1/devices/rename"],
  ["POST", "/v1/invites"],
  ["POST", "/v1/contacts/anna/verify"],
  ["POST", "/v1/contacts/anna/block"],
  ["POST", "/v1/introductions"],
  ["POST", "/v1/requests/00"],
  ["POST", "/v1/groups"],
  ["POST", "/v1/groups/choir/leave"],
  ["POST", "/v1/links"],
  ["POST", "/v1/uplink/use"],
  ["POST", "/v1/proxy"],
  ["PUT", "/v1/contacts-file"],
  ["PUT", "/v1/keeping/quota"],
  ["PUT", "/v1/request-settings"],
  ["DELETE", "/v1/places"],
  ["DELETE", "/v1/contacts/anna"],
  ["DELETE", "/v1/groups/choir/members/anna"],
] as const;

/** What a form on another site may send without being asked first (Fetch standard, CORS-safelisted). */
const FORM_TYPES = [
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
] as const;

/** Each action from a stranger, from another site, and under a name that was bound to this machine. */
export function everyAction(make: Maker, { port }: Target): void {
  const wrongs: readonly (readonly [string, number, Headers])[] = [
    ["no token", 401, { authorization: undefined }],
    ["guessed token", 401, { authorization: "Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }],
    ["rebound name", 403, { host: `rebound.example:${port}` }],
    ["rebound name with its origin", 403, rebound(port)],
    ["other site", 403, { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
    ["sandboxed frame", 403, { origin: "null" }],
    ["other port of this machine", 403, { origin: "http://127.0.0.1:8080" }],
  ];
  for (const [method, path] of ACTIONS) {
    for (const [title, status, headers] of wrongs) make.add(title, status, method, path, headers);
  }
  for (const [method, path] of ACTIONS) {
    if (method !== "POST") continue;
    for (const type of FORM_TYPES) {
      const form = { "content-type": type, origin: "https://evil.example" };
      const headers = { ...form, authorization: undefined };
      make.add(`form as ${type}`, 403, method, path, headers, '{"x":"=y"}');
      const silent = { "content-type": type, authorization: undefined };
      make.add(`form as ${type} without origin`, 401, method, path, silent, '{"x":"=y"}');
    }
  }
}

function rebound(port: number): Headers {
  return { host: `rebound.example:${port}`, origin: `http://rebound.example:${port}` };
}
