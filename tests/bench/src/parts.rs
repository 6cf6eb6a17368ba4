//! What is said about a visit and a day, message by message, with the hub and the clinic in this process.
//!
//! The figures are exact and the same every time; a test holds them at a small size.

use anyhow::{Result, anyhow};
use harness::population::Population;
use serde_json::{Value, json};
use wire::Message;

use crate::Held;
use crate::desk::{Desk, Said, Speaker};
use crate::phase::{Day, work_a_day, work_a_visit};

/// The bytes of a meeting, frames and all.
#[derive(Debug, PartialEq, Eq)]
struct Bytes {
    up: usize,
    down: usize,
}

/// The meetings about some work, each with what was said.
struct Meetings {
    push: Vec<Said>,
    idle: Vec<Said>,
    visit: Vec<Said>,
    open_visit: Vec<Said>,
    day: Vec<Said>,
    /// The day's edits as JSON.
    edits: Vec<Value>,
}

/// Works a visit, another one with the connection open, and a day.
pub(crate) fn measure(held: Held) -> Result<Value> {
    let meetings = work(held, &Day::busy(held))?;
    Ok(json!({
        "push": told(&meetings.push),
        "idle": told(&meetings.idle),
        "visit": told(&meetings.visit),
        "open_visit": told(&meetings.open_visit),
        "day": told(&meetings.day),
        "json_bytes": serde_json::to_vec(&meetings.edits)?.len(),
    }))
}

fn work(held: Held, day: &Day) -> Result<Meetings> {
    let folder = tempfile::tempdir()?;
    Population::new(held.seed).write_bundles(folder.path(), held.charts)?;
    let mut desk = Desk::new()?;
    desk.client
        .import_fhir(&[folder.path().to_path_buf()], &mut |_progress| {})
        .map_err(|it| anyhow!("{it:?}"))?;
    let push = desk.meet()?;
    desk.meet()?;
    let idle = desk.meet()?;
    work_a_visit(&mut desk.client, held)?;
    let visit = desk.meet()?;
    let clock = desk.clock.clone();
    let edits = work_a_day(&mut desk.client, held, day, &mut || clock.tick())?;
    let day = desk.meet()?;
    let mut open = desk.connect()?;
    clock.tick();
    work_a_visit(open.client, held)?;
    let open_visit = open.go_on()?;
    Ok(Meetings {
        push,
        idle,
        visit,
        open_visit,
        day,
        edits,
    })
}

fn bytes(said: &[Said]) -> Bytes {
    let sum = |speaker| {
        let of = said.iter().filter(|it| it.speaker == speaker);
        of.map(|it| it.bytes).sum()
    };
    Bytes {
        up: sum(Speaker::Clinic),
        down: sum(Speaker::Hub),
    }
}

/// A meeting's bytes and, if they are few, its messages.
fn told(said: &[Said]) -> Value {
    let Bytes { up, down } = bytes(said);
    let messages: Vec<String> = said.iter().take(20).map(message).collect();
    json!({"up": up, "down": down, "messages": said.len(), "first": messages})
}

fn message(said: &Said) -> String {
    let who = match said.speaker {
        Speaker::Clinic => "clinic",
        Speaker::Hub => "hub",
    };
    let kind = said.message.kind();
    let entries = if let Message::Push(segment) = &said.message {
        format!(", {} entries", segment.count())
    } else {
        String::new()
    };
    format!("{who}: kind {kind}, {} bytes{entries}", said.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_about_a_visit_and_a_day_weighs_what_it_weighed() {
        let held = Held {
            seed: 1,
            charts: 40,
        };
        let day = Day {
            visits: 6,
            registrations: 2,
            corrections: 4,
            seed: 2,
        };

        let meetings = work(held, &day).unwrap();

        let weighed = [
            &meetings.idle,
            &meetings.visit,
            &meetings.open_visit,
            &meetings.day,
        ]
        .map(|it| bytes(it));
        let expected =
            [(108, 91), (710, 184), (474, 93), (2262, 441)].map(|(up, down)| Bytes { up, down });
        assert_eq!(weighed, expected);
    }
}
