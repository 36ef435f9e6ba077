import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { GatewayError, Near, Place, RefusalCode } from "../../../gateway/index.ts";
import { GIVE_BACK_BYTES_MIN } from "../buffers.ts";
import { PROGRAMS_MAX } from "./limits.ts";
import { NodeLocalNet } from "./local-net.ts";

const open: (NodeLocalNet | Server)[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) {
    if (one instanceof NodeLocalNet) await one.close();
    else one.close();
  }
});

function makeNet(): NodeLocalNet {
  const net = new NodeLocalNet(() => undefined);
  open.push(net);
  return net;
}

function listen(net: NodeLocalNet, port: number, accept: (near: Near) => void) {
  return new Promise<{ error: GatewayError | null; port: number }>((done) =>
    net.listen(port, accept, (error, opened) => done({ error, port: opened })),
  );
}

function dial(net: NodeLocalNet, place: Place) {
  return new Promise<{ refusal: RefusalCode | null; near: Near | undefined }>((done) =>
    net.dial(place, (refusal, near) => done({ refusal, near })),
  );
}

/** A server of the test's own; its port. */
async function serve(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, onSocket);
  open.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

/** What a near end tells. */
function observe(near: Near) {
  const told = { text: "", ended: false, closed: false };
  near.attach({
    onData: (bytes) => {
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
      told.text += new TextDecoder().decode(bytes);
    },
    onEnd: () => {
      told.ended = true;
    },
    onClose: () => {
      told.closed = true;
    },
  });
  return told;
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !condition(); turn++) {
    await new Promise((done) => setTimeout(done, 10));
  }
  expect(condition()).toBe(true);
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("ports on loopback", () => {
  test("take connections; nothing is read before somebody listens", async () => {
    const nears: Near[] = [];
    const net = makeNet();
    const { port } = await listen(net, 0, (near) => nears.push(near));
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let answer = "";
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString();
    });
    socket.write("early");
    await until(() => nears.length === 1);
    await new Promise((done) => setTimeout(done, 30));
    const [near] = nears as [Near];
    const told = observe(near);
    await until(() => told.text === "early");
    socket.end();
    await until(() => told.ended);
    near.write(bytes("after the end"), () => undefined);
    near.end();
    await until(() => answer === "after the end" && told.closed);
  });

  test("what is told is lent: large pieces are gone after the call", async () => {
    const net = makeNet();
    const told: { readonly bytes: Uint8Array; readonly length: number }[] = [];
    const { port } = await listen(net, 0, (near) =>
      near.attach({
        onData: (lent) => void told.push({ bytes: lent, length: lent.length }),
        onEnd: () => undefined,
        onClose: () => undefined,
      }),
    );
    connect({ port, host: "127.0.0.1" }).end(new Uint8Array(1 << 20));
    await until(() => told.reduce((sum, { length }) => sum + length, 0) === 1 << 20);
    const large = told.filter(({ length }) => length >= GIVE_BACK_BYTES_MIN);
    expect(large.length).toBeGreaterThan(0);
    expect(large.every(({ bytes }) => bytes.length === 0)).toBe(true);
  });

  test("what was written in the same turn arrives before they close", async () => {
    const nears: Near[] = [];
    const net = makeNet();
    const { port } = await listen(net, 0, (near) => nears.push(near));
    let answer = "";
    connect({ port, host: "127.0.0.1" }).on("data", (chunk: Buffer) => {
      answer += chunk.toString();
    });
    await until(() => nears.length === 1);
    nears[0]?.write(bytes("last words"), () => undefined);
    await net.close();
    await until(() => answer === "last words");
  });

  test("that are taken, reserved or closed say so", async () => {
    const net = makeNet();
    const taken = await serve(() => undefined);
    const { error } = await listen(net, taken, () => undefined);
    expect(error?.code).toBe("port-taken");
    expect(error?.message).toContain("Choose another port");
    const { port } = await listen(net, 0, () => undefined);
    net.unlisten(port);
    const refused = await dial(net, { t: "local", port });
    expect(refused).toEqual({ refusal: "not-listening", near: undefined });
  });

  test("take so many programs at a time: at the limit and one above", async () => {
    const nears: Near[] = [];
    const net = makeNet();
    const { port } = await listen(net, 0, (near) => nears.push(near));
    const enter = (): Socket => connect({ port, host: "127.0.0.1" }).on("error", () => undefined);
    const programs: Socket[] = [];
    for (let count = 0; count < PROGRAMS_MAX; count++) programs.push(enter());
    await until(() => nears.length === PROGRAMS_MAX);
    const late = enter().resume();
    await new Promise((done) => late.once("close", done));
    expect([nears.length, programs.filter(({ destroyed }) => destroyed)]).toEqual([
      PROGRAMS_MAX,
      [],
    ]);
    nears[0]?.destroy();
    await until(() => programs[0]?.destroyed === true);
    programs.push(enter());
    await until(() => nears.length === PROGRAMS_MAX + 1);
    for (const program of programs) program.destroy();
  });

  test("are on loopback only", async () => {
    const net = makeNet();
    const { port } = await listen(net, 0, () => undefined);
    const socket = connect({ port, host: "127.0.0.2" });
    const failed = await new Promise<string>((done) => {
      socket.once("error", (error: NodeJS.ErrnoException) => done(error.code ?? ""));
      socket.once("connect", () => done("connected"));
    });
    expect(failed).not.toBe("connected");
  });
});

