//! Meeting the hub: the session decides, the driver carries out, and the link is waited for in between.

mod progress;
mod reach;
mod written;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use sync::{AbortReason, ClientEvent, ClientSession, Summary};
use tokio::time::timeout;
use transport::{Counters, Link};
use wire::{Quarantined, RefusalCode};

use super::Client;
use crate::driver::{Carried, DeviceIdentity};
use crate::host::Host;
use crate::link::{self, Met, Route, Vigil, send_fault};
use crate::meta;
use crate::pace::Errand;
use crate::views::{CommandError, ErrorCode, SyncReport};
use progress::Progress;
pub use progress::Told;
use reach::{Afresh, Alone, Reach, Shared};
use written::Written;

/// How often a session goes on for what was written while it ran. Whoever writes without end is met again later.
const MAX_EXTENSIONS: u32 = 4;

/// How long a refusal of ours may take to be handed over.
const PARTING: Duration = Duration::from_secs(1);

/// How often one meeting moves to another link. A network that breaks more often is met again later.
const MAX_MOVES: u32 = 8;

/// How many entries that the hub could not merge are remembered: more are one fault, and somebody is on it.
const MAX_SET_ASIDE: usize = 10_000;

impl Client {
    /// Meets the hub once, because somebody asked; blocks until both are level or a limit passes. Whatever ends it,
    /// nothing is lost.
    pub fn sync_once(&mut self) -> Result<SyncReport, CommandError> {
        self.sync_once_told(&|_view| {})
    }

    /// The same, and tells how far it is.
    pub fn sync_once_told(&mut self, told: Told<'_>) -> Result<SyncReport, CommandError> {
        meet(&mut Alone(self), Errand::Asked, told)
    }

    /// Unlocks a home for upkeep and meets the hub once. The home is free for others while a link is waited for,
    /// which with no network takes longest, and afterwards, however it ended.
    pub fn meet(
        folder: &Path,
        person: Option<u32>,
        passphrase: &str,
        host: &(dyn Fn() -> Box<dyn Host> + Sync),
        errand: Errand,
    ) -> Result<SyncReport, CommandError> {
        let unlock = || Self::unlock_for_upkeep(folder, person, passphrase, host());
        meet(&mut Afresh::new(&unlock), errand, &|_view| {})
    }

    /// Meets the hub once for a client that others use meanwhile: it is borrowed for one step at a time, never
    /// while the network is waited for. When somebody takes the client away, the meeting ends as `Locked`.
    pub fn sync_shared(
        client: &Mutex<Option<Self>>,
        errand: Errand,
        told: Told<'_>,
    ) -> Result<SyncReport, CommandError> {
        meet(&mut Shared(client), errand, told)
    }

    fn note_attempt(&mut self, problem: Option<ErrorCode>) -> Result<(), CommandError> {
        let attempt = meta::Attempt {
            wall_ms: self.driver.host().now_ms(),
            problem,
        };
        Ok(meta::write(
            self.driver.store_mut(),
            meta::ATTEMPT,
            &attempt,
        )?)
    }
}

impl Client {
    /// Remembers which entries of ours the hub keeps but could not merge. It may say so again.
    pub(super) fn note_set_aside(&mut self, entries: &[Quarantined]) -> Result<(), CommandError> {
        if entries.is_empty() {
            return Ok(());
        }
        for entry in entries {
            tracing::warn!(position = %entry.position, reason = entry.reason, "the hub could not merge an entry of ours");
        }
        let store = self.driver.store_mut();
        let mut known: meta::SetAside = meta::read(store, meta::SET_ASIDE)?.unwrap_or_default();
        let room = MAX_SET_ASIDE.saturating_sub(known.len());
        let fresh: Vec<(u32, u64)> = entries
            .iter()
            .map(|it| (it.position.epoch, it.position.seq))
            .filter(|it| !known.contains(it))
            .take(room)
            .collect();
        known.extend(fresh);
        Ok(meta::write(store, meta::SET_ASIDE, &known)?)
    }
}

