import { afterEach, describe, expect, test } from "vitest";
import type { PeersBody, StatusBody } from "../../src/api/client/index.ts";
import { Lab, waitUntil, whyNoNamespaces } from "./lab.ts";

const reason = whyNoNamespaces();
if (reason !== undefined) console.log(`SKIPPED network namespace tests: ${reason}`);

let lab: Lab | undefined;
afterEach(async () => {
  await lab?.remove();
  lab = undefined;
});

async function reachable(of: Lab, index: number): Promise<number> {
  const answer = await of.host(index).call("GET", "/v1/status");
  return (answer.json as StatusBody).reachableCount;
}

describe.skipIf(reason !== undefined)("a chain of five hosts, nothing configured", () => {
  test("the ends reach each other over four hops, talk and share a file", async () => {
    lab = new Lab(5);
    const chain = lab;
    for (let i = 0; i < 4; i++) chain.link(i, i + 1);
    await Promise.all(chain.hosts.map((host) => host.start()));
    const ms = await waitUntil(async () => (await reachable(chain, 0)) === 4, 20_000);
    expect(ms).toBeDefined();

    const [first, last] = [chain.host(0), chain.host(4)];
    const peers = (await first.call("GET", "/v1/peers")).json as PeersBody;
    expect(peers.neighbours).toHaveLength(1);
    expect(peers.peers.find((peer) => peer.peerId === last.up.peerId)?.hops).toBe(4);

    const invite = (await last.call("POST", "/v1/invites", {})).json as { readonly link: string };
    const added = await first.call("POST", "/v1/contacts", { link: invite.link, petname: "ida" });
    expect(added.status).toBe(201);
    const sent = (await first.call("POST", "/v1/messages", { to: "ida", text: "over four hops" }))
      .json as { readonly id: string };
    const delivered = await waitUntil(async () => {
      const answer = await first.call("GET", "/v1/messages?with=ida");
      const { messages } = answer.json as {
        readonly messages: readonly { readonly id: string; readonly state: string }[];
      };
      return messages.some((message) => message.id === sent.id && message.state === "delivered");
    }, 20_000);
    expect(delivered).toBeDefined();
  });

  test("only IPv4 between the hosts is enough too", async () => {
    lab = new Lab(2);
    const pair = lab;
    pair.link(0, 1, "10.99.7");
    for (const host of pair.hosts)
      host.run("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6");
    await Promise.all(pair.hosts.map((host) => host.start()));
    expect(await waitUntil(async () => (await reachable(pair, 0)) === 1, 20_000)).toBeDefined();
  });
});
