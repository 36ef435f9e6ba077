import type { Command } from "../command.ts";
import { allowCommand, denyCommand } from "./access.ts";
import { chatCommand } from "./chat.ts";
import { clearingCommand } from "./clearing.ts";
import { communityCommand } from "./community.ts";
import { consoleCommand } from "./console.ts";
import { contactsCommand } from "./contacts.ts";
import { demoCommand } from "./demo.ts";
import { deviceCommand } from "./device.ts";
import { doctorCommand } from "./doctor.ts";
import { forwardCommand, proxyCommand, serveCommand } from "./doors.ts";
import { driveCommand } from "./drive.ts";
import { exportCommand } from "./export.ts";
import { folderCommand } from "./folder.ts";
import { gatewayCommand } from "./gateway.ts";
import { getCommand } from "./get.ts";
import { groupCommand } from "./group.ts";
import { logsCommand } from "./logs.ts";
import { mapCommand } from "./map.ts";
import { inboxCommand, sendCommand } from "./messages.ts";
import { currencyCommand, lineCommand, statementCommand } from "./money.ts";
import { mountCommand, unmountCommand } from "./mount.ts";
import { linkCommand, pingCommand, stopCommand } from "./network.ts";
import { payCommand } from "./pay.ts";
import { paymentsCommand, receiptsCommand, requestCommand } from "./payments.ts";
import { peersCommand } from "./peers.ts";
import { addCommand, inviteCommand } from "./people.ts";
import { pictureCommand } from "./picture.ts";
import { pipeCommand } from "./pipe.ts";
import { anchorsCommand, carryCommand, messagesCommand } from "./post.ts";
import { putCommand } from "./put.ts";
import { rateCommand } from "./rates.ts";
import { recoveryCommand } from "./recovery.ts";
import { introduceCommand, requestsCommand } from "./requests.ts";
import { restoreCommand } from "./restore.ts";
import { speedCommand } from "./speed.ts";
import { statusCommand } from "./status.ts";
import { upCommand } from "./up.ts";
import { explainCommand, traceCommand } from "./ways.ts";

/** All commands, in the order in which the overview lists them. */
export const COMMANDS: readonly Command[] = [
  upCommand,
  consoleCommand,
  statusCommand,
  peersCommand,
  mapCommand,
  doctorCommand,
  logsCommand,
  inviteCommand,
  addCommand,
  contactsCommand,
  deviceCommand,
  pictureCommand,
  introduceCommand,
  requestsCommand,
  sendCommand,
  inboxCommand,
  chatCommand,
  messagesCommand,
  anchorsCommand,
  carryCommand,
  putCommand,
  getCommand,
  driveCommand,
  folderCommand,
  groupCommand,
  currencyCommand,
  lineCommand,
  payCommand,
  requestCommand,
  paymentsCommand,
  receiptsCommand,
  rateCommand,
  clearingCommand,
  statementCommand,
  communityCommand,
  mountCommand,
  unmountCommand,
  pingCommand,
  traceCommand,
  explainCommand,
  speedCommand,
  forwardCommand,
  serveCommand,
  pipeCommand,
  proxyCommand,
  gatewayCommand,
  allowCommand,
  denyCommand,
  linkCommand,
  exportCommand,
  recoveryCommand,
  restoreCommand,
  demoCommand,
  stopCommand,
];
