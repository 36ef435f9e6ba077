/** Words about coming back after a loss. */
export const recovery = {
  title: "Recovery",
  intro: "If every device is lost, 24 words on paper bring you back. Nobody else can.",
  words: "Your 24 words",
  notHere: "Your 24 words are not on this device: another one of yours added it. Look there.",
  confirmed: "You have shown that you wrote them down. No page shows them any more.",
  unconfirmed: "Nobody has shown yet that they are written down.",
  show: "Show the words",
  warning:
    "Whoever reads them is you. Nobody from Peernet ever asks for them. Look around: is somebody watching, or is this screen being shared?",
  write:
    "Write them on paper, in this order. They are shown until you have confirmed them, then no page shows them again.",
  written: "I have written them down",
  asked: "Which words stand at these places?",
  word: (place: number): string => `Word ${place}`,
  confirm: "Confirm",
  right: "Right. Keep the paper where you keep what must not be lost.",
  hide: "Hide them",
  friends: "Friends instead of paper",
  friendsIntro:
    "Each friend keeps a part. Enough of them together bring you back; fewer learn nothing. Together they could also act without you: choose people who would not.",
  friendsNone: "Nobody is chosen.",
  friendsBefore:
    "This device was restored: friends whom you chose before are not known here. Their parts still bring you back, until you choose anew.",
  friendsNow: (need: number, all: number): string => `Any ${need} of these ${all} bring you back:`,
  hasShare: "has the part",
  onItsWay: "on its way",
  choose: "Choose friends",
  chooseMany: "Who keeps a part?",
  need: "How many of them are needed",
  give: "Give out the parts",
  given: "The parts are on their way.",
  takeBack: "Take it back",
  takeBackTitle: "Take the parts back?",
  takeBackText: "Your friends are asked to let go of their parts. Whoever does not, still has one.",
  tooFew: "Choose at least two people whom you have met.",
  nobody: "First meet somebody: invite a friend under People.",
  help: "Help a friend back",
  helpIntro: "You keep a part for them. They send you a link, and read four words to you.",
  keptFor: (need: number, total: number): string => `${need} of ${total} parts are needed`,
  helpLink: "The link that they sent",
  helpBegin: "Begin",
  helpReaching: "Reaching their device …",
  helpCompare: (who: string): string =>
    `Call ${who}, or stand beside them, and be sure that it is really them. Which four words do they read to you?`,
  helpSending: "Giving the part …",
  helpDone: (have: number, need: number): string =>
    have >= need
      ? "Given, and it was the last one needed."
      : `Given. ${have} of ${need} are there.`,
};
