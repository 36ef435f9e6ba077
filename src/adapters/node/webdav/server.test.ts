import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answerOf, DavRig, lockBody, patchBody, TOKEN } from "../../../../test/support/dav-rig.ts";
import type { FileTree, TreeRange, TreeReadEvents } from "../../../ports/file-tree.ts";
import { MemoryFileTree, writeTreeFile } from "../../../testing/index.ts";

let rig: DavRig;
beforeEach(async () => {
  rig = await DavRig.start();
});
afterEach(() => rig.close());

const PROPFIND_ETAG =
  '<propfind xmlns="DAV:"><prop><getetag/><nothing xmlns="u:"/></prop></propfind>';

describe("files", () => {
  test("are made, replaced, read and removed", async () => {
    const made = await rig.call("PUT", "a.txt", { body: "one" });
    expect([made.status, made.headers.etag]).toEqual([201, expect.stringMatching(/^"[\w-]+"$/)]);
    const replaced = await rig.call("PUT", "a.txt", { body: "two!" });
    expect([replaced.status, replaced.text]).toEqual([204, ""]);
    expect(replaced.headers.etag).not.toBe(made.headers.etag);
    const got = await rig.call("GET", "a.txt");
    expect(got).toMatchObject({ status: 200, text: "two!" });
    expect(got.headers).toMatchObject({
      "content-type": "text/plain",
      "content-length": "4",
      "accept-ranges": "bytes",
      etag: replaced.headers.etag,
    });
    expect(await rig.call("HEAD", "a.txt")).toMatchObject({ status: 200, text: "" });
    expect((await rig.call("DELETE", "a.txt")).status).toBe(204);
    expect((await rig.call("GET", "a.txt")).status).toBe(404);
    expect((await rig.call("DELETE", "a.txt")).status).toBe(404);
  });

  test("of megabytes pass in both directions", async () => {
    const bytes = randomBytes(3_000_001);
    await rig.call("PUT", "big", { body: bytes });
    const answer = await fetch(rig.url("big"));
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
  });

  test.each([
    ["bytes=1-2", 206, "12", "bytes 1-2/10"],
    ["bytes=-1", 206, "9", "bytes 9-9/10"],
    ["bytes=8-", 206, "89", "bytes 8-9/10"],
    ["bytes=0-1,4-5", 200, "0123456789", undefined],
    ["bytes=10-", 416, expect.any(String), "bytes */10"],
  ])("a part of one: %s", async (range, status, text, contentRange) => {
    await rig.call("PUT", "digits", { body: "0123456789" });
    const answer = await rig.call("GET", "digits", { headers: { range } });
    expect(answer).toMatchObject({ status, text });
    expect(answer.headers["content-range"]).toBe(contentRange);
  });

  test("a part is the whole where the client knows another version", async () => {
    const { headers } = await rig.call("PUT", "f", { body: "0123" });
    const known = { range: "bytes=0-0", "if-range": headers.etag ?? "" };
    expect((await rig.call("GET", "f", { headers: known })).text).toBe("0");
    const other = { ...known, "if-range": '"other"' };
    expect((await rig.call("GET", "f", { headers: other })).text).toBe("0123");
  });

  test("a part asks the tree for nothing else", async () => {
    const asked: unknown[] = [];
    const tree = new MemoryFileTree((action) => setImmediate(action));
    await writeTreeFile(tree, "f", randomBytes(100_000));
    const watched = Object.create(tree) as FileTree;
    watched.stat = (path, done) => tree.stat(path, done);
    watched.read = (path: string, range: TreeRange, events: TreeReadEvents) => {
      asked.push(range);
      return tree.read(path, range, events);
    };
    const other = await DavRig.start(watched);
    const answer = await other.call("GET", "f", { headers: { range: "bytes=5000-5999" } });
    await other.call("HEAD", "f");
    await other.close();
    expect(answer.headers["content-length"]).toBe("1000");
    expect(asked).toEqual([{ from: 5_000, to: 6_000 }]);
  });

  test("conditions of requests hold", async () => {
    const { headers } = await rig.call("PUT", "f", { body: "x" });
    const etag = headers.etag ?? "";
    const status = async (method: string, conditions: Record<string, string>, body?: string) =>
      (
        await rig.call(method, "f", {
          headers: conditions,
          ...(body === undefined ? {} : { body }),
        })
      ).status;
    const future = new Date(Date.now() + 60_000).toUTCString();
    expect(await status("GET", { "if-none-match": etag })).toBe(304);
    expect(await status("GET", { "if-none-match": `"x", W/${etag}` })).toBe(304);
    expect(await status("GET", { "if-none-match": '"x"' })).toBe(200);
    expect(await status("GET", { "if-modified-since": future })).toBe(304);
    expect(await status("GET", { "if-unmodified-since": "Sat, 01 Jan 2000 00:00:00 GMT" })).toBe(
      412,
    );
    expect(await status("PUT", { "if-none-match": "*" }, "y")).toBe(412);
    expect(await status("PUT", { "if-match": '"x"' }, "y")).toBe(412);
    expect(await status("DELETE", { "if-match": '"x"' })).toBe(412);
    expect(await status("PUT", { "if-match": etag }, "z")).toBe(204);
    expect((await rig.call("PUT", "g", { headers: { "if-match": "*" }, body: "y" })).status).toBe(
      412,
    );
    expect((await rig.call("GET", "f")).text).toBe("z");
  });

  test("the time of a change is kept where the client tells it", async () => {
    const put = await rig.call("PUT", "f", { headers: { "x-oc-mtime": "981173106" }, body: "x" });
    expect(put.headers["x-oc-mtime"]).toBe("accepted");
    const { headers } = await rig.call("HEAD", "f");
    expect(headers["last-modified"]).toBe("Sat, 03 Feb 2001 04:05:06 GMT");
    const bad = await rig.call("PUT", "f", { headers: { "x-oc-mtime": "1e9" }, body: "x" });
    expect(bad.headers["x-oc-mtime"]).toBeUndefined();
  });

  test("a client that waits hears at once whether its bytes are wanted", async () => {
    const wait = { expect: "100-continue" };
    const taken = await rig.call("PUT", "f", { headers: wait, body: "x" });
    expect(taken).toMatchObject({ status: 201, continued: true });
    const sent = rig.begin("PUT", "f", { ...wait, "if-none-match": "*", "content-length": "9" });
    sent.flushHeaders();
    const refused = await new Promise<number>((resolve) => {
      sent.on("error", () => undefined).on("continue", () => resolve(100));
      sent.on("response", (response) => resolve(response.statusCode ?? 0));
    });
    sent.destroy();
    expect(refused).toBe(412);
  });
});

