//! Asking whether a person may, and writing down that they did.

use audit::{Access, AccessAction, AccessEvent, EntryKind, Outcome, Purpose};
use record::ChartId;
use roster::{Action, Role, may};
use store::{Commit, NewEntry};

use super::Client;
use super::keys::Openers;
use crate::driver::{chart_entry, payload_fault};
use crate::views::{CommandError, ErrorCode};

/// How much of what was searched for is kept.
pub(super) const MAX_QUERY_BYTES: usize = 300;

/// Something that a person does, before anybody has asked whether they may.
#[derive(Clone)]
pub(super) struct Deed {
    pub(super) event: AccessEvent,
    pub(super) chart: Option<ChartId>,
    pub(super) query: Option<String>,
    pub(super) results: Option<u32>,
    pub(super) reason: Option<String>,
}

impl Deed {
    pub(super) const fn new(event: AccessEvent) -> Self {
        Self {
            event,
            chart: None,
            query: None,
            results: None,
            reason: None,
        }
    }

    pub(super) fn to(event: AccessEvent, chart: ChartId) -> Self {
        Self {
            chart: Some(chart),
            ..Self::new(event)
        }
    }

    pub(super) fn because(mut self, reason: &str) -> Self {
        self.reason = Some(reason.to_owned());
        self
    }

    pub(super) fn with_results(mut self, results: usize) -> Self {
        self.results = Some(u32::try_from(results).unwrap_or(u32::MAX));
        self
    }

    pub(super) fn searching(mut self, query: &str) -> Self {
        let mut end = query.len().min(MAX_QUERY_BYTES);
        while !query.is_char_boundary(end) {
            end -= 1;
        }
        self.query = query.get(..end).map(str::to_owned);
        self
    }

    const fn action(&self) -> AccessAction {
        match self.event {
            AccessEvent::OpenChart
            | AccessEvent::OpenAttachment
            | AccessEvent::List
            | AccessEvent::AuditViewed => AccessAction::Read,
            AccessEvent::Register
            | AccessEvent::Visit
            | AccessEvent::Attach
            | AccessEvent::Import => AccessAction::Create,
            AccessEvent::Correct | AccessEvent::Resolve => AccessAction::Update,
            AccessEvent::Search
            | AccessEvent::Fetch
            | AccessEvent::Export
            | AccessEvent::Print
            | AccessEvent::Introduce
            | AccessEvent::Unknown(_) => AccessAction::Execute,
        }
    }
}

impl Client {
    /// Goes on only if the person may. That they tried goes into the log otherwise.
    pub(super) fn permit(&mut self, action: Action, deed: &Deed) -> Result<(), CommandError> {
        let (site, device) = (self.driver.site()?, self.driver.identity().device);
        let roster = self.driver.roster();
        let refusal: CommandError = match may(roster, self.person, action, site) {
            Err(refusal) => refusal.into(),
            // They were taken off this computer while they sat at it.
            Ok(()) if !Openers::new(roster, device, &self.asked).has(self.person) => {
                CommandError::new(ErrorCode::PersonUnknown)
            }
            Ok(()) => return Ok(()),
        };
        let mut entries = self.begin()?;
        entries.push(self.access(deed, Outcome::Refused)?);
        self.commit(Commit {
            entries,
            ..Commit::default()
        })?;
        Err(refusal)
    }

    /// Commits that something is about to be shown. What follows is read after this, never before.
    pub(super) fn show(&mut self, deeds: &[Deed]) -> Result<(), CommandError> {
        let mut entries = self.begin()?;
        for deed in deeds {
            entries.push(self.access(deed, Outcome::Done)?);
        }
        self.commit(Commit {
            entries,
            ..Commit::default()
        })
    }

    /// Makes the entry of a deed.
    pub(super) fn access(
        &mut self,
        deed: &Deed,
        outcome: Outcome,
    ) -> Result<NewEntry, CommandError> {
        let access = Access {
            action: deed.action(),
            event: deed.event,
            purpose: self.purpose(),
            outcome,
            query: deed.query.clone(),
            results: deed.results,
            reason: deed.reason.clone(),
            wall_ms: self.driver.host().now_ms(),
            site: self.driver.site()?,
            role: self.role.clone(),
            checkpoint: self.driver.checkpoint(),
        };
        let payload = access.to_bytes().map_err(payload_fault)?;
        let entry = self.driver.entry(EntryKind::ACCESS, self.person, payload);
        Ok(match deed.chart {
            Some(chart) => chart_entry(entry, chart),
            None => entry,
        })
    }

    /// Who cares for patients does so for treatment; everybody else keeps the records in order.
    fn purpose(&self) -> Purpose {
        let role = self.driver.roster().person(self.person).map(|it| it.role);
        match role {
            Some(Role::Registrar | Role::Nurse | Role::Clinician) => Purpose::Treatment,
            Some(
                Role::Coder
                | Role::HimOfficer
                | Role::PrivacyOfficer
                | Role::Analyst
                | Role::SiteManager
                | Role::Administrator
                | Role::Unknown(_),
            )
            | None => Purpose::Operations,
        }
    }
}

record::discreet!(Deed);
