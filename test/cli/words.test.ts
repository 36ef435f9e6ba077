import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { peernet } from "./peer-process.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-cli-"));
const nowhere = join(folder, "nobody");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Tests that begin some fifty processes, also on a machine with other things to do. */
const MANY_COMMANDS_MS = 300_000;

/** Options of each command besides --home, --json and --help. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  up: [
    ...["--name", "--listen", "--link", "--give", "--udp-port", "--api-port"],
    ...["--no-discovery", "--no-open", "--profile", "--tun", "--no-names", "--blocks"],
    ...["--dns-port", "--salvage"],
  ],
  console: ["--lan", "--off", "--list", "--remove", "--port", "--no-qr", "--no-open"],
  status: [],
  peers: ["--remembered", "--forget"],
  map: [],
  doctor: [],
  logs: ["--level", "--find", "--last", "--follow"],
  invite: ["--no-qr", "--keys-only", "--uses", "--expires"],
  add: ["--as"],
  contacts: ["--as", "--heard", "--scanned", "--format", "-o, --output"],
  device: [
    ...["--no-qr", "--no-wait", "--no-history", "--keys-only", "--yes", "--name"],
    ...["--listen", "--link", "--no-discovery"],
  ],
  picture: ["--remove"],
  introduce: [],
  requests: ["--as"],
  send: ["--wait", "--file", "--reply"],
  inbox: ["--all", "--keep", "--limit", "--ids", "--why"],
  chat: [],
  messages: [],
  anchors: ["--bytes", "--days"],
  carry: ["--to", "--bytes"],
  group: [
    ...["--admin", "--uses", "--for", "--no-qr", "--of"],
    ...["--heir", "--remove", "--agree", "--take-over"],
  ],
  currency: ["--unit", "--decimals", "--group"],
  line: ["--limit"],
  pay: ["--wait", "--with", "--at-most", "--over-others"],
  request: ["--hours", "--no-qr"],
  payments: ["--follow"],
  receipts: ["--csv", "--before"],
  rate: [],
  clearing: [],
  statement: ["--csv", "--sign", "--last"],
  community: [
    ...["--stewards", "--of", "--limit", "--soft", "--limits", "--levy", "--demurrage", "--free"],
    ...["--admission", "--visible", "--bearer", "--tellers", "--price", "--text", "--days"],
    ...["--from", "--csv", "--wait"],
  ],
  put: ["--name", "--wait", "--layers", "--code"],
  get: ["-o, --output", "--preview"],
  drive: ["--repair", "--explain", "--give", "--peers", "--pin", "--unpin", "--audit"],
  folder: ["-o, --output", "--read", "--resolve"],
  mount: ["--port", "--list"],
  unmount: [],
  ping: ["-c, --count", "-i, --interval"],
  trace: [],
  explain: [],
  speed: ["--seconds"],
  forward: ["--list", "--stop"],
  serve: ["--as", "--to", "--list", "--stop"],
  pipe: ["--listen", "--to"],
  proxy: ["--port", "--off"],
  gateway: ["--to", "--quota", "--rate", "--also", "--full-tunnel", "--metered-ok"],
  allow: ["--list", "--remove", "--tcp", "--udp"],
  deny: ["--list", "--remove", "--tcp", "--udp"],
  link: [],
  export: [],
  recovery: ["--need", "--for", "--no-wait", "--yes"],
  restore: ["--name", "--friends", "--listen", "--link", "--no-discovery"],
  demo: ["--seed", "--open"],
  stop: [],
};

/** Words with which each command that needs a running peer can be typed. */
const NEEDING: readonly (readonly string[])[] = [
  ...[["console"], ["console", "--lan"], ["console", "--list"]],
  ...[
    ["status"],
    ["peers"],
    ["map"],
    ["logs"],
    ["export", "/nowhere/x.zip"],
    ["invite"],
    ["contacts"],
    ["inbox"],
    ["drive"],
    ["stop"],
  ],
  ...[
    ["add", "peernet:invite/x"],
    ["send", "anna", "hello"],
    ["put", "/etc/hostname"],
    ["explain", "anna"],
  ],
  ...[
    ["get", "peernet:object/x"],
    ["mount"],
    ["mount", "photos"],
    ["unmount", "photos"],
    ["ping", "anna"],
    ["trace", "anna"],
    ["link", "tcp://h:1"],
  ],
  ...[["speed", "anna"], ["forward", "anna:80"], ["serve", "80", "--to", "anna"], ["proxy"]],
  ...[
    ["device"],
    ["device", "add"],
    ["device", "words", "a", "b", "c", "d"],
    ["device", "history", "x"],
    ["device", "revoke", "x"],
  ],
  ...[
    ["recovery"],
    ["recovery", "confirm"],
    ["recovery", "friends", "a,b,c"],
    ["recovery", "words", "a"],
  ],
  ...[["picture"], ["picture", "/etc/hostname"]],
  ...[["introduce", "anna", "ben"], ["requests"], ["messages", "receipts"], ["anchors"]],
  ...[
    ["carry", "in", "/etc/hostname"],
    ["group", "list"],
    ["group", "new", "x"],
  ],
  ...[["currency", "list"], ["line", "list"], ["pay", "anna", "1", "hours"], ["payments"]],
  ...[
    ["request", "1", "hours"],
    ["receipts"],
    ["statement", "anna", "hours"],
    ["rate", "list"],
    ["clearing"],
  ],
  ...[["gateway"], ["gateway", "use", "anna"], ["allow", "anna", "80"], ["deny", "anna"]],
];

