/** Words about a person's devices. */
export const devices = {
  title: "Devices",
  intro:
    "Phone, laptop, the little machine under the stairs: to everybody else they are one person, you.",
  add: "Add a device",
  addIntro:
    "For a few minutes, one new device can become yours. Install Peernet on it, and type there:",
  addWays:
    "Or type only “peernet device join” there, in the same network: it then shows four words, to be typed here.",
  addSecret: "Whoever has this link gets in as you. Only from hand to hand.",
  linkName: "Link for the new device",
  qr: "The link as a QR code",
  comparing: (name: string): string =>
    `“${name}” wants to be yours. Which four words does it show?`,
  word: (place: number): string => `Word ${place}`,
  compare: "They are the same",
  granting: "Taking it in …",
  added: (name: string): string => `“${name}” is your device now.`,
  closed: "Closed: no device was added.",
  again: "Begin again",
  self: "this device",
  inReach: "in reach",
  away: "away",
  revoked: "revoked",
  void: "does not count: only a revoked device had added it",
  forked: "runs twice, or from an old copy of its disk",
  holdsWords: "This device holds your 24 words: it may revoke any other.",
  noWords: "Your 24 words are not on this device. It may revoke devices that were added after it.",
  how: {
    first: "the first",
    words: "came back with the 24 words",
    friends: (names: string): string =>
      names === "" ? "came back with the help of friends" : `vouched for by ${names}`,
    paired: (by: string): string => (by === "" ? "added" : `added by ${by}`),
  },
  rename: "Rename",
  renameTitle: "What this device is called",
  renameLabel: "Your contacts see this name",
  renamed: "Your contacts hear of it.",
  revoke: "Revoke",
  revokeTitle: (name: string): string => `Revoke “${name}”?`,
  revokeText:
    "Lost or stolen: from now on it is none of your devices, for good. Your contacts refuse it as soon as they hear of it. What is stored on it stays there.",
  givesHistory: "Give a device that I add the messages of the last 30 days",
  giveHistory: "Give it my messages",
  historyTitle: (name: string): string => `Give “${name}” your messages?`,
  historyText:
    "It gets the messages of the last 30 days that are on this device. That goes on by itself whenever both are in reach.",
  historyBegun: "It is given the messages of the last 30 days.",
  hasHistory: (many: number | string): string =>
    many === 1 ? "has 1 message of before" : `has ${many} messages of before`,
  getsHistory: (given: number | string, total: number | string): string =>
    `gets ${given} of ${total} messages of before`,
  news: "What was new",
};
