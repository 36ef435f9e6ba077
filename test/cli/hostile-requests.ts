import { everyAction } from "./hostile-actions.ts";

/** A request that must be refused, and how. */
export interface HostileRequest {
  readonly title: string;
  readonly pieces: readonly (string | Uint8Array)[];
  readonly gapMs?: number;
  readonly status: number;
  /** The code in the JSON body; undefined for answers without a body (HEAD). */
  readonly code: string | undefined;
}

/** Whom the requests are sent to. */
export interface Target {
  readonly port: number;
  readonly token: string;
  /** By what it is asked; `http` without it. */
  readonly scheme?: "http" | "https";
}

const CODES: Readonly<Record<number, string>> = {
  400: "bad-request",
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
  405: "bad-method",
  408: "too-slow",
  413: "too-large",
};

/** Headers by name; undefined leaves one out. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Builds requests to one target. */
export class Maker {
  readonly #target: Target;
  readonly made: HostileRequest[] = [];

  constructor(target: Target) {
    this.#target = target;
  }

  /** A request that would be welcome but for what is given. */
  text(method: string, path: string, headers: Headers = {}, body = ""): string {
    const all: Headers = {
      host: `127.0.0.1:${this.#target.port}`,
      authorization: `Bearer ${this.#target.token}`,
      connection: "close",
      ...(body === "" ? {} : { "content-type": "application/json" }),
      ...(body === "" ? {} : { "content-length": String(Buffer.byteLength(body)) }),
      ...headers,
    };
    const lines = Object.entries(all).flatMap(([name, value]) =>
      value === undefined ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`),
    );
    return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
  }

  raw(title: string, status: number, pieces: readonly (string | Uint8Array)[], gapMs = 0): void {
    this.made.push({ title, pieces, gapMs, status, code: CODES[status] });
  }

  add(
    title: string,
    status: number,
    method: string,
    path: string,
    headers: Headers = {},
    body = "",
  ): void {
    const pieces = [this.text(method, path, headers, body)];
    const code = method === "HEAD" ? undefined : CODES[status];
    this.made.push({ title: `${title}: ${method} ${path}`, pieces, status, code });
  }
}

const SEND = JSON.stringify({ to: "anna", text: "hello" });
const CALLS = [
  ["GET", "/v1/status", ""],
  ["GET", "/v1/events", ""],
  ["GET", "/v1/objects/x", ""],
  ["POST", "/v1/messages", SEND],
  ["POST", "/v1/stop", ""],
  ["PUT", "/v1/objects?name=x", "bytes"],
  ["GET", "/v1/no-such-call", ""],
] as const;

function tokens(make: Maker, { token }: Target): void {
  for (const [method, path, body] of CALLS) {
    make.add("no token", 401, method, path, { authorization: undefined }, body);
    make.add("wrong token", 401, method, path, { authorization: "Bearer wrong" }, body);
  }
  const turned = [...token].reverse().join("");
  const basic = Buffer.from(`:${token}`).toString("base64");
  for (const authorization of [
    ...["", "Bearer", "Bearer ", token, `bearer ${token}`, `Token ${token}`, `Basic ${basic}`],
    ...[`Bearer ${token}x`, `Bearer ${token.slice(1)}`, `Bearer ${turned}`, `Bearer  ${token}`],
    ...[`Bearer "${token}"`, `Bearer ${token}, Bearer ${token}`, `Bearer ${token.toLowerCase()}`],
  ]) {
    make.add(`token as '${authorization}'`, 401, "GET", "/v1/status", { authorization });
  }
  for (const header of ["x-token", "cookie", "proxy-authorization", "x-authorization"]) {
    const headers = { authorization: undefined, [header]: `token=${token}; Bearer ${token}` };
    make.add(`token in ${header}`, 401, "GET", "/v1/status", headers);
  }
  for (const [method, path, body] of CALLS) {
    const isOpen = method === "GET" && (path === "/v1/events" || path.startsWith("/v1/objects/"));
    if (isOpen) continue;
    const mark = path.includes("?") ? "&" : "?";
    const inQuery = `${path}${mark}token=${token}`;
    make.add("token in the address", 401, method, inQuery, { authorization: undefined }, body);
  }
  make.add("token in the path", 401, "GET", `/v1/${token}/status`, { authorization: undefined });
}

function hosts(make: Maker, { port }: Target): void {
  const foreign = [
    ...["", "evil.example", `evil.example:${port}`, "127.0.0.1", "localhost", "127.0.0.1:1"],
    ...[`localhost.:${port}`, `127.0.0.1.:${port}`, `127.0.0.1.nip.io:${port}`, `127.1:${port}`],
    ...[`2130706433:${port}`, `0x7f.1:${port}`, `0.0.0.0:${port}`, `[::]:${port}`],
    ...[`[::ffff:127.0.0.1]:${port}`, `127.0.0.2:${port}`, `localhost:0${port}`, `:${port}`],
    ...[`evil@127.0.0.1:${port}`, `127.0.0.1:${port}@evil`, `127.0.0.1:${port},evil.example`],
    ...[`localhost:${port}/`, `peernet.localhost:${port}`, `[::1%lo]:${port}`],
  ];
  for (const host of foreign) {
    make.add(`host '${host}'`, 403, "GET", "/v1/status", { host });
    make.add(`host '${host}'`, 403, "GET", "/", { host, authorization: undefined });
  }
  make.add("no host", 403, "GET", "/v1/status", { host: undefined });
  make.add("openapi under another name", 403, "GET", "/v1/openapi.json", { host: "evil.example" });
  const two = [`127.0.0.1:${port}`, "evil.example"];
  make.add("two hosts", 403, "GET", "/v1/status", { host: two });
  make.add("two hosts", 403, "GET", "/v1/status", { host: [...two].reverse() });
}

function origins(make: Maker, { port, scheme = "http" }: Target): void {
  const mine = `${scheme}://127.0.0.1:${port}`;
  const other = scheme === "http" ? "https" : "http";
  for (const origin of [
    ...["https://evil.example", "http://evil.example", "null", "", "file://", "http://127.0.0.1"],
    ...[`${other}://127.0.0.1:${port}`, "http://localhost:1", `http://localhost.:${port}`],
    ...[`${mine}.evil.example`, `${mine}, http://evil.example`, `${mine}/`, "chrome-extension://x"],
  ]) {
    make.add(`origin '${origin}'`, 403, "GET", "/v1/status", { origin });
    make.add(`origin '${origin}'`, 403, "POST", "/v1/messages", { origin }, SEND);
  }
  make.add("two origins", 403, "GET", "/v1/status", { origin: [mine, "http://evil.example"] });
  for (const site of ["cross-site", "same-site", "Cross-Site", "weird", "", "none, cross-site"]) {
    make.add(`fetch site '${site}'`, 403, "GET", "/v1/status", { "sec-fetch-site": site });
    make.add(`fetch site '${site}'`, 403, "POST", "/v1/messages", { "sec-fetch-site": site }, SEND);
  }
  const sites = { "sec-fetch-site": ["same-origin", "cross-site"] };
  make.add("two fetch sites", 403, "GET", "/v1/status", sites);
  const preflight = {
    ...{ origin: "http://evil.example", authorization: undefined },
    "access-control-request-method": "POST",
  };
  make.add("preflight", 403, "OPTIONS", "/v1/messages", preflight);
}

function methods(make: Maker): void {
  for (const [method, path] of [
    ...[["POST", "/v1/status"] as const, ["DELETE", "/v1/messages"] as const],
    ...[["PATCH", "/v1/objects"] as const, ["PUT", "/v1/contacts"] as const],
    ...[["GET", "/v1/stop"] as const, ["GET", "/v1/ping"] as const, ["TRACE", "/v1/map"] as const],
    ...[["POST", "/v1/events"] as const, ["OPTIONS", "/v1/messages"] as const],
    ...[["PUT", "/v1/objects/x"] as const, ["HEAD", "/v1/status"] as const],
    ...[["POST", "/v1/openapi.json"] as const, ["PROPFIND", "/v1/peers"] as const],
  ]) {
    make.add("wrong method", 405, method, path);
  }
  make.add("wrong method", 404, "POST", "/");
  make.add("wrong method", 404, "DELETE", "/index.html");
  for (const path of ["/v1/", "/v1/x", "/v1/status/", "/v1//status", "/V1/status", "/v1/statusx"]) {
    make.add("no such call", 404, "GET", path);
  }
}

function paths(make: Maker): void {
  for (const path of [
    ...["/../secret.json", "/..%2fsecret.json", "/%2e%2e/secret.json", "/.%2e/secret.json"],
    ...["/..\\secret.json", "/..%5csecret.json", "/assets/../../secret.json", "//secret.json"],
    ...["/%252e%252e/secret.json", "/..%00/secret.json", "/secret.json%00.html", "/.hidden.json"],
    ...["/assets/.hidden.json", "/....//secret.json", "/%c0%ae%c0%ae/secret.json", "/etc/passwd"],
    ...["/~/secret.json", "/%", "/%zz.html", "/index.html/", "/index.html/../../secret.json"],
    ...["file:///etc/passwd", "http://evil.example/secret.json", "/../../../../etc/passwd.json"],
  ]) {
    make.add("path", 404, "GET", path, { authorization: undefined });
  }
  make.add("address", 400, "GET", "http://[/");
}

function bodies(make: Maker, { port }: Target): void {
  const post = (title: string, body: string, headers: Headers = {}, status = 400): void =>
    make.add(title, status, "POST", "/v1/messages", headers, body);
  for (const type of [
    ...["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"],
    ...["text/json", "application/jsonp", "application/json-patch+json", "x/application/json", ""],
  ]) {
    post(`type '${type}'`, SEND, { "content-type": type });
  }
  post("no type", SEND, { "content-type": undefined });
  for (const body of [
    ...["{", "[", '{"to":"anna","text":"x"', "nonsense", "{'to':'anna'}", "undefined", "NaN"],
    ...['{"to":"anna","text":"x"}x', '{"to":"anna","text":"\\u12"}', "\u0000", "\ufeff{}"],
  ]) {
    post(`not JSON '${body}'`, body);
  }
  for (const body of [
    ...["null", "1", '"text"', "[]", "true", "{}", '{"to":"anna"}', '{"text":"x"}'],
    ...['{"to":1,"text":"x"}', '{"to":null,"text":"x"}', '{"to":["anna"],"text":"x"}'],
    ...['{"to":"anna","text":{"x":1}}', '{"to":"anna","text":true}', `[${SEND}]`],
    ...['{"to":"anna","text":"x","more":1}', '{"to":"anna","text":"x","__proto__":{"a":1}}'],
    ...['{"constructor":"anna","text":"x"}', `{"to":"${"x".repeat(301)}","text":"x"}`],
    ...[`{"to":"anna","text":"${"x".repeat(32_769)}"}`],
  ]) {
    post(`wrong members '${body.slice(0, 50)}'`, body);
  }
  post("deep lists", "[".repeat(30_000) + "]".repeat(30_000));
  post("deep maps", `${'{"to":'.repeat(9_000)}1${"}".repeat(9_000)}`);
  post("too large", JSON.stringify({ to: "anna", text: "x".repeat(70_000) }), {}, 413);
  const long = `{"to":"anna","text":"x"}${" ".repeat(65_536 - 23)}`;
  post("one byte too large", long, {}, 413);
  const chunked = { "transfer-encoding": "chunked", "content-type": "application/json" };
  const head = make.text("POST", "/v1/messages", chunked);
  const chunk = `8000\r\n${"x".repeat(0x8000)}\r\n`;
  make.raw("too large in chunks", 413, [head, chunk, chunk, chunk]);
  const utf8 = { "content-type": "application/json", "content-length": "4" };
  make.raw("no UTF-8", 400, [
    make.text("POST", "/v1/messages", utf8),
    Uint8Array.of(0x22, 0xff, 0xfe, 0x22),
  ]);
  const slow = { "content-type": "application/json", "content-length": "100" };
  make.raw("slow body", 408, [make.text("POST", "/v1/messages", slow), '{"to"', ":", '"a'], 100);
  make.raw("slow head", 408, [`GET /v1/status HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n`, "a"], 100);
}

function smuggling(make: Maker): void {
  const chunked = { "transfer-encoding": "chunked" };
  const hidden = `0\r\n\r\n${make.text("POST", "/v1/stop")}`;
  const both = { ...chunked, "content-length": "5", "content-type": "application/json" };
  make.raw("length and chunks", 400, [make.text("POST", "/v1/messages", both) + hidden]);
  for (const [title, headers] of [
    ["two lengths", { "content-length": ["5", "6"] }],
    ["negative length", { "content-length": "-1" }],
    ["length in hex", { "content-length": "0x10" }],
    ["length beyond all", { "content-length": "99999999999999999999999" }],
    ["chunked not last", { "transfer-encoding": "chunked, identity" }],
    ["space before colon", { "x-a ": "b" }],
    ["folded header", { "x-a": "b\r\n c" }],
    ["NUL in a header", { "x-a": "b\u0000c" }],
    ["control byte in a name", { "x\u0001a": "b" }],
  ] as const) {
    make.raw(title, 400, [make.text("POST", "/v1/messages", headers)]);
  }
  make.raw("head too large", 413, [make.text("GET", "/v1/status", { "x-a": "b".repeat(20_000) })]);
  make.raw("address too long", 413, [make.text("GET", `/v1/${"x".repeat(20_000)}`)]);
  make.raw("bad chunk size", 400, [
    make.text("POST", "/v1/messages", { ...chunked, "content-type": "application/json" }),
    "zz\r\n",
  ]);
  make.raw("unknown method", 400, ["GETT /v1/status HTTP/1.1\r\n\r\n"]);
  make.raw("lower-case method", 400, ["get /v1/status HTTP/1.1\r\n\r\n"]);
  make.raw("space in the address", 400, ["GET /v1/status x HTTP/1.1\r\n\r\n"]);
  make.raw("HTTP/2 preface", 400, ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]);
  make.raw("HTTP/0.9", 403, ["GET /v1/status\r\n\r\n"]);
  make.raw("HTTP/1.0 without host", 403, ["GET /v1/status HTTP/1.0\r\n\r\n"]);
  make.raw("HTTP/9.9", 400, ["GET /v1/status HTTP/9.9\r\n\r\n"]);
  make.raw("TLS", 400, [Uint8Array.of(22, 3, 1, 0, 5, 1, 0, 0, 1, 3)]);
  make.raw("proxying", 405, [make.text("CONNECT", "127.0.0.1:22")]);
  const upgrade = { connection: "Upgrade", upgrade: "websocket", authorization: undefined };
  make.raw("websocket", 401, [make.text("GET", "/v1/events", upgrade)]);
  const h2c = { ...upgrade, upgrade: "h2c", "http2-settings": "AAMAAABkAAQAAP__" };
  make.raw("HTTP/2 upgrade", 401, [make.text("GET", "/v1/status", h2c)]);
}

/** Everything that strangers, other sites and broken programs may send. */
export function hostileRequests(target: Target): readonly HostileRequest[] {
  const make = new Maker(target);
  tokens(make, target);
  hosts(make, target);
  origins(make, target);
  methods(make);
  paths(make);
  bodies(make, target);
  smuggling(make);
  everyAction(make, target);
  return make.made;
}
