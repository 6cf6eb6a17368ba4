// Which parts of a text are the ones that were sought.

import { folded } from "#ui/format.ts";

export interface Part {
  at: number;
  text: string;
  hit: boolean;
}

/** Splits a text at every sought word. */
export function split(text: string, sought: string): Part[] {
  const letters = [...text];
  const plain = letters.map(folded);
  const hits = new Array<boolean>(letters.length).fill(false);
  for (const word of folded(sought).split(/\s+/)) {
    if (word !== "") markWord(plain, word, hits);
  }
  const parts: Part[] = [];
  letters.forEach((letter, at) => {
    const last = parts.at(-1);
    const hit = hits[at] ?? false;
    if (last && last.hit === hit) last.text += letter;
    else parts.push({ at, text: letter, hit });
  });
  return parts;
}

function markWord(plain: readonly string[], word: string, hits: boolean[]) {
  for (let from = 0; from < plain.length; from += 1) {
    let joined = "";
    let to = from;
    while (joined.length < word.length && to < plain.length) {
      joined += plain[to] ?? "";
      to += 1;
    }
    if (joined === word) hits.fill(true, from, to);
  }
}
