import type { map as english } from "../en/map.ts";

/** Words of the map, in German. */
export const map: typeof english = {
  title: "Um mich",
  you: "Du",
  thisPeer: "Dieser Peer",
  away: (name, hops) => `${name}, ${hops} Schritte weit`,
  label: (many) =>
    `Karte von diesem Peer und ${many} anderen; Pfeiltasten gehen weiter, die Eingabetaste öffnet`,
  bigLabel: (many) =>
    `Karte von diesem Peer und ${many} anderen; Pfeiltasten bewegen sie, Plus und Minus vergrößern und verkleinern. Die Liste hat alle.`,
  closer: "Näher",
  farther: "Weiter weg",
  notDrawn: (many) =>
    many === 1 ? "1 entfernter Peer nicht gezeichnet" : `${many} entfernte Peers nicht gezeichnet`,
  legend: { contact: "Kontakt", peer: "Peer", fast: "schnell", fair: "mittel", slow: "langsam" },
  alone: "Noch niemand erreichbar.",
  aloneBefore:
    "Starte einen Peer auf einem anderen Rechner in diesem Netz: Sie finden sich von selbst. Oder lade jemanden ein, unter ",
  peers: (many) => (many === 1 ? "1 Peer" : `${many} Peers`),
  inReach: "erreichbar",
  unnamed: "Peer ohne Namen",
  direct: "direkt",
  hops: (many) => (many === 1 ? "1 Schritt" : `${many} Schritte`),
  traffic: "Verkehr",
  perSecond: (size) => `${size}/s`,
  received: (rate) => `${rate} herein`,
  sent: (rate) => `${rate} hinaus`,
  trafficMost: (rate) => `Die letzten fünf Minuten, bis zu ${rate}`,
  find: "Einen Peer finden",
  more: (many) => `${many} weitere: Tippe einen Teil des Namens.`,
  nobodyFound: "Niemand mit diesem Namen ist erreichbar.",
};
