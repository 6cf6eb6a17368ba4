// What the frame around every screen says: the way about, the honest line, the keys.

import type { QueueClass } from "#platform";
import { counted } from "#ui/words.ts";

export const words = {
  nav: "Screens",
  find: "Find",
  register: "Register",
  decide: (many: number) => `${many} to decide`,
  help: "Keys",
  lock: "Lock",
  people: "Who unlocks this computer",
  registered: (number: string) => `Registered. The number is ${number}.`,
  visitSaved: "The visit is saved.",
  corrected: "The correction is saved. The old value stays in the history.",
  resolved: "Decided. Both values stay in the history.",

  statusLabel: "What is at the hub",
  allAtHub: "Everything of yours is at the hub",
  notMerged: (many: number) =>
    `The hub has everything of yours, and could not merge ${counted(many, "entry", "entries")}. Tell the HIM office.`,
  onlyHere: (many: number) => `${counted(many, "entry", "entries")} only on this computer`,
  neverMet: "This computer has not met the hub yet",
  lastMet: (when: string) => `last met ${when}`,
  attemptFailed: (when: string, why: string) => `Tried ${when}: ${why}`,
  nextTry: (seconds: number) =>
    seconds < 60
      ? "It is tried again within a minute."
      : `It is tried again within ${counted(Math.ceil(seconds / 60), "minute", "minutes")}.`,
  meeting: "Meeting the hub…",
  connecting: "Looking for the hub",
  queued: {
    own: (many: number) => `${counted(many, "entry", "entries")} to send`,
    feeds: (many: number) => `${counted(many, "change", "changes")} to come`,
  } satisfies Record<QueueClass, (many: number) => string>,
  rate: (bytes: string) => `${bytes} a second`,
  timeLeft: (seconds: number) =>
    seconds < 90
      ? `about ${counted(seconds, "second", "seconds")} left`
      : `about ${counted(Math.round(seconds / 60), "minute", "minutes")} left`,
  metered: "Every byte costs here: charts from elsewhere come when you sync now.",
  setAside: (many: number) =>
    `${counted(many, "change", "changes")} from elsewhere could not be read and ${many === 1 ? "is" : "are"} kept aside. Tell your administrator.`,
  clockWrong:
    "This computer’s clock looks wrong. Set the date and time before you go on: visits are written with it.",
  statusUnknown: "It is not known what is at the hub.",
  syncNow: "Sync now",

  helpTitle: "Keys",
  helpKeys: [
    ["F1", "Show these keys"],
    ["F2", "Find a patient: then type any part of name, number, phone or village"],
    ["↑ ↓ Enter", "Choose a patient in the list, open"],
    ["F3", "Register a new patient, with the name you typed"],
    ["F4", "On a chart: write a visit"],
    ["F6", "On a chart: correct name, birth date, phone or address"],
    ["Ctrl Enter", "Save the form you are in"],
    ["Esc", "Back; what you were writing in a visit or a registration is kept"],
    ["F7", "Who unlocks this computer; let a colleague in; change your passphrase"],
    ["F8", "Sync with the hub now"],
    ["F9", "Lock, for the next person"],
  ] as const,
  helpMarks: "What the marks mean",
  helpOnlyHere:
    "Only on this computer: saved here, not yet at the hub. If this computer were lost now, so would this be.",
  helpConflict:
    "To decide: two places wrote different values while apart. Both are kept until someone chooses.",
};
