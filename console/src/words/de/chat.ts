import type { chat as english } from "../en/chat.ts";

/** Words of a conversation, in German. */
export const chat: typeof english = {
  conversation: "Gespräch",
  messages: "Nachrichten",
  sayHello: "Sag hallo",
  sayHelloHint: "Versiegelt für euch beide; es wartet hier, bis die Person erreichbar ist.",
  newMessages: "Neue Nachrichten",
  older: "Ältere werden geladen …",
  messageTo: (name) => `Nachricht an ${name}`,
  placeholder: "Nachricht",
  send: "Senden",
  tooLong: (size, most) =>
    `${size} sind für eine Nachricht zu lang (höchstens ${most}). Leg es in die Ablage und schick den Link.`,
  attach: "Datei anhängen",
  dropHere: "Loslassen, um es zu senden",
  sending: (name) => `${name} kommt in deine Ablage …`,
  reply: "Antworten",
  replying: "Antwort auf",
  noReply: "Auf nichts Bestimmtes antworten",
  goneReply: "eine Nachricht, die nicht hier ist",
  yours: "Du",
  why: "Warum?",
  details: "Wie weit sie ist",
  noWhy: "Sie ist angekommen.",
  since: (time) => `seit ${time}`,
  readAt: "gelesen",
  states: {
    sent: "von einem anderen Gerät gesendet",
    read: "gelesen",
    delivered: "zugestellt",
    waiting: "wartet",
    nobody: "sonst ist niemand in der Gruppe",
    everybody: (many) => (many === 1 ? "beim anderen Mitglied" : `bei allen ${many}`),
    some: (have, of) => `bei ${have} von ${of}`,
    with: (names) => `bei ${names}`,
  },
  look: "Ansehen",
  download: "Herunterladen",
  noFile: "Datei ohne Namen",
  groupHello: "Noch nichts geschrieben",
  groupHelloHint:
    "Versiegelt für die Mitglieder; jedes gibt es an die weiter, die später erreichbar sind.",
  groupAlone: "Noch ist sonst niemand dabei: Das i führt zu den Einladungen.",
  openedBy: (names) => `Geöffnet von ${names}.`,
  notHeard: (many) =>
    many === 1
      ? "Ein Mitglied hat es diesem Gerät noch nicht gesagt, kann sie aber trotzdem haben."
      : `${many} Mitglieder haben es diesem Gerät noch nicht gesagt, können sie aber trotzdem haben.`,
  waitsForMember: "Sie wartet hier, bis ein Mitglied erreichbar ist.",
  onlyOther: "Ein anderes deiner Geräte hat sie geschrieben; nur dieses weiß, wie weit sie ist.",
  noKeys: (names) => `Von ${names} ist hier noch kein Gerät bekannt, das lesen könnte.`,
  unverified: "nicht geprüft",
};
