//! Reading the history: who did what, when, where, to which chart. Looking is itself noted.

use audit::{
    Access, AccessAction, AccessEvent, Admission, Entry, EntryKind, Outcome, Purpose, Returned,
    Session,
};
use record::{DeviceId, PersonId, SiteId};
use serde::Serialize;
use store::{AuditFilter, AuditRow, HubCommit, StoreError};

use crate::hub::Hub;

/// One line of the history.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryLine {
    /// Its leaf in the history.
    pub leaf: u64,
    /// Whose log it is in; 0 is the hub.
    pub device: DeviceId,
    /// Which of that device's logs.
    pub epoch: u32,
    /// Its place there.
    pub seq: u64,
    /// When, by the device's hybrid clock, in UTC.
    pub when: String,
    /// Who; 0 is nobody in particular.
    pub person: PersonId,
    /// Who, by name.
    pub person_name: Option<String>,
    /// The chart.
    pub chart: Option<String>,
    /// What sort of entry: access, change, session, seal …
    pub kind: &'static str,
    /// What was done.
    pub what: String,
    /// To which effect: create, read, update …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Why, by the list of purposes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
    /// In which role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What was searched for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// How many results were shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub results: Option<u32>,
    /// The person's reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl std::fmt::Debug for HistoryLine {
    /// Leaves out what was typed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HistoryLine")
            .field("leaf", &self.leaf)
            .field("what", &self.what)
            .finish_non_exhaustive()
    }
}

impl Hub {
    /// Lists entries, the newest first, and notes in the hub's own log that someone looked.
    pub fn list_history(&mut self, filter: &AuditFilter) -> Result<Vec<HistoryLine>, StoreError> {
        self.refresh()?;
        let lines: Vec<HistoryLine> = self
            .store
            .audit(filter)?
            .into_iter()
            .map(|row| self.line(row))
            .collect();
        self.note_viewed(filter, lines.len())?;
        Ok(lines)
    }

    fn note_viewed(&mut self, filter: &AuditFilter, lines: usize) -> Result<(), StoreError> {
        let access = Access {
            action: AccessAction::Read,
            event: AccessEvent::AuditViewed,
            purpose: Purpose::Operations,
            outcome: Outcome::Done,
            query: None,
            results: u32::try_from(lines).ok(),
            reason: None,
            wall_ms: self.world.now_ms(),
            site: SiteId::default(),
            role: "hub".to_owned(),
            checkpoint: 0,
        };
        let payload = access.to_bytes().map_err(|_long| StoreError::Refused {
            doing: "noting who looked",
        })?;
        let entry = self.entry_of(EntryKind::ACCESS, payload);
        let entry = Entry {
            chart: filter.chart,
            ..entry
        };
        self.commit(HubCommit {
            entries: vec![entry],
            ..HubCommit::default()
        })?;
        self.sign_checkpoint()
    }

    fn line(&self, row: AuditRow) -> HistoryLine {
        let AuditRow {
            leaf,
            position,
            entry,
        } = row;
        let place = HistoryLine {
            leaf,
            device: position.device,
            epoch: position.epoch,
            seq: position.seq,
            ..HistoryLine::default()
        };
        let Some(entry) = entry else {
            return HistoryLine {
                kind: "unreadable",
                what: "not an entry".to_owned(),
                ..place
            };
        };
        let line = HistoryLine {
            when: record::When::from_ms(entry.hlc.ms()).to_string(),
            person: entry.person,
            person_name: self.roster.person(entry.person).map(|it| it.name.clone()),
            chart: entry.chart.map(|it| it.to_string()),
            ..place
        };
        match entry.kind {
            EntryKind::ACCESS => access_line(line, &entry),
            EntryKind::SESSION => session_line(line, &entry),
            EntryKind::CHANGE => HistoryLine {
                kind: "change",
                what: "changed".to_owned(),
                ..line
            },
            EntryKind::SEAL => HistoryLine {
                kind: "seal",
                what: "sealed".to_owned(),
                ..line
            },
            EntryKind::ATTACHMENT => HistoryLine {
                kind: "attachment",
                what: "attached".to_owned(),
                ..line
            },
            EntryKind::RETURNED => returned_line(line, &entry),
            EntryKind::ADMISSION => admission_line(line, &entry),
            EntryKind::RECEIPT => HistoryLine {
                kind: "receipt",
                what: "receipt".to_owned(),
                ..line
            },
            EntryKind(kind) => HistoryLine {
                kind: "newer",
                what: format!("kind {kind} of a newer release"),
                ..line
            },
        }
    }
}

/// Whose change came back, and who brought it.
fn returned_line(line: HistoryLine, entry: &Entry) -> HistoryLine {
    let what = match Returned::from_bytes(&entry.payload) {
        Ok(it) => format!("came back from device {}: {}", it.by, it.position),
        Err(_damaged) => "unreadable".to_owned(),
    };
    HistoryLine {
        kind: "returned",
        what,
        ..line
    }
}

/// Who is to unlock the computer.
fn admission_line(line: HistoryLine, entry: &Entry) -> HistoryLine {
    let what = match Admission::from_bytes(&entry.payload) {
        Ok(it) if it.voucher.is_some() => format!("vouched for person {}", it.person),
        Ok(it) => format!("introduced person {}", it.person),
        Err(_damaged) => "unreadable".to_owned(),
    };
    HistoryLine {
        kind: "admission",
        what,
        ..line
    }
}

fn access_line(line: HistoryLine, entry: &Entry) -> HistoryLine {
    let line = HistoryLine {
        kind: "access",
        ..line
    };
    let Ok(access) = Access::from_bytes(&entry.payload) else {
        return HistoryLine {
            what: "unreadable".to_owned(),
            ..line
        };
    };
    HistoryLine {
        what: access.event.name().to_owned(),
        action: Some(access.action.name().to_owned()),
        purpose: Some(access.purpose.name().to_owned()),
        outcome: Some(access.outcome.name().to_owned()),
        site: Some(access.site),
        role: Some(access.role),
        query: access.query,
        results: access.results,
        reason: access.reason,
        ..line
    }
}

fn session_line(line: HistoryLine, entry: &Entry) -> HistoryLine {
    let line = HistoryLine {
        kind: "session",
        ..line
    };
    let Ok(session) = Session::from_bytes(&entry.payload) else {
        return HistoryLine {
            what: "unreadable".to_owned(),
            ..line
        };
    };
    let mut what = session.event.name().to_owned();
    if let Some(device) = session.device {
        what = format!("{what}, device {device}");
    }
    if let Some(person) = session.person {
        what = format!("{what}, person {person}");
    }
    HistoryLine { what, ..line }
}
