/** Name of the format, and its version: a reader looks into about.json first. */
export const EXPORT_FORMAT = "peernet-export";
/** See EXPORT_FORMAT. */
export const EXPORT_VERSION = 1;

/** What is in the file and what is not, for whoever finds it; lines of at most 78 letters. */
export const README = `What this is
============
Everything of one person that a peer of Peernet had on this device, to be read
without Peernet: texts (UTF-8), tables (CSV, RFC 4180) and JSON. Lines of
*.jsonl are one JSON value each. Times are UTC. about.json says whose it is,
when it was made, and the version of this format.

  contacts/    people, as vCard for any address book and as JSON
  messages/    conversations, one person each: .txt to read, .jsonl with all
  groups/      members and messages of each group
  money/       lines, their statements, receipts with proofs, communities
  files/       what was stored, with links
  folders/     what is in each folder, with the link that lets others read it
  settings/    what was set on this device
  me.jpg       the picture that was shown to contacts, where there was one

Keep it as you would keep a diary. Whoever has it reads the messages, and a link
is a key: whoever has it can get the file or read the folder.

What is left out
================
- Secret keys and the 24 recovery words: nobody can become you with this file,
  and no peer can be made from it. To move, take the folder of the peer along.
- What is inside files and folders: get them by their links, while there are
  peers that keep them, or save them one by one.
- Links that let others write to a folder.
- Messages and statements that this device never had, and of each statement all
  but the newest 10,000 entries.
- Pictures of other people, the log, and what was deleted.
- What could not be read just then: left-out.txt names it, where there is any.

Was das ist
===========
Alles von einer Person, was ein Peer von Peernet auf diesem Gerät hatte, ohne
Peernet zu lesen: Texte (UTF-8), Tabellen (CSV) und JSON. Zeiten sind UTC.
Bewahre es auf wie ein Tagebuch: Wer es hat, liest die Nachrichten, und ein
Link ist ein Schlüssel zu einer Datei oder einem Ordner.

Es fehlen: geheime Schlüssel und die 24 Wörter (niemand kann damit du werden),
was in Dateien und Ordnern steht, Links zum Schreiben in Ordner, was dieses
Gerät nie hatte, von jedem Auszug alles vor den neuesten 10.000 Einträgen,
Bilder anderer, das Protokoll, Gelöschtes, und was sich gerade nicht lesen ließ
(left-out.txt nennt es).
`;