describe("help", () => {
  test(
    "the overview names every command, and every command names all its options",
    async () => {
      const overview = await peernet(["--help"]);
      expect(overview.code).toBe(0);
      const names = Object.keys(OPTIONS);
      for (const name of names) expect(overview.stdout).toMatch(new RegExp(`^  ${name}\\b`, "m"));
      const listed = [...overview.stdout.matchAll(/^ {2}([a-z]+) {2,}|^ {2}([a-z]+) [<[]/gm)];
      expect(listed.map((match) => match[1] ?? match[2]).sort()).toEqual([...names].sort());
      for (const name of names) {
        const { code, stdout, stderr } = await peernet([name, "--help"]);
        expect([name, code, stderr]).toEqual([name, 0, ""]);
        expect(stdout).toMatch(new RegExp(`^Usage: peernet ${name}`));
        const shown = [...stdout.matchAll(/^ {2}((?:-\w, )?--[\w-]+)/gm)].map((match) => match[1]);
        const common = ["--home", "--json", "-h, --help"];
        expect([name, shown.sort()]).toEqual([name, [...(OPTIONS[name] ?? []), ...common].sort()]);
      }
    },
    MANY_COMMANDS_MS,
  );

  test("no words show the overview; --version shows the version", async () => {
    expect((await peernet([])).stdout).toContain("Usage: peernet <command>");
    expect((await peernet(["help", "put"])).stdout).toContain("Usage: peernet put");
    expect((await peernet(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("words that are not understood", () => {
  test.each([
    [["statsu"], "Did you mean 'peernet status'?"],
    [["xyzzyplugh"], "There is no command 'xyzzyplugh'. 'peernet --help' lists all commands."],
    [["--json"], "'peernet --help'"],
    [["--quiet", "status"], "Options stand behind the command: peernet <command> --quiet"],
    [["help", "statsu"], "Did you mean 'peernet status'?"],
    [["pay", "ben", "-3", "hours"], "'-3' looks like an option and is none."],
    [["send", "ben", "-5 degrees"], "Words that begin with a dash are typed behind --"],
    [["line", "offer", "ben", "hours", "--limit", "-5"], "--limit=-…"],
    [["up", "--lisen", "x"], "There is no option --lisen. Did you mean --listen?"],
    [["up", "--frobnicate"], "'peernet up --help' lists all options."],
    [["up", "--name"], "The option --name needs a value: --name NAME."],
    [["up", "--no-open=yes"], "takes no value"],
    [["up", "--api-port", "70000"], "--api-port needs a port of 0 to 65535, not '70000'."],
    [["up", "--udp-port", "x"], "--udp-port needs a port"],
    [["up", "--profile", "toaster"], "--profile is one of computer, phone, radio, not 'toaster'."],
    [["up", "--give", "much"], "--give needs a size such as 20GB, not 'much'."],
    [["console", "--port", "1"], "--port goes with --lan."],
    [["up", "now"], "Type: peernet up"],
    [["send", "anna"], 'Type: peernet send WHO "text", or: peernet send WHO --file FILE'],
    [["send", "anna", "two", "words"], "Type: peernet send <who> [text]"],
    [["send", "anna", "x", "--wait", "long"], "--wait needs a number of seconds, not 'long'."],
    [["device", "lend"], "There is no 'peernet device lend'. There are: list, add, words, join"],
    [["device", "revoke"], "Type: peernet device revoke <device>"],
    [["recovery", "pray"], "There is no 'peernet recovery pray'. There are: status, show, confirm"],
    [["recovery", "approve", "x"], "Type: peernet recovery approve <link> --for <who>"],
    [["recovery", "friends", "a,b,a", "--need", "2"], "'a' is named twice: each friend keeps one"],
    [["restore", "--friends", "abandon"], "It is one or the other: words behind 'peernet restore'"],
    [["drive", "x", "--pin", "--unpin"], "--pin and --unpin do not go together: choose one."],
    [["drive", "x", "--repair", "--audit"], "--audit and --repair do not go together: choose one."],
    [["recovery", "friends", "a,b", "--need", "x"], "--need is a number of friends, not 'x'."],
    [
      ["contacts", "anna"],
      "Type: peernet contacts show anna, or for another name: peernet contacts anna --as NAME",
    ],
    [["contacts", "--as", "Anna"], "Type: peernet contacts WHO --as NAME"],
    [["inbox", "--limit", "all"], "--limit needs a number of 1 to 500, not 'all'."],
    [["inbox", "--limit", "501"], "--limit needs a number of 1 to 500"],
    [["ping", "anna", "-c", "0"], "--count needs a whole number above 0, not '0'."],
    [["ping", "anna", "-i", "soon"], "--interval needs a whole number above 0"],
    [["put", ""], "Name what is to be stored: peernet put <file|folder|->"],
    [["put"], "Type: peernet put <file|folder|->"],
    [["put", "x", "--wait", ""], "--wait needs a number of seconds, not ''."],
    [["get", "x", "--json"], "add -o FILE"],
    [["demo", "--seed", "x"], "--seed needs a whole number, not 'x'."],
    [["restore", "only", "three", "words"], "There are 24 recovery words; you gave 3."],
    [["restore", ...new Array<string>(25).fill("zoo")], "you gave 25."],
  ])("%j: says what to type instead", async (words, advice) => {
    const { code, stdout, stderr } = await peernet([...words, "--home", nowhere]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(advice);
    expect(stderr).not.toContain("    at ");
  });

  test("with --json the error is one JSON value on stderr", async () => {
    const { code, stdout, stderr } = await peernet(["send", "--json"]);
    expect([code, stdout]).toEqual([2, ""]);
    const message = "Type: peernet send <who> [text]";
    expect(JSON.parse(stderr)).toEqual({ error: { code: "usage", message } });
  });
});

describe("without a running peer", () => {
  test(
    "commands that need one exit with 3 and say how to start it",
    async () => {
      for (const words of NEEDING) {
        const { code, stdout, stderr } = await peernet([...words, "--home", nowhere]);
        expect([words, code, stdout]).toEqual([words, 3, ""]);
        expect(stderr).toContain(`No peer runs on ${nowhere}. Start one with 'peernet up'`);
      }
    },
    MANY_COMMANDS_MS,
  );

  test("PEERNET_HOME is honoured, and --home goes before it", async () => {
    const env = { PEERNET_HOME: join(folder, "own") };
    expect((await peernet(["status"], { env })).stderr).toContain(join(folder, "own"));
    const given = await peernet(["status", "--home", nowhere], { env });
    expect(given.stderr).toContain(nowhere);
  });

  test("doctor looks at what it can, and says that no peer runs", async () => {
    const { code, stdout } = await peernet(["doctor", "--home", folder]);
    expect(code).toBe(1);
    expect(stdout).toContain(`PROBLEM No peer runs on ${folder}.`);
    expect(stdout).toContain("ok      Node ");
    const elsewhere = await peernet(["doctor", "--home", nowhere]);
    expect(elsewhere.stdout).toContain(`ok      The home ${nowhere} is not there yet`);
    const { stdout: json } = await peernet(["doctor", "--home", folder, "--json"]);
    const { findings } = JSON.parse(json) as { findings: readonly { readonly id: string }[] };
    expect(findings.map(({ id }) => id)).toEqual(["running", "clock", "node", "home", "space"]);
  });
});
