/** Words of looking at an object, of its layers and of what goes wrong with it. */
export const look = {
  kinds: {
    first: {
      picture: "all of it, soft",
      video: "a picture of it",
      text: "the most important part",
      page: "its text",
      listing: "what is in it",
    },
    more: {
      picture: "all of it, sharper",
      video: "a sharper picture of it",
      text: "more of it",
      page: "more of it",
      listing: "what is in it, with its small files",
    },
    whole: {
      picture: "bit-exact",
      video: "bit-exact",
      text: "bit-exact",
      page: "all of it is there, its text shown here",
      listing: "all of it is there",
    },
  },
  depth: (shown: number, total: number, what: string): string =>
    `Layer ${shown} of ${total}: ${what}`,
  condition: (survivors: number, n: number): string =>
    `If only ${survivors} of ${n} fragments survived`,
  nothingLeft: (condition: string): string => `${condition}: nothing could be read`,
  allLeft: (condition: string): string => `${condition}: everything, bit-exact`,
  someLeft: (condition: string, shown: number, total: number, what: string): string =>
    `${condition}: ${shown === 1 ? "layer 1" : `layers 1 to ${shown}`} of ${total}, ${what}`,
  need: (k: number, n: number): string => `any ${k} of ${n}`,
  preview: "Preview",
  allOfIt: "All of it",
  exact: "Bit-exact",
  layer: (at: number): string => `Layer ${at}`,
  pinned: "In your drive",
  pin: "Look after it",
  pinHint: "As if it were yours: it is in your drive, and its holders keep it.",
  nothing: "Nothing to see",
  textOf: (name: string): string => `Text of ${name}`,
  files: (many: number, size: string): string =>
    `${many} ${many === 1 ? "file" : "files"}, ${size}`,
  firstFiles: (many: number): string => `, the first ${many} of them`,
  allFragments: (n: number): string => `all ${n} fragments`,
  onlyFragments: (value: number, n: number): string => `only ${value} of ${n} fragments`,
  whatIfBefore: "What would be left with ",
  whatIfAfter: "?",
  asking: "Asking for the first layer …",
  noMore: "No more can be shown now.",
  tooLarge: "Too large to show. Download it.",
  unshown: "A page cannot show this kind of file. Download it.",
  undecoded: "This cannot be decoded. Download it.",
  unreadable: "The file could not be read, or the peer went away.",
  stopped: "Stopped.",
  status: (code: number): string => `The peer answered with status ${code}.`,
  stored: (summary: string): string => `Stored. ${summary}`,
  unchecked: "not checked yet",
  proved: (proved: number, asked: number): string =>
    `proved ${proved} of ${asked} ${asked === 1 ? "time" : "times"} that it keeps what it should`,
  failed: (kept: string, bad: number): string => `${kept}, failed ${bad}`,
};
