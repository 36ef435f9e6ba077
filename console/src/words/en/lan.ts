/** Words about browsers that may show this page, on phones and as an app. */
export const lan = {
  intro:
    "A phone in the same network can show this page: it uses this peer, and needs none of its own.",
  onlyThere: "You are looking from a paired browser. This page works at the peer's machine only.",
  door: "Local network",
  isOpen: (port: number): string =>
    `Paired browsers in the same network are answered, at port ${port}. Calls are sealed by TLS.`,
  isClosed: "Only this machine is answered.",
  open: "Answer the local network",
  close: "Only this machine again",
  pair: "Pair a browser",
  paired: (name: string): string => `${name} is paired.`,
  scan: "Scan this with the phone's camera, in the same network. It pairs one browser.",
  address: "Address of this machine",
  certificate:
    "The phone warns of the certificate, because nobody but this peer vouches for it. Go on if it shows this SHA-256; in a network of your own you may skip that.",
  qr: "The link as a QR code",
  link: "Link that pairs a browser",
  noAddress: "This machine has no address in a local network. Connect it to the phone's network.",
  browsers: "Paired browsers",
  none: "None yet.",
  here: "on this machine",
  connected: "connected",
  seen: (time: string): string => `seen ${time}`,
  removeTitle: (name: string): string => `Remove ${name}?`,
  removeText: "It is let in no more, at once. What it shows already it may go on showing.",
  pairTitle: "Pair this browser",
  pairText:
    "It can then do almost everything that the peer's own page does, until somebody removes it there.",
  pairName: "What it is called there",
  pairAction: "Pair it",
  pairWarning: "Only in a browser that nobody else uses.",
  usualName: (device: string): string =>
    ({ Macintosh: "Mac", CrOS: "Chromebook", "": "Browser" })[device] ?? device,
  notPaired: "This browser is not paired",
  notPairedText:
    "Pair it at the peer's machine, under Settings, Phones and browsers. Or there in a terminal:",
  command: "peernet console --lan",
  appName: "Peernet app",
};