describe("dialling", () => {
  test("a local port, over IPv4 or IPv6", async () => {
    const port = await serve((socket) => socket.end("hello"));
    const { near } = await dial(makeNet(), { t: "local", port });
    const told = near && observe(near);
    await until(() => told?.text === "hello");
  });

  test("a host: each of its addresses is judged, and its own machine never reached", async () => {
    const port = await serve((socket) => socket.end("secret"));
    const judged: string[] = [];
    const mayReach = (address: string): boolean => {
      judged.push(address);
      return true;
    };
    for (const host of ["localhost", "127.0.0.1"]) {
      const { refusal } = await dial(makeNet(), { t: "internet", host, port, mayReach });
      expect([host, refusal]).toEqual([host, "private"]);
    }
    expect(judged).toEqual([]);
    const denied: Place = { t: "internet", host: "127.0.0.9", port, mayReach: () => false };
    expect((await dial(makeNet(), denied)).refusal).toBe("private");
    const allowed = await dial(makeNet(), { t: "internet", host: "127.0.0.9", port, mayReach });
    expect([judged, allowed.refusal]).toEqual([["127.0.0.9"], "not-listening"]);
  });

  test("a name that nobody knows", async () => {
    const place: Place = { t: "internet", host: "no.such.invalid", port: 80, mayReach: () => true };
    expect((await dial(makeNet(), place)).refusal).toBe("unreachable");
  });

  test("that is given up tells nothing", async () => {
    const port = await serve(() => undefined);
    let told = 0;
    makeNet().dial({ t: "local", port }, () => {
      told++;
    })();
    await new Promise((done) => setTimeout(done, 50));
    expect(told).toBe(0);
  });
});

describe("a connection", () => {
  test("takes bytes no faster than the other side reads", async () => {
    let other: Socket | undefined;
    const port = await serve((socket) => {
      other = socket.pause();
    });
    const { near } = await dial(makeNet(), { t: "local", port });
    if (near !== undefined) observe(near);
    let sent = 0;
    const chunk = new Uint8Array(1 << 20);
    for (let count = 0; count < 64; count++) near?.write(chunk, () => sent++);
    await new Promise((done) => setTimeout(done, 200));
    expect(sent).toBeLessThan(64);
    other?.resume();
    await until(() => sent === 64);
  });

  test("pauses and goes on", async () => {
    let other: Socket | undefined;
    const port = await serve((socket) => {
      other = socket;
    });
    const { near } = await dial(makeNet(), { t: "local", port });
    const told = near && observe(near);
    near?.pause();
    await until(() => other !== undefined);
    other?.write("held back");
    await new Promise((done) => setTimeout(done, 50));
    expect(told?.text).toBe("");
    near?.resume();
    await until(() => told?.text === "held back");
  });

  test("that is broken off is a failure for the program, not an end", async () => {
    let failure = "";
    const port = await serve((socket) => {
      socket.resume().on("error", (error: NodeJS.ErrnoException) => {
        failure = error.code ?? "";
      });
    });
    const { near } = await dial(makeNet(), { t: "local", port });
    const told = near && observe(near);
    near?.destroy();
    await until(() => told?.closed === true && failure === "ECONNRESET");
    let isSent = false;
    near?.write(bytes("late"), () => {
      isSent = true;
    });
    expect(isSent).toBe(true);
  });

  test("goes when the peer stops, also where the program holds on", async () => {
    const nears: Near[] = [];
    const net = makeNet();
    const { port } = await listen(net, 0, (near) => nears.push(near));
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", () => undefined);
    await until(() => nears.length === 1);
    await net.close();
    expect((await dial(makeNet(), { t: "local", port })).refusal).toBe("not-listening");
    socket.destroy();
  });
});
