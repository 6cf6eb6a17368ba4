//! What is answered about people.

use std::io::{self, Write};

use roster::Roster;
use serde::Serialize;

use crate::cli::answer::{Answer, spell_time};
use crate::people::WaitingPerson;

/// One person.
#[derive(Serialize)]
pub(crate) struct PersonLine {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) sites: Vec<u32>,
    pub(crate) active: bool,
    pub(crate) devices: Vec<u32>,
}

/// Somebody who is to unlock a computer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AskingLine {
    pub(crate) id: u64,
    pub(crate) person: u32,
    name: String,
    pub(crate) device: u32,
    introduced_by: String,
    asked_ms: u64,
    vouched_until_ms: Option<u64>,
    has_keys: bool,
    words: String,
}

impl AskingLine {
    pub(crate) fn new(roster: &Roster, it: &WaitingPerson) -> Self {
        let name = |id| {
            let person = roster.person(id);
            person.map_or_else(String::new, |person| person.name.clone())
        };
        Self {
            id: it.id,
            person: it.person.0,
            name: name(it.person),
            device: it.device.0,
            introduced_by: name(it.introduced_by),
            asked_ms: it.asked_ms,
            vouched_until_ms: it.vouched_until_ms,
            has_keys: it.has_keys,
            words: it.words.join(" "),
        }
    }
}

impl Answer for AskingLine {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self {
            id,
            name,
            device,
            introduced_by,
            words,
            ..
        } = self;
        let what = if self.has_keys { " with new keys" } else { "" };
        let asked = spell_time(self.asked_ms);
        writeln!(
            out,
            "request {id}: {name} is to unlock device {device}{what}; {introduced_by} was at work there, {asked}"
        )?;
        if let Some(until_ms) = self.vouched_until_ms {
            let until = spell_time(until_ms);
            writeln!(out, "    {introduced_by} vouches for them until {until}")?;
        }
        writeln!(out, "    words: {words}")
    }
}

/// The people, and those who wait to unlock a computer.
#[derive(Serialize)]
pub(crate) struct People {
    pub(crate) people: Vec<PersonLine>,
    pub(crate) asking: Vec<AskingLine>,
}

impl Answer for People {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        for PersonLine {
            id,
            name,
            role,
            sites,
            active,
            devices,
        } in &self.people
        {
            let left = if *active { "" } else { ", left" };
            let unlocks = match devices.as_slice() {
                [] => String::new(),
                some => format!(", unlocks devices {some:?}"),
            };
            writeln!(
                out,
                "person {id}: {name}, {role}, sites {sites:?}{left}{unlocks}"
            )?;
        }
        if self.people.is_empty() {
            writeln!(out, "no people yet: `person add NAME` adds one")?;
        }
        self.asking.iter().try_for_each(|it| it.write_lines(out))?;
        if self.asking.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "Compare the words with the computer's, then `person approve ID --words \"…\"`."
        )
    }
}

/// What was decided about a person.
#[derive(Serialize)]
pub(crate) struct PersonDecided {
    pub(crate) person: u32,
    pub(crate) device: Option<u32>,
    pub(crate) decision: &'static str,
}

impl Answer for PersonDecided {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        let (person, decision) = (self.person, self.decision);
        let what = match self.device {
            Some(device) => format!("{decision} device {device}"),
            None => decision.to_owned(),
        };
        writeln!(
            out,
            "person {person} {what}, from each computer's next sync on"
        )
    }
}

/// Recovery keys were made.
#[derive(Serialize)]
pub(crate) struct Custodians {
    pub(crate) forms: Vec<String>,
}

impl Answer for Custodians {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "New recovery keys, one on each form:")?;
        for form in &self.forms {
            writeln!(out, "    {form}")?;
        }
        writeln!(
            out,
            "Print both, hand each to a custodian, and delete the files: whoever has one and a computer, or a backup, reads all of its records."
        )
    }
}
