// What several screens say, in English. Another language is another file of this shape.

import type { AgeUnit, ConflictRegister, ErrorCode } from "#platform";

export const locale = "en-GB";

/** "1 entry", "3 entries". */
export function counted(many: number, one: string, more: string): string {
  return `${new Intl.NumberFormat(locale).format(many)} ${many === 1 ? one : more}`;
}

export const words = {
  sex: { female: "Female", male: "Male", other: "Other", unknown: "Not known" } as Record<string, string>,
  sexNotRecorded: "Sex not recorded",
  age: (many: number, unit: AgeUnit): string => {
    switch (unit) {
      case "years":
        return counted(many, "year", "years");
      case "months":
        return counted(many, "month", "months");
      case "days":
        return counted(many, "day", "days");
    }
  },
  ageNotKnown: "Age not known",
  about: "about",
  born: (date: string) => `born ${date}`,
  died: "Died",
  nameless: "No name recorded",
  numberless: "No number",
  number: "Number",
  phone: "Phone",
  phoneNotRecorded: "No phone recorded",
  village: "Village",
  placeNotRecorded: "No village recorded",
  undecided: (what: string) => `${what} to decide`,
  onlyHere: "Only on this computer",
  alsoRecorded: (value: string, author: string, site: string, when: string) =>
    `Also recorded: ${value}, by ${author} at ${site}, ${when}`,
  today: "today",
  yesterday: "yesterday",
  now: "just now",
  minutesAgo: (many: number) => `${counted(many, "minute", "minutes")} ago`,
  day: "Day",
  month: "Month",
  year: "Year",
  register: {
    birthDate: "Birth date",
    sex: "Sex",
    deceased: "Living or died",
    statement: "Entry",
  } satisfies Record<ConflictRegister, string>,
  deceasedValue: { living: "Living", dead: "Died, date not known" } as Record<string, string>,
  estimated: "an estimate",
  allergies: {
    title: "Allergies",
    none: "No known allergies",
    noneDetail: "Asked, and none is known.",
    notAsked: "Not asked yet",
    notAskedDetail: "Nothing is recorded about allergies. Ask before you treat.",
    severe: "Severe",
    reaction: (text: string) => text,
    recorded: (when: string, site: string) => `${when}, ${site}`,
  },
  role: {
    registrar: "Registrar",
    nurse: "Nurse",
    clinician: "Clinician",
    coder: "Coder",
    "him-officer": "HIM officer",
    "privacy-officer": "Privacy officer",
    analyst: "Analyst",
    "site-manager": "Site manager",
    administrator: "Administrator",
  } as Record<string, string>,
  close: "Close",
  cancel: "Cancel",
  loading: "One moment…",
  brokenTitle: "This screen stopped",
  brokenText: "Nothing that was saved is lost. Go back to the start and open the patient again.",
  brokenAction: "Back to the start",
  showPassphrase: "Show or hide the passphrase",
};

