//! Charts that join scopes and leave them, and those that a site asks for.
//!
//! Each move is noted in the hub's own log by the transaction that makes it. Who asks for a chart has an access entry
//! in its device's log, and the hub holds that before it answers.

use std::collections::BTreeSet;

use audit::{Access, AccessEvent, Entry, EntryKind, LogPosition, Outcome, SessionEvent};
use record::{ChartId, DeviceId, Identifier, PatientNumber, PersonId, ScopeId, SiteId, Stamped};
use replica::Field;
use roster::{Action, Device};
use store::{HubCommit, Move, StoreError};
use sync::PeerStanding;
use wire::{Fetch, Fetched, RefusalCode};

use crate::hub::Hub;
use crate::judge::Reason;
use crate::pen::Subject;

/// How long a chart that was asked for stays a guest of the site.
const GUEST_DAYS: u64 = 7;

/// How many charts a site may ask for in a day, found or not: numbers can be guessed.
const MAX_FETCHES_PER_DAY: u32 = 100;

/// How many guests go home at once: each is an entry of the hub's log.
const FAREWELLS: usize = 64;

/// How many changes are looked into for numbers at once, and how often a site that asks is kept waiting for that.
const NUMBERED: usize = 256;
const ROUNDS: u32 = 16;

const DAY_MS: u64 = 86_400_000;

