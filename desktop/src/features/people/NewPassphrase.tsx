// Choosing a passphrase: typed twice, checked by the host.

import { PasswordInput } from "@mantine/core";
import { useState } from "react";
import { words as common } from "#ui/words.ts";
import { words } from "./words";

export interface Chosen {
  first: string;
  again: string;
  checked: boolean;
  setFirst: (text: string) => void;
  setAgain: (text: string) => void;
  /** Returns the passphrase if both are the same and not empty; shows what is wrong otherwise. */
  take: () => string | null;
}

export function useNewPassphrase(): Chosen {
  const [first, setFirst] = useState("");
  const [again, setAgain] = useState("");
  const [checked, setChecked] = useState(false);
  const take = () => {
    setChecked(true);
    return first !== "" && first === again ? first : null;
  };
  return { first, again, checked, setFirst, setAgain, take };
}

interface NewPassphraseProps {
  chosen: Chosen;
  /** What the host says of it. */
  problem: string | null;
  autoFocus?: boolean;
}

export function NewPassphrase({ chosen, problem, autoFocus }: NewPassphraseProps) {
  const { first, again, checked } = chosen;
  return (
    <>
      <PasswordInput
        label={words.chosen}
        description={words.chosenHint}
        value={first}
        onChange={(event) => chosen.setFirst(event.currentTarget.value)}
        error={checked && first === "" ? words.needed : problem}
        autoComplete="off"
        data-autofocus={autoFocus}
        visibilityToggleButtonProps={{ "aria-label": common.showPassphrase }}
      />
      <PasswordInput
        label={words.repeat}
        value={again}
        onChange={(event) => chosen.setAgain(event.currentTarget.value)}
        error={checked && first !== again ? words.differs : null}
        autoComplete="off"
        visibilityToggleButtonProps={{ "aria-label": common.showPassphrase }}
      />
    </>
  );
}