describe("folders", () => {
  test("are made, listed, moved, copied and removed", async () => {
    expect((await rig.call("MKCOL", "a/")).status).toBe(201);
    await rig.call("PUT", "a/f%20%26", { body: "x" });
    const list = await rig.call("PROPFIND", "a", { headers: { depth: "1" } });
    expect(list.status).toBe(207);
    expect(list.headers["content-location"]).toBe(`/${TOKEN}/a/`);
    const hrefs = [...list.text.matchAll(/<D:href>([^<]*)</g)].map(([, href]) => href);
    expect(hrefs).toEqual([`/${TOKEN}/a/`, `/${TOKEN}/a/f%20%26`]);
    expect(list.text).toContain("<D:displayname>f &amp;</D:displayname>");
    const to = (path: string) => ({ headers: { destination: rig.url(path) } });
    expect((await rig.call("COPY", "a", to("b"))).status).toBe(201);
    expect((await rig.call("MOVE", "b", to("c"))).status).toBe(201);
    expect((await rig.call("MOVE", "a", to("c"))).status).toBe(204);
    expect((await rig.call("GET", "c/f%20%26")).text).toBe("x");
    expect((await rig.call("GET", "a")).status).toBe(404);
    expect((await rig.call("DELETE", "c")).status).toBe(204);
    expect(
      (await rig.call("PROPFIND", "", { headers: { depth: "1" } })).text.match(/<D:href>/g),
    ).toHaveLength(1);
  });

  test("show themselves as a page to browsers, which may do nothing", async () => {
    await rig.call("PUT", "%3Cb%3E", { body: "x" });
    const page = await rig.call("GET", "");
    expect(page.text).toContain('<a href="/0123456789abcdef/%3Cb%3E">&lt;b&gt;</a>');
    expect(page.headers["content-security-policy"]).toContain("sandbox");
    expect(page.headers["referrer-policy"]).toBe("no-referrer");
  });

  test.each([
    ["MKCOL", "a", {}, 405],
    ["MKCOL", "f", {}, 405],
    ["MKCOL", "x/y", {}, 409],
    ["MKCOL", "b", { body: "<x/>" }, 415],
    ["PUT", "a", { body: "x" }, 405],
    ["PUT", "", { body: "x" }, 405],
    ["PUT", "x/y", { body: "x" }, 409],
    ["PUT", "f/y", { body: "x" }, 409],
    ["PUT", "new/", { body: "x" }, 409],
    ["PUT", "f", { body: "x", headers: { "content-range": "bytes 0-0/3" } }, 400],
    ["DELETE", "", {}, 403],
    ["DELETE", "a", { headers: { depth: "0" } }, 400],
    ["COPY", "a", {}, 400],
    ["COPY", "a", { headers: { destination: "http://example.org/b" } }, 502],
    ["COPY", "a", { headers: { destination: `/${TOKEN}/a/inner` } }, 403],
    ["MOVE", "a/g", { headers: { destination: `/${TOKEN}/a` } }, 403],
    ["MOVE", "a", { headers: { destination: `/${TOKEN}/a` } }, 403],
    ["MOVE", "a", { headers: { destination: `/${TOKEN}/f`, overwrite: "F" } }, 412],
    ["MOVE", "a", { headers: { destination: `/${TOKEN}/x/y` } }, 409],
    ["MOVE", "a", { headers: { destination: `/${TOKEN}/z`, depth: "0" } }, 400],
    ["MOVE", "nothing", { headers: { destination: `/${TOKEN}/z` } }, 404],
    ["PROPFIND", "nothing", { headers: { depth: "0" } }, 404],
    ["PROPPATCH", "nothing", { body: patchBody({ p: "1" }) }, 404],
    ["PROPPATCH", "f", {}, 400],
    ["LOCK", "f", {}, 412],
    ["LOCK", "f", { body: lockBody(), headers: { depth: "1" } }, 400],
    ["LOCK", "x/y", { body: lockBody() }, 409],
    ["LOCK", "f", { body: "<lockinfo xmlns='DAV:'/>" }, 400],
    ["UNLOCK", "f", {}, 400],
    ["UNLOCK", "f", { headers: { "lock-token": "<urn:x>" } }, 409],
    ["POST", "f", {}, 405],
    ["PROPFIND", "f", { headers: { depth: "0" }, body: "<a/>" }, 400],
    [
      "PROPFIND",
      "f",
      { headers: { depth: "0" }, body: "<propfind xmlns='DAV:'><prop/><allprop/></propfind>" },
      400,
    ],
  ])("%s %s %j: %i", async (method, path, call, status) => {
    await rig.call("MKCOL", "a");
    await rig.call("PUT", "a/g", { body: "g" });
    await rig.call("PUT", "f", { body: "f" });
    const answer = await rig.call(method, path, call);
    expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(/\S/)]);
    expect((await rig.call("GET", "f")).text).toBe("f");
    expect((await rig.call("GET", "a/g")).text).toBe("g");
  });

  test("a copy of a folder with 'Depth: 0' has nothing in it", async () => {
    await rig.call("MKCOL", "a");
    await rig.call("PUT", "a/f", { body: "x" });
    await rig.call("PROPPATCH", "a", { body: patchBody({ p: "1" }) });
    const headers = { destination: rig.url("b"), depth: "0" };
    expect((await rig.call("COPY", "a", { headers })).status).toBe(201);
    const list = await rig.call("PROPFIND", "b/", { headers: { depth: "1" } });
    expect(list.text.match(/<D:response>/g)).toHaveLength(1);
    expect(list.text).toContain('<u:p xmlns:u="u:">1</u:p>');
    expect((await rig.call("COPY", "a", { headers })).status).toBe(204);
  });

  test("infinite depth is refused in the words of the RFC", async () => {
    for (const headers of [{}, { depth: "infinity" }] as Record<string, string>[]) {
      const answer = await rig.call("PROPFIND", "", { headers });
      expect(answer.status).toBe(403);
      expect(answer.text).toContain("<D:propfind-finite-depth/>");
    }
  });

  test("long lists come whole", async () => {
    for (let i = 0; i < 300; i++) await writeTreeFile(rig.tree, `${"n".repeat(200)}${i}`, "");
    const list = await rig.call("PROPFIND", "", { headers: { depth: "1" } });
    expect(list.text.match(/<D:response>/g)).toHaveLength(301);
    expect(list.text.endsWith("</D:multistatus>\n")).toBe(true);
  });
});

