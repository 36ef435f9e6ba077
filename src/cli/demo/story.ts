import { createHash, randomBytes } from "node:crypto";
import type { DemoPeer } from "./neighbourhood.ts";
import { inParallel, until } from "./neighbourhood.ts";
import { startPing } from "./pinging.ts";
import type { Report } from "./report.ts";
import { type Edge, pickVictims } from "./wiring.ts";

const FILE_BYTES = 3_000_000;
/** Far more than any step takes: how fast a machine is, is no claim of the story. */
const STEP_LIMIT_MS = 60_000;

/** The people of the story, and what it may use: nothing but the API that everybody has. */
export interface Cast {
  readonly peers: readonly DemoPeer[];
  readonly edges: readonly Edge[];
  readonly draw: (below: number) => number;
  readonly report: Report;
}

interface Stage extends Cast {
  readonly first: DemoPeer;
  readonly last: DemoPeer;
}

/** Tells the whole story; throws CliError where a step does not happen in time. */
export async function tellStory(cast: Cast): Promise<void> {
  const first = cast.peers[0];
  const last = cast.peers.at(-1);
  if (first === undefined || last === undefined) return;
  const stage: Stage = { ...cast, first, last };
  await start(stage);
  await findEachOther(stage);
  await meet(stage);
  const hops = await writeAcross(stage);
  const file = await storeFile(stage);
  const victims = await killThird(stage, hops);
  await stillWorks(stage, file, victims);
  await comeBack(stage, victims);
}

async function start({ peers, edges, report }: Stage): Promise<void> {
  report.chapter(`Starting ${peers.length} peers, each a process with a home of its own`);
  const beganMs = performance.now();
  await inParallel(peers, 3, (peer) => peer.start());
  report.measure("start-all", performance.now() - beganMs, "ms", "all started in");
  await Promise.all(
    edges.map(async ([a, b]) => peers[a]?.client.addLink(peers[b]?.endpoint ?? "")),
  );
  report.tell(`${edges.length} links laid, like neighbours would: not everybody to everybody`);
}

async function findEachOther({ peers, report }: Stage): Promise<void> {
  report.chapter("They find each other");
  const ms = await until(
    "Finding each other",
    () => allReach(peers, peers.length - 1),
    STEP_LIMIT_MS,
  );
  report.measure("find-each-other", ms, "ms", "every peer reaches every other after");
  report.claim("every peer reaches every other", true);
}

async function allReach(peers: readonly DemoPeer[], count: number): Promise<boolean> {
  for (const peer of peers) {
    if ((await peer.client.status()).reachableCount < count) return false;
  }
  return true;
}

async function meet({ peers, first, last, report }: Stage): Promise<void> {
  report.chapter("People meet: one shows an invite, the other adds it");
  const others = peers.slice(1);
  await inParallel(others, 3, async (peer) => {
    const invite = await peer.client.createInvite(false);
    await first.client.addContact(invite.link, peer.name);
  });
  const ms = await until(
    "Meeting",
    async () => (await first.client.contacts()).every((contact) => contact.state === "met"),
    STEP_LIMIT_MS,
  );
  report.measure("meet", ms, "ms", `${first.name} and ${others.length} others have met after`);
  await until(
    `${last.name} knowing ${first.name}`,
    async () => (await last.client.contacts()).some((contact) => contact.petname === first.name),
    STEP_LIMIT_MS,
  );
}

async function writeAcross({ first, last, report }: Stage): Promise<readonly string[]> {
  report.chapter(`${first.name} writes to ${last.name} at the other end`);
  const trace = await first.client.trace(last.name);
  const names = [first.name, ...trace.hops.map((hop) => hop.name)];
  report.tell(`the way: ${names.join(" → ")}`);
  report.claim("the message crosses at least 4 hops", trace.complete && trace.hops.length >= 4);
  const ms = await deliver(first, last.name, "Good morning from the other end of the street!");
  report.measure("message-delivered", ms, "ms", "delivered, and the sender knows, after");
  const answer = await deliver(last, first.name, "Received. Over four hops and no internet.");
  report.measure("answer-delivered", answer, "ms", "the answer took");
  const inbox = await last.client.messages({ with: first.name });
  const texts = inbox.messages.filter((message) => message.direction === "in");
  report.claim("it arrived exactly once", texts.length === 1);
  return trace.hops.slice(0, -1).map((hop) => hop.name);
}

/** Sends and waits until the sender sees it delivered. @returns milliseconds */
async function deliver(from: DemoPeer, to: string, text: string): Promise<number> {
  const sent = await from.client.sendMessage(to, text);
  return until(`Delivery to ${to}`, () => isDelivered(from, to, sent.id), STEP_LIMIT_MS, 10);
}

async function isDelivered(from: DemoPeer, to: string, id: string): Promise<boolean> {
  const { messages } = await from.client.messages({ with: to });
  return messages.some((message) => message.id === id && message.state === "delivered");
}

