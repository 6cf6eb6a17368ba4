// What the screen of the colleagues says.

import type { ColleagueStanding } from "#platform";

export const words = {
  title: "Who unlocks this computer",
  hint: "Everybody works under their own name and passphrase. Two people never share one.",
  standing: {
    unlocks: "Unlocks this computer",
    vouched: "Unlocks it for now",
    waits: "Waits for the office",
    noKeys: "Does not unlock it",
  } satisfies Record<ColleagueStanding, string>,
  you: "you",
  until: (day: string) => `Until ${day}, unless the office confirms it before.`,
  readWords: "The office sees six words. Read these to them; they must be the same:",
  letIn: "Let in",
  again: "New passphrase",
  change: "Change my passphrase",
  back: "Back",

  letInTitle: (name: string) => `Let ${name} in`,
  againTitle: (name: string) => `A new passphrase for ${name}`,
  handOver: (name: string) => `Now ${name} sits down here and chooses a passphrase that nobody else knows.`,
  forgot: "The old passphrase opens nothing from then on. What they wrote stays theirs.",
  vouch: (name: string) => `I know that this is ${name}. Let them work at once`,
  vouchHint: "As this site’s manager. For 14 days, until the office has confirmed it; the history shows it.",
  office: "They can work here once the office has approved, after the next two syncs.",
  done: "Done",
  doneTitle: (name: string) => `${name} chose a passphrase`,

  changeTitle: "Change your passphrase",
  old: "Your passphrase now",
  chosen: "Choose a passphrase",
  chosenHint: "Four words or more that have nothing to do with each other. Nobody can look it up.",
  repeat: "The passphrase again",
  differs: "The two passphrases differ.",
  needed: "Write a passphrase.",
  save: "Save",
  changed: "Your passphrase is changed. The old one opens nothing any more.",
};
