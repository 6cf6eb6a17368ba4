// The home screen: type any part of who it is, choose, open.

import { Button, TextInput } from "@mantine/core";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { PatientRow } from "#platform";
import { Search } from "#ui/icons.tsx";
import { Key } from "#ui/Key.tsx";
import { Notice } from "#ui/Notice.tsx";
import { explain } from "#ui/problem.ts";
import { PatientList } from "./PatientList";
import { useSearch } from "./useSearch";
import { words } from "./words";
import "./Find.css";

/** As many as the client gives at most; with so many, it says that there may be more. */
const MOST = 50;

interface FindProps {
  typed: string;
  onTyped: (text: string) => void;
  recent: readonly PatientRow[];
  charts: number;
  conflicts: number;
  opening: boolean;
  problem: string | null;
  onOpen: (row: PatientRow) => void;
  onRegister: () => void;
  onConflicts: () => void;
}

export function Find(props: FindProps) {
  const { typed, onTyped, recent, onOpen, onRegister } = props;
  const field = useRef<HTMLInputElement>(null);
  const search = useSearch(typed);
  const [active, setActive] = useState(0);
  useTypeAtOnce(field);

  const text = typed.trim();
  const rows = text === "" ? recent : search.rows;
  const at = Math.min(active, rows.length - 1);

  const hear = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive(Math.max(0, Math.min(rows.length - 1, at + step)));
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      // Never the chart of an earlier letter: what is opened must be what the list shows for these letters.
      const row = rows[at];
      if (row && !search.pending) onOpen(row);
    } else if (event.key === "Escape" && typed !== "") {
      event.preventDefault();
      onTyped("");
    }
  };

  return (
    <main className="find">
      <div className="find-head">
        <h1 className="find-title">{words.title}</h1>
        <Button variant="light" onClick={onRegister}>
          {words.register} <Key>F3</Key>
        </Button>
      </div>
      <TextInput
        ref={field}
        className="find-field"
        aria-label={words.label}
        placeholder={words.label}
        leftSection={<Search />}
        value={typed}
        onChange={(event) => {
          setActive(0);
          onTyped(event.currentTarget.value);
        }}
        onKeyDown={hear}
        role="combobox"
        aria-expanded={rows.length > 0}
        aria-controls="find-results"
        aria-autocomplete="list"
        aria-activedescendant={rows[at] ? `find-${rows[at].chart}` : undefined}
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        autoFocus
      />
      {props.problem ? <Notice kind="danger">{props.problem}</Notice> : null}
      {search.error ? <Notice kind="danger">{explain(search.error)}</Notice> : null}
      <div className="find-line">
        <p aria-live="polite">
          {props.opening
            ? words.opening
            : text === ""
              ? words.hint
              : search.pending
                ? words.searching
                : said(search.rows.length, text)}
        </p>
        {rows.length > 0 ? (
          <p className="find-keys">
            <Key>↑</Key> <Key>↓</Key> {words.keys} <Key>Enter</Key> {words.open}
          </p>
        ) : null}
      </div>
      {text === "" && rows.length > 0 ? <h2 className="find-recent">{words.recent}</h2> : null}
      {rows.length > 0 ? (
        <PatientList
          rows={rows}
          text={text}
          active={at}
          stale={search.pending}
          onPoint={setActive}
          onOpen={onOpen}
        />
      ) : null}
      {text !== "" && !search.pending && search.rows.length === 0 && !search.error ? (
        <div className="find-none">
          <p>{words.noneHint}</p>
          <Button onClick={onRegister}>
            {words.registerAs(text)} <Key>F3</Key>
          </Button>
        </div>
      ) : null}
      {text === "" ? <Start {...props} /> : null}
    </main>
  );
}

function said(many: number, text: string): string {
  return many === 0 ? words.none(text) : words.found(many, many >= MOST);
}

/** What stands under the empty field. */
function Start({ recent, charts, conflicts, onConflicts }: FindProps) {
  return (
    <div className="find-start">
      {recent.length === 0 ? (
        <div className="find-empty">
          <p className="find-empty-title">{words.start}</p>
          <p className="soft">{words.charts(charts)}</p>
        </div>
      ) : null}
      {conflicts > 0 ? (
        <Notice
          kind="choice"
          action={
            <Button variant="default" onClick={onConflicts}>
              {words.decide}
            </Button>
          }
        >
          <p>{words.conflicts(conflicts)}</p>
        </Notice>
      ) : null}
    </div>
  );
}

/** A letter typed while the hand rests elsewhere on the screen goes into the field. */
function useTypeAtOnce(field: React.RefObject<HTMLInputElement | null>) {
  useEffect(() => {
    const hear = (event: globalThis.KeyboardEvent) => {
      const typing =
        event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.altKey && !event.metaKey;
      const inField = document.activeElement instanceof HTMLInputElement;
      if (typing && !inField && !document.querySelector("[role=dialog]")) field.current?.focus();
    };
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, [field]);
}