interface StoredFile {
  readonly link: string;
  readonly hash: string;
  readonly k: number;
  readonly n: number;
}

async function storeFile({ first, peers, report }: Stage): Promise<StoredFile> {
  report.chapter(`${first.name} stores a file of ${FILE_BYTES / 1e6} MB on the neighbourhood`);
  const bytes = randomBytes(FILE_BYTES);
  const beganMs = performance.now();
  const stored = await first.client.putObject("harvest-plan.pdf", bytes);
  const { k, n, link } = stored;
  report.measure(
    "file-stored",
    performance.now() - beganMs,
    "ms",
    "encrypted, coded and kept after",
  );
  const spreadMs = await until(
    "Spreading the file",
    async () => {
      const { objects } = await first.client.objects();
      // Who was too busy to take something is given some a moment later.
      return objects.every(
        ({ health: { waiting, holders } }) => waiting === 0 && holders === peers.length,
      );
    },
    STEP_LIMIT_MS,
    100,
  );
  const health = await first.client.objectHealth(link);
  report.measure("file-spread", spreadMs, "ms", `${n} fragments spread over the street after`);
  report.tell(`any ${k} of the ${n} fragments rebuild it; ${health.holders} peers keep some`);
  report.claim("all fragments are kept by all peers together", health.alive === n);
  report.claim("every peer keeps some", health.holders === peers.length);
  return { link, k, n, hash: createHash("sha256").update(bytes).digest("hex") };
}

async function killThird(stage: Stage, relays: readonly string[]): Promise<readonly number[]> {
  const { peers, edges, draw, report, first, last } = stage;
  const spared = new Set([0, peers.length - 1]);
  const preferred = peers.flatMap((peer, index) => (relays.includes(peer.name) ? [index] : []));
  const howMany = peers.length / 3;
  const victims =
    pickVictims({ count: peers.length, edges, howMany, spared, preferred, draw }) ?? [];
  const names = victims.map((index) => peers[index]?.name);
  report.chapter(
    `Disaster: ${names.join(", ")} are killed at once (SIGKILL), relays in use among them`,
  );
  const ping = startPing(first.client, last.name, 100);
  await pause(1_000);
  await Promise.all(victims.map((index) => peers[index]?.kill()));
  await pause(3_000);
  const gapMs = await ping.stop();
  report.measure(
    "reroute-gap",
    gapMs,
    "ms",
    `longest silence between ${first.name} and ${last.name}`,
  );
  report.claim("the mesh went on by another way within 5 s", gapMs < 5_000);
  report.claim("a third was killed", victims.length === howMany);
  return victims;
}

async function stillWorks(
  { first, last, peers, report }: Stage,
  file: StoredFile,
  victims: readonly number[],
): Promise<void> {
  report.chapter("What is left still works");
  const ms = await deliver(first, last.name, "Are you still there?");
  report.measure("message-after-loss", ms, "ms", "a message crossed the changed mesh in");
  report.claim("messages still arrive", true);
  const beganMs = performance.now();
  const response = await last.client.getObject(file.link);
  const bytes = new Uint8Array(await response.arrayBuffer());
  report.measure(
    "file-rebuilt",
    performance.now() - beganMs,
    "ms",
    `${last.name} rebuilt the file in`,
  );
  const same = createHash("sha256").update(bytes).digest("hex") === file.hash;
  report.claim("the file is identical, byte for byte", same);
  for (const index of victims) {
    const victim = peers[index]?.name ?? "";
    const sent = await first.client.sendMessage(victim, `Here is what you missed, ${victim}.`);
    report.claim(`a message for ${victim} waits here`, sent.state === "waiting");
  }
}

async function comeBack(
  { first, peers, edges, report }: Stage,
  victims: readonly number[],
): Promise<void> {
  report.chapter("The killed ones come back");
  const beganMs = performance.now();
  await inParallel(victims, 2, async (index) => {
    const links = edges
      .filter((edge) => edge.includes(index))
      .map(([a, b]) => peers[a === index ? b : a]?.endpoint ?? "");
    await peers[index]?.start(links);
  });
  await until("Coming back", () => allReach(peers, peers.length - 1), STEP_LIMIT_MS);
  report.measure(
    "came-back",
    performance.now() - beganMs,
    "ms",
    "started and reached by all after",
  );
  await until(
    "Delivery of what waited",
    async () => (await first.client.status()).messagesWaiting === 0,
    STEP_LIMIT_MS,
  );
  report.measure(
    "waited-delivered",
    performance.now() - beganMs,
    "ms",
    "what waited was delivered after",
  );
  for (const index of victims) {
    const victim = peers[index];
    if (victim === undefined) continue;
    const { messages } = await victim.client.messages({ with: first.name });
    const received = messages.filter((message) =>
      message.text.startsWith("Here is what you missed"),
    );
    report.claim(`${victim.name} has the message exactly once`, received.length === 1);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
