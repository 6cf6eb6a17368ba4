// Lets this computer join: an invite and a passphrase, then six words that two people compare.

import { Button, PasswordInput, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useState } from "react";
import { type EnrolmentView, platform } from "#platform";
import { Door } from "#ui/Door.tsx";
import { Notice } from "#ui/Notice.tsx";
import { explain, fieldProblem, generalProblem } from "#ui/problem.ts";
import { attempt, useCommand } from "#ui/useCommand.ts";
import { words as common } from "#ui/words.ts";
import { words } from "./words";
import "./Enrol.css";

/** How long between two questions whether somebody approved. */
const ASK_AGAIN_MS = 3_000;
/** Failures that asking again does not mend. */
const FINAL = new Set(["inviteUsed", "inviteExpired", "enrolmentDeclined", "hubNotOurs", "versionUnknown"]);

interface EnrolProps {
  /** Whether this computer has asked already and waits. */
  begun: boolean;
  onDone: () => void;
}

export function Enrol({ begun, onDone }: EnrolProps) {
  const [asking, setAsking] = useState(false);
  if (asking) return <Waiting onDone={onDone} />;
  return begun ? <Resume onGo={() => setAsking(true)} /> : <Begin onGo={() => setAsking(true)} />;
}

const FIELDS = ["invite", "label", "passphrase"];
const INVITE_CODES = new Set(["notAnInvite", "inviteTypingError"]);

function Begin({ onGo }: { onGo: () => void }) {
  const { run, error, busy } = useCommand();
  const [invite, setInvite] = useState("");
  const [label, setLabel] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const [checked, setChecked] = useState(false);

  const begin = async (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (invite.trim() === "" || label.trim() === "" || passphrase === "" || passphrase !== again) return;
    const begun = await run(async () => {
      const done = await platform.beginEnrolment(invite.trim(), label.trim(), passphrase);
      return done.status === "ok" ? { status: "ok" as const, data: true } : done;
    });
    if (begun) onGo();
  };
  const ofInvite = error && INVITE_CODES.has(error.code) ? explain(error) : null;
  const general = ofInvite ? null : generalProblem(error, FIELDS);

  return (
    <Door title={words.beginTitle}>
      <form className="door-form" onSubmit={(event) => void begin(event)} noValidate>
        <p className="soft">{words.beginHint}</p>
        <Textarea
          label={words.invite}
          placeholder={words.inviteHint}
          value={invite}
          onChange={(event) => setInvite(event.currentTarget.value)}
          error={ofInvite ?? (checked && invite.trim() === "" ? words.needsInvite : null)}
          rows={3}
          spellCheck={false}
          autoFocus
        />
        <TextInput
          label={words.label}
          placeholder={words.labelHint}
          value={label}
          onChange={(event) => setLabel(event.currentTarget.value)}
          error={checked && label.trim() === "" ? words.needsLabel : fieldProblem(error, "label")}
          maxLength={100}
          autoComplete="off"
        />
        <PasswordInput
          label={words.passphrase}
          description={words.passphraseHint}
          value={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
          error={checked && passphrase === "" ? words.needsPassphrase : fieldProblem(error, "passphrase")}
          autoComplete="off"
          visibilityToggleButtonProps={{ "aria-label": common.showPassphrase }}
        />
        <PasswordInput
          label={words.again}
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
          error={checked && passphrase !== again ? words.differs : null}
          autoComplete="off"
          visibilityToggleButtonProps={{ "aria-label": common.showPassphrase }}
        />
        {general ? <Notice kind="danger">{general}</Notice> : null}
        <Button type="submit" size="lg" loading={busy}>
          {words.begin}
        </Button>
      </form>
    </Door>
  );
}

function Resume({ onGo }: { onGo: () => void }) {
  const { run, error, busy } = useCommand();
  const [passphrase, setPassphrase] = useState("");
  const resume = async (event: FormEvent) => {
    event.preventDefault();
    const resumed = await run(async () => {
      const done = await platform.resumeEnrolment(passphrase);
      return done.status === "ok" ? { status: "ok" as const, data: true } : done;
    });
    if (resumed) onGo();
  };
  return (
    <Door title={words.resumeTitle}>
      <form className="door-form" onSubmit={(event) => void resume(event)} noValidate>
        <p className="soft">{words.resumeHint}</p>
        <PasswordInput
          size="lg"
          label={words.resumePassphrase}
          value={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
          error={error ? explain(error) : null}
          autoComplete="off"
          autoFocus
          visibilityToggleButtonProps={{ "aria-label": common.showPassphrase }}
        />
        <Button type="submit" size="lg" loading={busy}>
          {words.resume}
        </Button>
      </form>
    </Door>
  );
}

/** Asks the hub again and again until somebody there has decided. */
function Waiting({ onDone }: { onDone: () => void }) {
  const [seen, setSeen] = useState<readonly string[] | null>(null);
  const [trouble, setTrouble] = useState<{ text: string; final: boolean } | null>(null);

  useEffect(() => {
    let shown = true;
    let timer = 0;
    const take = (view: EnrolmentView) => {
      if (view.state === "approved") onDone();
      else setSeen(view.words);
      return view.state === "pending";
    };
    const ask = async () => {
      const result = await attempt(platform.pollEnrolment);
      if (!shown) return;
      let goOn = true;
      if (result.status === "ok") {
        setTrouble(null);
        goOn = take(result.data);
      } else {
        goOn = !FINAL.has(result.error.code);
        setTrouble({ text: explain(result.error), final: !goOn });
      }
      if (goOn) timer = window.setTimeout(() => void ask(), ASK_AGAIN_MS);
    };
    void ask();
    return () => {
      shown = false;
      window.clearTimeout(timer);
    };
  }, [onDone]);

  return (
    <Door title={words.waitTitle}>
      {seen ? (
        <ol className="enrol-words">
          {seen.map((it, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a word may come twice, its place does not
            <li key={place}>{it}</li>
          ))}
        </ol>
      ) : null}
      {seen ? (
        <p>
          {words.waitHint} {words.differHint}
        </p>
      ) : null}
      {trouble ? (
        <Notice kind={trouble.final ? "danger" : "doubt"}>
          {trouble.text} {trouble.final ? "" : words.troubled}
        </Notice>
      ) : (
        <p className="soft" role="status">
          {seen ? words.waiting : common.loading}
        </p>
      )}
    </Door>
  );
}