/// Why a conversation ended too early, and what the other end is told as the link is closed.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) error: CommandError,
    pub(super) code: RefusalCode,
}

impl From<CommandError> for Ended {
    fn from(error: CommandError) -> Self {
        Self {
            error,
            code: RefusalCode::Failed,
        }
    }
}

impl From<AbortReason> for Ended {
    fn from(reason: AbortReason) -> Self {
        Self {
            code: reason.refusal().unwrap_or(RefusalCode::Failed),
            error: reason.into(),
        }
    }
}

fn meet(
    reach: &mut impl Reach,
    errand: Errand,
    told: Told<'_>,
) -> Result<SyncReport, CommandError> {
    let met = link::block_on(session(reach, errand, told));
    let problem = met.as_ref().err().map(|it| it.code);
    let noted = reach.with(|client| {
        client.note_attempt(problem)?;
        client.follow_roster()
    });
    let (summary, counters, level) = met?;
    noted?;
    let charts = reach.with(|client| Ok(client.driver.store().count_charts()?))?;
    let quarantined = reach.with(|client| Ok(client.driver.store().quarantined()?.len()))?;
    Ok(SyncReport {
        seconds: level.as_secs_f64(),
        round_trips: summary.round_trips,
        pushed: narrow(summary.entries_pushed),
        stored: narrow(summary.entries_stored),
        taken: narrow(summary.entries_taken),
        charts: narrow(charts),
        quarantined: narrow(quarantined as u64),
        set_aside: narrow(summary.quarantined.len() as u64),
        attachments_sent: narrow(summary.attachments_sent),
        attachments_taken: narrow(summary.attachments_taken),
        attachments_left: narrow(summary.attachments_refused.len() as u64),
        app_up: counters.app_up as f64,
        app_down: counters.app_down as f64,
        udp_up: counters.udp_up as f64,
        udp_down: counters.udp_down as f64,
    })
}

/// Opens a link, runs a session over it, and closes it. When the link falls silent and another one answers, a new
/// session goes on there from what is stored. Returns as well after how long both were level: the farewell takes another
/// round trip.
async fn session(
    reach: &mut impl Reach,
    errand: Errand,
    told: Told<'_>,
) -> Result<(Summary, Counters, Duration), CommandError> {
    let began = Instant::now();
    let (identity, without_udp, settings, now_ms) = reach.with(|client| {
        let known: meta::WithoutUdp =
            meta::read(client.driver.store(), meta::WITHOUT_UDP)?.unwrap_or_default();
        let identity = client.driver.identity().clone();
        let now_ms = client.driver.host().now_ms();
        Ok((identity, known, client.link_settings(), now_ms))
    })?;
    let DeviceIdentity { tls, hub, .. } = identity;
    let feeds_wait = errand == Errand::Background && settings.is_metered();
    let mut progress = Progress::begin(told, settings.limit, settings.is_metered());
    reach.rest();
    let mut route = Route::find(&hub, &tls, settings.rate_limit()).await?;
    route.expect(&without_udp, now_ms);
    let mut link = route.open().await?;
    if let Some(learnt) = route.learn(&without_udp, link.carrier(), now_ms) {
        reach.with(|client| {
            let store = client.driver.store_mut();
            Ok(meta::write(store, meta::WITHOUT_UDP, &learnt)?)
        })?;
    }
    let mut before = Counters::default();
    let mut moves = 0;
    let mut is_whole = false;
    loop {
        match converse(reach, &route, &mut link, feeds_wait, &mut progress).await {
            Ok(End::Done(summary)) => {
                let level = began.elapsed();
                link.close(RefusalCode::Done).await;
                return Ok((summary, sum(before, link.counters()), level));
            }
            Ok(End::Moved(_)) if moves == MAX_MOVES => {
                return Err(CommandError::new(ErrorCode::LinkLost));
            }
            Ok(End::Moved(fresh)) => {
                moves += 1;
                let mut silent = std::mem::replace(&mut link, *fresh);
                before = sum(before, silent.counters());
                progress.before = before;
                silent.abort(RefusalCode::Stopping).await;
            }
            Ok(End::Forgotten(reason)) if is_whole => return Err(reason.into()),
            Ok(End::Forgotten(_reason)) => {
                is_whole = true;
                before = sum(before, link.counters());
                progress.before = before;
                link.close(RefusalCode::Done).await;
                link = route.open().await?;
            }
            Err(Ended { error, code }) => {
                link.abort(code).await;
                return Err(error);
            }
        }
    }
}