/** What each failure means to the person who reads it, and what to do next. */
export const problems: Record<ErrorCode, string> = {
  notEnrolled: "This computer is not enrolled yet. Ask your administrator for an invite.",
  alreadyEnrolled: "This computer is enrolled already.",
  enrolmentPending: "The enrolment waits for your administrator to approve it.",
  notAnInvite: "This is not an invite. It begins with “posta1-”.",
  inviteTypingError: "The invite has a typing error. Compare it letter by letter.",
  inviteUsed: "This invite was used before. Ask for a new one.",
  inviteExpired: "This invite is too old. Ask for a new one.",
  passphraseTooShort: "The passphrase is too short. Use four words.",
  passphraseTooEasy:
    "The passphrase is too easy to guess. Use four words that have nothing to do with each other.",
  admissionEnded:
    "The manager vouched for you for some days, and they have passed. Sync, or ask the manager to vouch again.",
  noSuchColleague: "No such colleague works at this site.",
  notARecoveryKey: "This is not a recovery key of this computer.",
  wrongPassphrase: "That is not the passphrase. Check for capital letters and try again.",
  waitBeforeNextTry: "Too many wrong passphrases. Wait a little, then try again.",
  enrolmentDeclined: "Your administrator declined the enrolment. Ask for a new invite.",
  linkLost: "The connection broke before everything was done. Nothing is lost; try again.",
  personUnknown: "This person cannot unlock this computer. Choose your own name.",
  inUse: "Posta is open already on this computer. Close the other window first.",
  damaged:
    "The records on this computer could not be read. Leave everything as it is and call your administrator.",
  wrongKey:
    "The passphrase is right, but the records on this computer are locked with another key. Leave everything as it is and call your administrator.",
  notEncrypted:
    "The records on this computer were replaced by a file that is not encrypted. Do not work on it; call your administrator.",
  wrongKind: "A hub’s records lie where this computer’s own should be. Call your administrator.",
  tooNew: "A newer Posta wrote these records. Update this computer first.",
  diskFull: "The disk is full. Free some space and save again; nothing was lost.",
  busy: "The computer is busy. Wait a moment and try again.",
  diskFailed: "The disk did not take it. Try again; if it stays, call your administrator.",
  locked: "Posta is locked. Unlock it and go on.",
  notAllowed: "Your role does not allow this here.",
  chartNotFound: "This chart is not on this computer.",
  tooLarge: "This is too long for one chart. Shorten it.",
  attachmentTooLarge: "An attachment has at most 16 MB, and cannot be empty.",
  attachmentNotHere: "This attachment is not on this computer yet. It comes with the next sync.",
  attachmentUnknown: "The chart has no such attachment, or several with this title.",
  fieldMissing: "This is needed.",
  fieldInvalid: "This cannot be right. Check it.",
  fieldTooLong: "This is too long.",
  notADate: "This is not a date.",
  noSuchDay: "There is no such day in the calendar.",
  dateAhead: "This date lies ahead of today.",
  notANumber: "Write a number.",
  impossible: "Nobody can have this value. Check it.",
  unlikely: "This is unlikely. Measure again; if it is right, confirm it.",
  nothingToChange: "Nothing was changed yet.",
  allergyStands:
    "An allergy of this patient is recorded, so “none known” cannot be. Look at the chart again.",
  conflictChanged: "Something newer was recorded meanwhile. Look at the values again.",
  numbersUsedUp:
    "This computer has no patient numbers left. Ask the hub's administrator for another block, then sync.",
  hubUnreachable: "The hub could not be reached.",
  hubTimeout: "The hub took too long to answer.",
  hubNotOurs: "Something else answered in the hub's place. Call your administrator.",
  deviceUnknown: "The hub does not accept this computer any more. Call your administrator.",
  hubBusy: "The hub is busy. It is tried again by itself.",
  hubRefused: "The hub refused. Call your administrator.",
  versionUnknown: "This Posta and the hub are too far apart. Update this computer.",
  bundleDamaged: "The file from the stick is cut or damaged. Copy it again, or have it written again.",
  bundleNotForUs: "This file is not from our hub for this computer. Bring it to where it belongs.",
  peerUnreachable: "No other computer answers there. See that it is on, and on the same network.",
  peerRefused:
    "The two computers do not go on. Both must belong to the same hub, and one of them may have to meet it first.",
  addressInUse: "Other computers cannot be let in at this address.",
  bundleTooLate:
    "This file begins after what is held here. Read the one before it first, or ask for one from the start.",
  logDiffers:
    "What this computer and the hub hold does not fit together. Nothing is lost: go on working, and tell your administrator.",
  fileFailed: "The file could not be read or written.",
  fault: "Something went wrong inside Posta. What was saved is safe; try again.",
};

export const birthWords = {
  title: "Birth date",
  known: "What is known",
  kinds: [
    { value: "date", label: "The date" },
    { value: "age", label: "Only about how old" },
  ],
  age: "Age",
  unit: "Counted in",
  units: [
    { value: "years", label: "Years" },
    { value: "months", label: "Months" },
  ],
  hint: "The year alone is enough.",
  read: (date: string, estimated: boolean) =>
    estimated ? `Born about ${date}, marked as an estimate.` : `Born ${date}.`,
  problems: {
    incomplete: "Write the year with four digits, and the month with a day.",
    notANumber: "Write numbers.",
    noSuchDay: "There is no such day in the calendar.",
    dateAhead: "This date lies ahead of today.",
    tooOld: "Nobody is this old. Check the year.",
  },
} as const;