describe("properties", () => {
  test("that are asked for by name are told, or said to be missing", async () => {
    await rig.call("PUT", "f", { body: "x" });
    const { text } = await rig.call("PROPFIND", "f", {
      headers: { depth: "0" },
      body: PROPFIND_ETAG,
    });
    expect(text).toMatch(/<D:getetag>"[\w-]+"<\/D:getetag>/);
    expect(text).toMatch(/<x:nothing xmlns:x="u:"\/><\/D:prop><D:status>HTTP\/1.1 404/);
    const body = '<propfind xmlns="DAV:"><propname/></propfind>';
    const names = await rig.call("PROPFIND", "f", { headers: { depth: "0" }, body });
    expect(names.text).toContain("<D:getetag/>");
  });

  test("that a program gives are given back, also after a move; all or none", async () => {
    await rig.call("PUT", "f", { body: "x" });
    const value = '<v xmlns="">a &lt; <w xml:lang="de"/></v>';
    expect((await rig.call("PROPPATCH", "f", { body: patchBody({ p: value }) })).text).toContain(
      "200 OK",
    );
    const both =
      '<propertyupdate xmlns="DAV:"><set><prop><getetag>1</getetag><q xmlns="u:"/></prop></set></propertyupdate>';
    const refused = await rig.call("PROPPATCH", "f", { body: both });
    expect(refused.text).toMatch(/getetag.*403 Forbidden.*cannot-modify-protected-property.*424/);
    await rig.call("MOVE", "f", { headers: { destination: rig.url("g") } });
    const { text } = await rig.call("PROPFIND", "g", { headers: { depth: "0" } });
    expect(text).toContain('<u:p xmlns:u="u:"><v>a &lt; <w xml:lang="de"/></v></u:p>');
    expect(text).not.toContain("u:q");
  });
});