/// Why a chart was not moved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MoveError {
    /// Look at the name: `posta-hub site list` shows the scopes of sites.
    #[error("there is no scope called {0:?}; `posta-hub site list` shows which there are")]
    NoSuchScope(String),
    /// Look at the chart's identifier, or its number.
    #[error("the hub holds no such chart; give the number on the card, or the chart's identifier")]
    NoSuchChart,
    /// Say which: give the identifier.
    #[error("two charts have this number; give the identifier of one: {0}, {1}")]
    TwoCharts(ChartId, ChartId),
    /// Nothing is to be done.
    #[error("the chart is {0} already")]
    Already(&'static str),
    /// See what the store says.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Hub {
    /// Has a chart join a scope: every site of the scope gets it.
    pub fn join_chart(&mut self, chart: &str, scope: &str) -> Result<ChartId, MoveError> {
        let (chart, scope) = (self.chart_named(chart)?, self.scope_named(scope)?);
        if self.store.scopes_of(chart)?.contains(&scope) {
            return Err(MoveError::Already("in that scope"));
        }
        let entry = self.move_entry(SessionEvent::ChartJoined, chart, scope, Subject::default());
        self.move_charts(vec![entry], vec![Move::Join { chart, scope }])?;
        Ok(chart)
    }

    /// Has a chart leave a scope: the sites that hold it by no other scope remove it at their next sync.
    pub fn leave_chart(&mut self, chart: &str, scope: &str) -> Result<ChartId, MoveError> {
        let (chart, scope) = (self.chart_named(chart)?, self.scope_named(scope)?);
        if !self.store.scopes_of(chart)?.contains(&scope) {
            return Err(MoveError::Already("out of that scope"));
        }
        let entry = self.move_entry(SessionEvent::ChartLeft, chart, scope, Subject::default());
        self.move_charts(vec![entry], vec![Move::Leave { chart, scope }])?;
        Ok(chart)
    }

    /// Sends the guests home whose time is over. Returns the feeds that grew.
    pub fn end_visits(&mut self) -> Result<Vec<ScopeId>, StoreError> {
        let over = self.store.guests_until(self.world.now_ms(), FAREWELLS)?;
        if over.is_empty() {
            return Ok(Vec::new());
        }
        let (mut entries, mut moves, mut grew) = (Vec::new(), Vec::new(), Vec::new());
        for (site, chart) in over {
            let scope = ScopeId::guest_of(site);
            entries.push(self.move_entry(
                SessionEvent::ChartLeft,
                chart,
                scope,
                Subject::default(),
            ));
            moves.push(Move::Farewell { site, chart, scope });
            grew.push(scope);
        }
        self.move_charts(entries, moves)?;
        Ok(grew)
    }

    /// Answers who asks for a chart by its number.
    pub(crate) fn fetch(
        &mut self,
        peer: &PeerStanding,
        fetch: &Fetch,
    ) -> Result<Fetched, StoreError> {
        let refused = |code| Fetched {
            entry: fetch.entry,
            code,
            feed: None,
            until_ms: 0,
        };
        let Some(person) = self.who_asks(peer, fetch)? else {
            return Ok(refused(RefusalCode::FetchNotAllowed));
        };
        let Some(asked) = self.count_fetch(peer.site)? else {
            return Ok(refused(RefusalCode::FetchTooOften));
        };
        let all_numbered = self.number_some(ROUNDS)?;
        let number = PatientNumber::parse(&fetch.number).map(|it| it.to_string());
        let charts = match &number {
            Ok(number) => self.store.charts_numbered(number)?,
            Err(_no_number) => Vec::new(),
        };
        if charts.is_empty() {
            self.commit(HubCommit {
                meta: vec![asked],
                ..HubCommit::default()
            })?;
            let unknown = all_numbered || number.is_err();
            return Ok(refused(if unknown {
                RefusalCode::ChartUnknown
            } else {
                RefusalCode::Busy
            }));
        }
        self.invite_guests(peer, (person, fetch.entry), &charts, asked)
    }

    /// Has charts join a site's guest scope, but those that the site holds, for who asked by this entry.
    fn invite_guests(
        &mut self,
        peer: &PeerStanding,
        (person, entry): (PersonId, LogPosition),
        charts: &[ChartId],
        asked: (String, Vec<u8>),
    ) -> Result<Fetched, StoreError> {
        let scope = ScopeId::guest_of(peer.site);
        let until_ms = self.world.now_ms().saturating_add(GUEST_DAYS * DAY_MS);
        let subject = Subject {
            device: Some(peer.device),
            person: Some(person),
            number: None,
        };
        let (mut entries, mut moves) = (Vec::new(), Vec::new());
        for chart in charts.iter().copied() {
            let scopes = self.store.scopes_of(chart)?;
            if scopes
                .iter()
                .any(|it| *it != scope && peer.scopes.contains(it))
            {
                continue;
            }
            entries.push(self.move_entry(SessionEvent::ChartJoined, chart, scope, subject));
            moves.push(Move::Guest {
                site: peer.site,
                chart,
                scope,
                until_ms,
            });
        }
        let is_guest = !moves.is_empty();
        let again = self.not_held_before(&moves)?;
        self.commit(HubCommit {
            entries,
            moves,
            again,
            meta: vec![asked],
            ..HubCommit::default()
        })?;
        let feed = if is_guest {
            self.feed_heads(&[scope])?.pop()
        } else {
            None
        };
        Ok(Fetched {
            entry,
            code: RefusalCode::Done,
            feed,
            until_ms: if is_guest { until_ms } else { 0 },
        })
    }

    /// Looks into changes for numbers, so many rounds of some. Returns whether none is left.
    pub fn number_some(&mut self, rounds: u32) -> Result<bool, StoreError> {
        for _round in 0..rounds {
            let changes = self.store.unnumbered(Identifier::POSTA, NUMBERED)?;
            let Some(last) = changes.last().map(|it| it.change) else {
                return Ok(true);
            };
            let mut found = Vec::new();
            for change in &changes {
                let numbers = numbers_in(&change.payload).into_iter();
                let numbers = numbers.filter(|it| self.may_give(change.device, it));
                found.extend(numbers.map(|number| (number, change.chart)));
            }
            self.store.numbered(last, &found)?;
        }
        Ok(self.store.unnumbered(Identifier::POSTA, 1)?.is_empty())
    }

    /// Tells whether a device may have given a number to a chart: not if it is of a block that another device issues from.
    fn may_give(&self, device: DeviceId, number: &str) -> bool {
        let Ok(number) = PatientNumber::parse(number) else {
            return true;
        };
        let has_block = |it: &&Device| it.blocks.contains(&number.block());
        let mut others = self.roster.devices.iter().filter(|it| it.id != device);
        !others.any(|it| has_block(&it))
    }

    /// Returns who asks, if they may and the device's log, which the hub holds, says that they do.
    fn who_asks(&self, peer: &PeerStanding, fetch: &Fetch) -> Result<Option<PersonId>, StoreError> {
        if fetch.entry.device != peer.device {
            return Ok(None);
        }
        let entry = self.store.entry_at(fetch.entry)?;
        let Some(entry) = entry.filter(|it| it.kind == EntryKind::ACCESS) else {
            return Ok(None);
        };
        let says_so = Access::from_bytes(&entry.payload).is_ok_and(|it| {
            it.event == AccessEvent::Fetch
                && it.outcome == Outcome::Done
                && it.query.as_deref() == Some(fetch.number.as_str())
                && it.reason.as_deref() == Some(fetch.reason.as_str())
        });
        let on_device = self.roster.device(peer.device);
        let on_device = on_device.is_some_and(|it| it.people.contains(&entry.person));
        let may = roster::may(&self.roster, entry.person, Action::ReadChart, peer.site).is_ok();
        Ok((says_so && on_device && may).then_some(entry.person))
    }

    /// Counts that a site asks; none if it did so too often today. What is returned is to be remembered.
    fn count_fetch(&self, site: SiteId) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        let name = format!("fetches/{site}");
        let today = self.world.now_ms() / DAY_MS;
        let kept: Option<[u8; 12]> = self.store.get(&name)?.and_then(|it| it.try_into().ok());
        let count = kept.map_or(0, |kept| {
            let (day, count) = kept.split_at(8);
            if day == today.to_be_bytes() {
                count.try_into().map_or(0, u32::from_be_bytes)
            } else {
                0
            }
        });
        if count >= MAX_FETCHES_PER_DAY {
            return Ok(None);
        }
        let count = count.saturating_add(1);
        let value = [today.to_be_bytes().as_slice(), &count.to_be_bytes()].concat();
        Ok(Some((name, value)))
    }

    /// Has charts be again in scopes that they were in before this hub was restored. A guest's time begins anew, and what was
    /// set aside because the hub had forgotten that its writer holds the chart is looked into again.
    pub(crate) fn join_again(&mut self, back: BTreeSet<(ChartId, ScopeId)>) -> HubCommit {
        let mut commit = HubCommit::default();
        if back.is_empty() {
            return commit;
        }
        let until_ms = self.world.now_ms().saturating_add(GUEST_DAYS * DAY_MS);
        for (chart, scope) in back {
            let event = SessionEvent::ChartJoined;
            let entry = self.move_entry(event, chart, scope, Subject::default());
            commit.entries.push(entry);
            commit.again.push(chart);
            commit.moves.push(match scope.host() {
                None => Move::Join { chart, scope },
                Some(site) => Move::Guest {
                    site,
                    chart,
                    scope,
                    until_ms,
                },
            });
        }
        commit
    }

    fn move_entry(
        &mut self,
        event: SessionEvent,
        chart: ChartId,
        scope: ScopeId,
        subject: Subject,
    ) -> Entry {
        let subject = Subject {
            number: Some(i64::from(scope.0)),
            ..subject
        };
        Entry {
            chart: Some(chart),
            ..self.entry(event, subject)
        }
    }

    fn move_charts(&mut self, entries: Vec<Entry>, moves: Vec<Move>) -> Result<(), StoreError> {
        let again = self.not_held_before(&moves)?;
        self.commit(HubCommit {
            entries,
            moves,
            again,
            ..HubCommit::default()
        })
    }

    /// Returns the charts that join scopes and of which something was set aside as written by who did not hold them.
    fn not_held_before(&self, moves: &[Move]) -> Result<Vec<ChartId>, StoreError> {
        let mut joining = moves.iter().filter_map(Move::joining).peekable();
        if joining.peek().is_none() {
            return Ok(Vec::new());
        }
        let aside = self.store.charts_set_aside(Reason::ChartNotHeld.word())?;
        let mut again = Vec::new();
        for (chart, scope) in joining.filter(|it| aside.contains(&it.0)) {
            // Who asks again for a guest that is there has nothing judged anew.
            if !self.store.scopes_of(chart)?.contains(&scope) {
                again.push(chart);
            }
        }
        Ok(again)
    }

    fn scope_named(&self, name: &str) -> Result<ScopeId, MoveError> {
        let found = self.roster.scopes.iter().find(|it| it.name == name.trim());
        found
            .map(|it| it.id)
            .ok_or_else(|| MoveError::NoSuchScope(name.to_owned()))
    }

    /// Finds a chart by its identifier or by the number on the card.
    fn chart_named(&mut self, name: &str) -> Result<ChartId, MoveError> {
        if let Ok(number) = PatientNumber::parse(name) {
            while !self.number_some(ROUNDS)? {}
            return match self.store.charts_numbered(&number.to_string())?.as_slice() {
                [] => Err(MoveError::NoSuchChart),
                [chart] => Ok(*chart),
                [one, other, ..] => Err(MoveError::TwoCharts(*one, *other)),
            };
        }
        let chart = name.parse().map_err(|_no_chart| MoveError::NoSuchChart)?;
        match self.store.newest_change_of(chart)? {
            Some(_held) => Ok(chart),
            None => Err(MoveError::NoSuchChart),
        }
    }
}

/// Returns the numbers of cards that a change writes.
fn numbers_in(payload: &[u8]) -> Vec<String> {
    let Ok(change) = replica::check(payload) else {
        return Vec::new();
    };
    let identifiers = change
        .writes()
        .filter(|it| it.field == Some(Field::Identifiers))
        .filter_map(|it| serde_ipld_dagcbor::from_slice::<Stamped<Identifier>>(it.value).ok());
    identifiers
        .filter(|it| it.value.system.as_deref() == Some(Identifier::POSTA))
        .filter_map(|it| it.value.value)
        .collect()
}

#[cfg(test)]
mod tests;
