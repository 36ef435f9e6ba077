/** Words of the first evening. */
export const welcome = {
  title: "Welcome to Peernet",
  intro:
    "This machine is a peer now. Four things, a minute: then you write to people and share a disk with them, with nobody in the middle.",
  steps: { name: "You", words: "Words", disk: "Disk", near: "Near you" },
  name: "What this device is called",
  nameHint: "Others see it, neighbours after the next start. “Anna's laptop” is a good name.",
  nameSave: "Use this name",
  disk: "How much disk do you give?",
  diskHint: "Sealed pieces of what others keep. In return, others keep pieces of yours.",
  gb: (many: number): string => `${many} GB`,
  diskNow: (amount: string): string => `You give ${amount}.`,
  near: "Peers that were found",
  nearNone:
    "Nobody yet. Peers in the same network find each other by themselves; this list is live.",
  nearInvite: "Somebody far away? Invite them.",
  next: "Next",
  later: "Later",
  done: "Look around",
  wordsLater: "You find the words under Settings, Recovery.",
};