describe("locks", () => {
  async function locked(path: string): Promise<string> {
    const answer = await rig.call("LOCK", path, {
      body: lockBody(),
      headers: { timeout: "Second-60" },
    });
    expect(answer.text).toContain("<D:timeout>Second-60</D:timeout>");
    return `${answer.headers["lock-token"]}`;
  }

  test("keep others out until they are given up", async () => {
    await rig.call("PUT", "f", { body: "x" });
    const token = await locked("f");
    const refused = await rig.call("PUT", "f", { body: "y" });
    expect(refused.status).toBe(423);
    expect(refused.text).toContain(`<D:lock-token-submitted><D:href>/${TOKEN}/f</D:href>`);
    const destination = { destination: rig.url("g") };
    for (const [method, headers] of [
      ["DELETE", {}],
      ["MOVE", destination],
    ] as const) {
      expect((await rig.call(method, "f", { headers })).status).toBe(423);
    }
    expect((await rig.call("PROPPATCH", "f", { body: patchBody({ p: "1" }) })).status).toBe(423);
    expect((await rig.call("LOCK", "f", { body: lockBody() })).text).toContain(
      "no-conflicting-lock",
    );
    expect((await rig.call("COPY", "f", { headers: destination })).status).toBe(201);
    expect((await rig.call("PUT", "f", { headers: { if: `(${token})` }, body: "y" })).status).toBe(
      204,
    );
    const { status, text } = await rig.call("LOCK", "f", {
      headers: { if: `(${token})`, timeout: "Infinite" },
    });
    expect([status, text]).toEqual([200, expect.stringContaining("Second-3600")]);
    expect((await rig.call("UNLOCK", "f", { headers: { "lock-token": token } })).status).toBe(204);
    expect((await rig.call("DELETE", "f")).status).toBe(204);
  });

  test("of what is not there make an empty file", async () => {
    const token = await locked("new");
    expect((await rig.call("GET", "new")).text).toBe("");
    expect(
      (await rig.call("PUT", "new", { headers: { if: `(${token})` }, body: "x" })).status,
    ).toBe(204);
    await rig.call("DELETE", "new", { headers: { if: `(${token})` } });
    expect((await rig.call("PUT", "new", { body: "x" })).status).toBe(201);
  });

  test("the If header tells of the state that must be", async () => {
    const { headers } = await rig.call("PUT", "f", { body: "x" });
    const etag = `[${headers.etag}]`;
    const status = async (condition: string) =>
      (
        await rig.call("PROPPATCH", "f", {
          headers: { if: condition },
          body: patchBody({ p: "1" }),
        })
      ).status;
    expect(await status(`(${etag})`)).toBe(207);
    expect(await status(`(Not ${etag})`)).toBe(412);
    expect(await status('(["other"]) (Not <DAV:no-lock>)')).toBe(207);
    expect(await status(`<${rig.url("f")}> (${etag})`)).toBe(207);
    expect(await status("<http://example.org/f> (<urn:x>)")).toBe(412);
    expect(await status("nonsense")).toBe(400);
  });
});

