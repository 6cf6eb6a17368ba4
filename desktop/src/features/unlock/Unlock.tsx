// The first screen: who is here, and their passphrase.

import { Button, PasswordInput } from "@mantine/core";
import { type FormEvent, type KeyboardEvent, useCallback, useEffect, useRef, useState } from "react";
import { type HomeView, type PersonView, platform, type StatusView } from "#platform";
import { Choice } from "#ui/Choice.tsx";
import { Door } from "#ui/Door.tsx";
import { Notice } from "#ui/Notice.tsx";
import { explain } from "#ui/problem.ts";
import { useCommand } from "#ui/useCommand.ts";
import { words as common } from "#ui/words.ts";
import { words } from "./words";
import "./Unlock.css";

interface UnlockProps {
  /** Set if the window locked itself while somebody was working. */
  wasLocked: boolean;
  onUnlocked: (status: StatusView) => void;
  /** This computer has to join the others first; whether it has begun to. */
  onNotEnrolled: (begun: boolean) => void;
}

export function Unlock({ wasLocked, onUnlocked, onNotEnrolled }: UnlockProps) {
  const { run, error, busy } = useCommand();
  const [home, setHome] = useState<HomeView | null>(null);

  const look = useCallback(async () => setHome(await run(platform.home)), [run]);
  useEffect(() => {
    void look();
  }, [look]);
  const code = error?.code;
  useEffect(() => {
    if (code === "notEnrolled" || code === "enrolmentPending") onNotEnrolled(code === "enrolmentPending");
  }, [code, onNotEnrolled]);

  return (
    <Door title={words.welcome(home?.site ?? "")}>
      {error ? (
        <Notice
          kind="doubt"
          title={words.cannot}
          action={<Button onClick={() => void look()}>{words.again}</Button>}
        >
          <p>{explain(error)}</p>
        </Notice>
      ) : null}
      {home ? <UnlockForm home={home} wasLocked={wasLocked} onUnlocked={onUnlocked} /> : null}
      {busy ? <p className="soft">{common.loading}</p> : null}
    </Door>
  );
}

type FormProps = Omit<UnlockProps, "onNotEnrolled"> & { home: HomeView };

function UnlockForm({ home, wasLocked, onUnlocked }: FormProps) {
  const unlocking = useCommand();
  const only = home.people.length === 1 ? home.people[0] : undefined;
  const [person, setPerson] = useState<PersonView | null>(only ?? null);
  const [passphrase, setPassphrase] = useState("");
  const [checked, setChecked] = useState(false);
  const [capsLock, setCapsLock] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  const unlock = async (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (!person) return;
    if (passphrase === "") {
      field.current?.focus();
      return;
    }
    const status = await unlocking.run(() => platform.unlock(person.id, passphrase));
    if (status) onUnlocked(status);
    else field.current?.select();
  };
  const choose = (id: string) => {
    setPerson(home.people.find((it) => `${it.id}` === id) ?? null);
    unlocking.clear();
  };
  const watchCaps = (event: KeyboardEvent) => setCapsLock(event.getModifierState("CapsLock"));
  const wait = unlocking.error?.detail?.waitSeconds ?? null;
  const failed = unlocking.error ? (wait ? words.wait(wait) : explain(unlocking.error)) : null;
  const trouble = failed ?? (checked && person && passphrase === "" ? words.needsPassphrase : null);

  return (
    <form className="door-form" onSubmit={(event) => void unlock(event)}>
      {wasLocked ? <Notice kind="settled">{words.draftsKept}</Notice> : null}
      <Choice
        label={words.who}
        options={home.people.map((it) => ({
          value: `${it.id}`,
          label: it.name,
          detail: common.role[it.role] ?? it.role,
        }))}
        value={person ? `${person.id}` : null}
        onChange={choose}
        problem={checked && !person ? words.needsPerson : null}
        stacked
        autoFocus={!only}
      />
      <PasswordInput
        ref={field}
        size="lg"
        label={words.passphrase}
        value={passphrase}
        onChange={(event) => setPassphrase(event.currentTarget.value)}
        onKeyUp={watchCaps}
        description={capsLock ? words.capsLock : undefined}
        error={trouble}
        autoComplete="off"
        autoFocus={only !== undefined}
        visibilityToggleButtonProps={{ "aria-label": common.showPassphrase, tabIndex: 0 }}
      />
      <Button type="submit" size="lg" fullWidth loading={unlocking.busy}>
        {words.unlock}
      </Button>
      <p className="unlock-safe">{words.safe}</p>
    </form>
  );
}
