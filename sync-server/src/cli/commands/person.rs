//! People: who there is, who waits to unlock a computer, who may do so no more.

use std::io::{self, BufRead as _, IsTerminal as _};

use record::{DeviceId, PersonId, SiteId};

use super::CommandError;
use crate::approve::ApproveError;
use crate::cli::answer::{Form, Printer};
use crate::cli::answers::{Added, AskingLine, People, PersonDecided, PersonLine};
use crate::cli::arguments::PersonCommand;
use crate::hub::Hub;

pub(super) fn run(
    hub: &mut Hub,
    command: PersonCommand,
    out: &mut Printer<'_>,
) -> Result<(), CommandError> {
    match command {
        PersonCommand::Add { name, role, sites } => {
            let sites: Vec<SiteId> = sites.into_iter().map(SiteId).collect();
            let PersonId(id) = hub.add_person(&name, role, &sites)?;
            out.print(&Added {
                id,
                what: "person",
                name,
            })?;
        }
        PersonCommand::List => out.print(&People {
            people: hub.roster().people.iter().map(line_of).collect(),
            asking: asking(hub)?,
        })?,
        PersonCommand::Approve { id, words } => approve(hub, id, words.as_deref(), out)?,
        PersonCommand::Decline { id } => {
            let asked = asked(hub, id)?;
            hub.decline_person(id)?;
            decided(&asked, "may not unlock", out)?;
        }
        PersonCommand::TakeOff { person, device } => {
            hub.dismiss_person(PersonId(person), DeviceId(device))?;
            out.print(&PersonDecided {
                person,
                device: Some(device),
                decision: "may not unlock",
            })?;
        }
        PersonCommand::Left { person } => {
            hub.person_left(PersonId(person))?;
            out.print(&PersonDecided {
                person,
                device: None,
                decision: "works here no more",
            })?;
        }
    }
    Ok(())
}

fn line_of(person: &roster::Person) -> PersonLine {
    PersonLine {
        id: person.id.0,
        name: person.name.clone(),
        role: person.role.name().to_owned(),
        sites: person.sites.iter().map(|site| site.0).collect(),
        active: person.active,
        devices: person.keys.iter().map(|key| key.device.0).collect(),
    }
}

fn asking(hub: &Hub) -> Result<Vec<AskingLine>, CommandError> {
    let waiting = hub.waiting_people()?.into_iter();
    Ok(waiting
        .map(|it| AskingLine::new(hub.roster(), &it))
        .collect())
}

fn asked(hub: &Hub, id: u64) -> Result<AskingLine, CommandError> {
    let mut waiting = asking(hub)?.into_iter();
    let found = waiting.find(|it| it.id == id);
    Ok(found.ok_or(ApproveError::NobodyAsks(id))?)
}

fn approve(
    hub: &mut Hub,
    id: u64,
    words: Option<&str>,
    out: &mut Printer<'_>,
) -> Result<(), CommandError> {
    let asked = asked(hub, id)?;
    if words.is_none() {
        if out.form() == Form::Json || !io::stdin().is_terminal() {
            return Err(CommandError::WordsNeeded);
        }
        out.print(&asked)?;
        out.say("Does the computer show the same words? Type yes to approve: ")?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if !answer.trim().eq_ignore_ascii_case("yes") {
            return Err(CommandError::NotApproved);
        }
    }
    hub.approve_person(id, words)?;
    decided(&asked, "may unlock", out)
}

fn decided(
    asked: &AskingLine,
    decision: &'static str,
    out: &mut Printer<'_>,
) -> Result<(), CommandError> {
    out.print(&PersonDecided {
        person: asked.person,
        device: Some(asked.device),
        decision,
    })?;
    Ok(())
}