test("what it can is told to everybody on this machine", async () => {
  for (const path of ["/", "", "*"]) {
    const { status, headers } = await rig.call("OPTIONS", path === "*" ? "/anything" : path);
    expect([status, headers["dav"]]).toEqual([200, "1, 2"]);
    expect(headers.allow).toContain("PROPFIND");
  }
});

test("programs without place for a token in the address give it as password", async () => {
  await rig.call("PUT", "f", { body: "x" });
  const basic = (password: string) => ({
    authorization: `Basic ${Buffer.from(`me:${password}`).toString("base64")}`,
  });
  const without = await rig.call("GET", "/dav/f");
  expect([without.status, without.headers["www-authenticate"]]).toEqual([
    401,
    expect.stringContaining("Basic"),
  ]);
  expect((await rig.call("GET", "/dav/f", { headers: basic("wrong") })).status).toBe(401);
  expect((await rig.call("GET", "/dav/f", { headers: basic(TOKEN) })).text).toBe("x");
  const headers = { ...basic(TOKEN), destination: rig.url("g").replace(TOKEN, "dav") };
  expect((await rig.call("MOVE", "/dav/f", { headers })).status).toBe(201);
  expect((await rig.call("GET", "g")).text).toBe("x");
});

test("a connection serves many requests", async () => {
  const { port } = rig.server;
  const head = `host: 127.0.0.1:${port}\r\n`;
  const text =
    `PUT /${TOKEN}/f HTTP/1.1\r\n${head}content-length: 1\r\n\r\nx` +
    `GET /${TOKEN}/f HTTP/1.1\r\n${head}connection: close\r\n\r\n`;
  const heard = await rig.raw(text);
  expect(heard.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 201", "HTTP/1.1 200"]);
  expect(await answerOf(rig.begin("GET", "f"))).toMatchObject({ text: "x" });
});
