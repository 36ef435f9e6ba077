import { type HostileRequest, Maker, type Target } from "./hostile-requests.ts";

/** Tokens and codes of a peer that must open nothing, or not everything, on the local network. */
export interface LanTarget extends Target {
  /** Of a browser that is paired no more. */
  readonly revoked: string;
  /** Of the running peer, for programs of its machine alone. */
  readonly master: string;
  /** A code that has paired a browser already, and one that is too old. */
  readonly usedCode: string;
  readonly oldCode: string;
}

/** What a paired browser may not do, whatever it shows. */
const AT_THE_MACHINE = [
  ["POST", "/v1/stop"],
  ["GET", "/v1/lan"],
  ["PUT", "/v1/lan"],
  ["POST", "/v1/lan/links"],
  ["POST", "/v1/lan/here"],
  ["DELETE", "/v1/lan/browsers/00"],
  ["POST", "/v1/recovery/words"],
  ["POST", "/v1/recovery/friends"],
  ["POST", "/v1/devices/adding"],
  ["POST", "/v1/devices/revoke"],
  ["POST", "/v1/access"],
  ["POST", "/v1/served"],
  ["POST", "/v1/forwards"],
  ["POST", "/v1/proxy"],
  ["POST", "/v1/uplink/use"],
  ["POST", "/v1/mounts"],
  ["POST", "/v1/links"],
  ["POST", "/v1/carry/out"],
] as const;

/** What somebody on the local network may send besides what `hostileRequests` has. */
export function hostileOnLan(target: LanTarget): readonly HostileRequest[] {
  const make = new Maker(target);
  const { port, token } = target;
  for (const [method, path] of AT_THE_MACHINE) {
    make.add("not for paired browsers", 403, method, path);
    make.add("nor for others", 401, method, path, { authorization: undefined });
  }
  for (const [title, shown] of [
    ["revoked", target.revoked],
    ["of the machine", target.master],
    ["empty", ""],
  ] as const) {
    const authorization = `Bearer ${shown}`;
    for (const path of ["/v1/status", "/v1/messages", "/v1/contacts", "/v1/devices"]) {
      make.add(`token that is ${title}`, 401, "GET", path, { authorization });
    }
    const inQuery = `/v1/events?token=${shown}`;
    make.add(`token that is ${title}`, 401, "GET", inQuery, { authorization: undefined });
  }
  // A good token too: addresses are written down on the way, and kept by browsers.
  for (const path of ["/v1/events", "/v1/objects/x", "/v1/status", "/v1/logs", "/v1/export"]) {
    const inQuery = `${path}?token=${token}`;
    make.add("good token in an address", 401, "GET", inQuery, { authorization: undefined });
  }
  for (const host of [
    ...[`localhost:${port}`, `[::1]:${port}`, "127.0.0.1", `192.168.1.1:${port}`],
    ...[`peernet.local:${port}`, `127.0.0.1.nip.io:${port}`, `router.lan:${port}`],
  ]) {
    make.add(`host '${host}'`, 403, "GET", "/v1/status", { host });
    make.add(`host '${host}'`, 403, "GET", "/", { host, authorization: undefined });
    const origin = `https://${host}`;
    make.add(`host and origin '${host}'`, 403, "GET", "/v1/status", { host, origin });
    make.add(`origin '${origin}'`, 403, "POST", "/v1/ping", { origin }, '{"to":"a"}');
  }
  pairing(make, target);
  const upgrade = { connection: "Upgrade", upgrade: "peernet-stream" };
  make.raw("a stream", 400, [make.text("POST", "/v1/streams?to=anna&service=22", upgrade)]);
  const stranger = { ...upgrade, authorization: undefined };
  make.raw("a stream", 401, [make.text("POST", "/v1/streams?to=anna&service=22", stranger)]);
  make.add("token in the address", 401, "GET", `/v1/status?token=${token}`, {
    authorization: undefined,
  });
  return make.made;
}

function pairing(make: Maker, { port, usedCode, oldCode }: LanTarget): void {
  const pair = (title: string, status: number, body: string, headers = {}): void =>
    make.add(title, status, "POST", "/v1/lan/pair", { authorization: undefined, ...headers }, body);
  const ask = (code: unknown, name: unknown = "phone"): string => JSON.stringify({ code, name });
  for (const code of [usedCode, oldCode, "", "A".repeat(22), `${usedCode} `, usedCode.slice(1)]) {
    pair(`pairing by '${code}'`, 401, ask(code));
  }
  for (const code of [null, 1, true, [usedCode], { code: usedCode }, "A".repeat(65)]) {
    pair(`pairing by ${JSON.stringify(code)?.slice(0, 20)}`, 400, ask(code));
  }
  for (const name of [null, 1, [], "x".repeat(65)]) {
    pair(`pairing as ${JSON.stringify(name).slice(0, 20)}`, 400, ask(usedCode, name));
  }
  pair("pairing with more", 400, `{"code":"x","name":"y","token":"z"}`);
  pair("pairing without JSON", 400, "code=x&name=y");
  pair("pairing as a form", 400, ask(usedCode), { "content-type": "text/plain" });
  pair("pairing from another site", 403, ask(usedCode), { origin: "https://evil.example" });
  pair("pairing from another site", 403, ask(usedCode), { "sec-fetch-site": "cross-site" });
  pair("pairing under another name", 403, ask(usedCode), { host: `evil.example:${port}` });
  pair("pairing with much", 413, ask("A".repeat(70_000)));
  const slow = { "content-type": "application/json", "content-length": "100" };
  const head = make.text("POST", "/v1/lan/pair", { authorization: undefined, ...slow });
  make.raw("pairing slowly", 408, [head, '{"co', 'de"'], 100);
  make.add("pairing by address", 405, "GET", `/v1/lan/pair?code=${usedCode}`);
}
