/** Words of the pages about the log, and about everything as one file. */
export const records = {
  logsIntro:
    "What this peer does and what goes wrong. Lines name peers, links and codes; no messages and no keys.",
  logsEnglish: "The lines themselves are English.",
  level: "How much",
  levels: {
    debug: "Everything",
    info: "What matters",
    warn: "Warnings only",
  },
  levelNames: { debug: "detail", info: "note", warn: "warning" },
  find: "Find in the log",
  findExample: "neighbour, a peer, an error",
  none: "Nothing was written yet",
  noneHint: "Lines come here by themselves as they are written.",
  notFound: "No line has all these words.",
  shown: (many: number): string => `${many} ${many === 1 ? "line" : "lines"}, the newest first`,
  older: (many: number): string => `${many} older ones fit as well.`,
  showAll: "Show them",
  file: (file: string): string => `Still older ones: ${file}`,
  saveLog: "Save these lines",
  exportIntro: "One file with what is yours, to read anywhere without Peernet.",
  exportIn: "What is in it",
  exportInList: (): readonly string[] => [
    "Contacts, as vCard and JSON",
    "Messages of all conversations and groups, as text and JSON",
    "Groups: who is in them, and what they may do",
    "Money: statements and receipts, as tables",
    "Your files and folders as lists, with their links",
    "Settings, and your picture",
  ],
  exportOut: "What is left out",
  exportOutList: (): readonly string[] => [
    "Secret keys and the 24 words: nobody can become you with this file",
    "What is inside your files: save those one by one, or take the folder of this peer along",
    "Messages and statements that this device never had",
    "Pictures of others, the log, and what you deleted",
  ],
  exportWarning:
    "Whoever has this file reads your messages, and gets your files by their links. Keep it as you would keep a diary.",
  exportButton: "Save everything as a file",
};