/// How a conversation ended well.
enum End {
    /// Nothing is left to do.
    Done(Summary),
    /// The link fell silent, and this one has answered in its place.
    Moved(Box<Link>),
    /// The hub lost something that what was written here builds on: the next session sends that whole.
    Forgotten(AbortReason),
}

impl End {
    /// Tells whether the session can go on anew: a hub that was restored may have lost a change that a segment refers to.
    fn aborted(reason: AbortReason) -> Result<Self, Ended> {
        if let AbortReason::Refused { code, .. } = &reason
            && *code == RefusalCode::UnknownChange
        {
            return Ok(Self::Forgotten(reason));
        }
        Err(reason.into())
    }
}

/// Lets the session decide and the driver carry out, until nothing is left to do. What is written meanwhile goes up
/// while the feeds come down.
async fn converse(
    reach: &mut impl Reach,
    route: &Route<'_>,
    link: &mut Link,
    feeds_wait: bool,
    progress: &mut Progress<'_>,
) -> Result<End, Ended> {
    let mut standing = reach.with(|client| client.driver.standing())?;
    // A computer that was put back must hear first what it wrote itself.
    standing.feeds_wait = feeds_wait && !standing.restored;
    standing.versions = link::versions().unwrap_or(standing.versions);
    let mut written = Written::begin(standing.log);
    let (mut session, effects) = ClientSession::new(standing);
    let mut effects = VecDeque::from(effects);
    let mut extensions = 0;
    let mut vigil = Vigil::begin();
    // The end of the log at which the session was last told of attachments.
    let mut told = None;
    loop {
        progress.look(reach, &session, link)?;
        if written.look(reach)? {
            effects.extend(session.handle(ClientEvent::NewEntries));
        }
        let Some(effect) = effects.pop_front() else {
            match route.exchange(link, &mut vigil).await? {
                Met::Came(message) => {
                    effects.extend(session.handle(ClientEvent::Received(message)));
                }
                Met::Went | Met::Nothing => {}
                Met::Moved(fresh) => return Ok(End::Moved(fresh)),
            }
            continue;
        };
        match reach.with(|client| client.driver.carry_out(effect))? {
            Carried::Done => {}
            Carried::Event(event) => effects.extend(session.handle(event)),
            Carried::Send(message) => link.queue(&message).map_err(send_fault)?,
            Carried::Aborted(reason) => {
                // What we say to it; the code that the link is closed with says it too.
                drop(timeout(PARTING, link.hand_over()).await);
                return End::aborted(reason);
            }
            Carried::Finished(summary) => {
                reach.with(|client| client.note_set_aside(&summary.quarantined))?;
                if extensions == MAX_EXTENSIONS {
                    return Ok(End::Done(summary));
                }
                extensions += 1;
                let event = if written.is_more(reach)? {
                    // Somebody wrote while we were at it.
                    told = None;
                    ClientEvent::NewEntries
                } else {
                    // Attachments come after everything else, and not by themselves over a metered link.
                    let newest = Some(written.known());
                    match reach.with(|client| client.driver.attachments())? {
                        Some(attachments) if !feeds_wait && told != newest => {
                            told = newest;
                            attachments
                        }
                        Some(_) | None => return Ok(End::Done(summary)),
                    }
                };
                effects.extend(session.handle(event));
            }
        }
    }
}

fn sum(one: Counters, other: Counters) -> Counters {
    Counters {
        udp_up: one.udp_up + other.udp_up,
        udp_down: one.udp_down + other.udp_down,
        app_up: one.app_up + other.app_up,
        app_down: one.app_down + other.app_down,
    }
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
