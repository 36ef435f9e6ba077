/** Words of the map. */
export const map = {
  title: "Around me",
  you: "You",
  thisPeer: "This peer",
  away: (name: string, hops: number): string => `${name}, ${hops} hops away`,
  label: (many: number): string =>
    `Map of this peer and ${many} others; arrow keys walk, Enter opens`,
  bigLabel: (many: number): string =>
    `Map of this peer and ${many} others; arrow keys move it, plus and minus zoom. The list has all of them.`,
  closer: "Closer",
  farther: "Farther",
  notDrawn: (many: number): string => `${many} farther ${many === 1 ? "peer" : "peers"} not drawn`,
  legend: { contact: "contact", peer: "peer", fast: "fast", fair: "fair", slow: "slow" },
  alone: "Nobody in reach yet.",
  aloneBefore:
    "Start a peer on another computer of this network: they find each other by themselves. Or invite somebody under ",
  peers: (many: number): string => `${many} ${many === 1 ? "peer" : "peers"}`,
  inReach: "in reach",
  unnamed: "unnamed peer",
  direct: "direct",
  hops: (many: number): string => `${many} ${many === 1 ? "hop" : "hops"}`,
  traffic: "Traffic",
  perSecond: (size: string): string => `${size}/s`,
  received: (rate: string): string => `${rate} in`,
  sent: (rate: string): string => `${rate} out`,
  trafficMost: (rate: string): string => `The last five minutes, up to ${rate}`,
  find: "Find a peer",
  more: (many: number): string => `${many} more: type a part of the name.`,
  nobodyFound: "Nobody of that name is in reach.",
};
