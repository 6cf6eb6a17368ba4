//! Judging a run: some laws at every step, the rest when everything has come to rest.

mod charts;
mod files;
mod logs;
mod values;

use audit::LogHead;
use record::{ChartId, ScopeId};
use store::{FeedPlace, FeedRow, HubStore};
use wire::{ChartPack, FeedBatch, FeedItem};

pub(crate) use charts::view;

use crate::clinic::Clinic;
use crate::report::Seen;
use crate::run::Run;
use crate::violation::{Law, Violation, ensure};

/// How much of a feed is read at once: all of it, in a run.
const ALL_BYTES: usize = 64 * 1024 * 1024;
const ALL_ITEMS: usize = 1_000_000;

/// What was acknowledged is at the hub.
pub(crate) fn stored(run: &Run, head: &LogHead) -> Result<(), Violation> {
    let chain = run
        .hub
        .store()?
        .chain_at(head.device, head.epoch, head.seq)?;
    let awaited = !run.judged && run.ledger.may_lack(head);
    ensure(
        Law::NothingAcknowledgedIsLost,
        chain == Some(head.chain) || awaited,
        || format!("the hub said that it has {}, and has not", head.position()),
    )
}

/// All that was ever acknowledged is at the hub.
pub(crate) fn acknowledged(run: &Run) -> Result<(), Violation> {
    run.ledger
        .acknowledged
        .iter()
        .try_for_each(|head| stored(run, head))
}

/// What comes over a link to a clinic is of its scopes.
pub(crate) fn delivered(run: &Run, at: usize, batch: &FeedBatch) -> Result<(), Violation> {
    let clinic = clinic(run, at)?;
    let scope = batch.scope();
    ensure(
        Law::NothingLeavesItsScope,
        clinic.seat.scopes.contains(&scope),
        || format!("clinic {at} was sent the feed of scope {scope}"),
    )?;
    of_scope(run, at, scope, batch.items())
}

/// What comes beside a feed is of its scope.
pub(crate) fn of_scope(
    run: &Run,
    at: usize,
    scope: ScopeId,
    items: &[FeedItem],
) -> Result<(), Violation> {
    for item in items {
        match item {
            FeedItem::Change { chart, .. } => is_in(run, at, *chart, scope)?,
            FeedItem::Own { .. }
            | FeedItem::Gone { .. }
            | FeedItem::Leave { .. }
            | FeedItem::Other { .. } => {}
        }
    }
    Ok(())
}

/// What a clinic is given of another's log is about charts of its scopes, or about ones that the hub does not know yet.
pub(crate) fn carried(run: &Run, at: usize, chart: ChartId) -> Result<(), Violation> {
    let scopes = &clinic(run, at)?.seat.scopes;
    let store = run.hub.store()?;
    let known = store.scopes_of(chart)?;
    let may = known.is_empty()
        || known.iter().any(|it| scopes.contains(it))
        || store.has_left(chart, scopes)?;
    ensure(Law::NothingLeavesItsScope, may, || {
        format!("clinic {at} was given chart {chart}, which is in {known:?}")
    })
}

/// What comes in a pack is of the clinic's scopes.
pub(crate) fn packed(run: &Run, at: usize, pack: &ChartPack) -> Result<(), Violation> {
    let scope = pack.head().scope;
    let charts = clinic(run, at)?.look_into(pack).into_iter();
    for packed in charts.filter(|it| !it.changes.is_empty()) {
        is_in(run, at, packed.chart, scope)?;
    }
    Ok(())
}

/// A clinic is sent only charts that are in a scope of its own, or were until a moment ago: what is on its way when
/// a chart leaves cannot be called back.
fn is_in(run: &Run, at: usize, chart: ChartId, scope: ScopeId) -> Result<(), Violation> {
    let store = run.hub.store()?;
    let entitled = clinic(run, at)?.seat.scopes.contains(&scope);
    let scopes = store.scopes_of(chart)?;
    // A hub that was put back may not know a chart that was on its way before, or that it had joined the scope.
    let is_forgotten = run.ledger.restores > 0;
    let in_scope = scopes.contains(&scope) || store.has_left(chart, &[scope])? || is_forgotten;
    ensure(Law::NothingLeavesItsScope, entitled && in_scope, || {
        format!("clinic {at} was sent chart {chart}, which is not in scope {scope}")
    })
}

/// A cursor that has moved covers only what is held.
pub(crate) fn taken(run: &Run, at: usize, scope: ScopeId, from: u64) -> Result<(), Violation> {
    let clinic = clinic(run, at)?;
    let hub = run.hub.store()?;
    let cursors = clinic.store()?.cursors()?;
    let Some(cursor) = cursors.iter().find(|it| it.scope == scope) else {
        return Ok(());
    };
    let digest = hub.feed_digest_at(scope, cursor.position)?;
    if digest != Some(cursor.digest) && run.ledger.restores > 0 && !run.judged {
        // It says nothing to a hub that was put back, until it is repaired.
        return Ok(());
    }
    ensure(
        Law::CursorNeverPasses,
        digest == Some(cursor.digest),
        || {
            format!(
                "clinic {at} has a digest at {} of scope {scope} that no feed has",
                cursor.position
            )
        },
    )?;
    let covered = cursor.position.saturating_sub(from);
    let covered = usize::try_from(covered).unwrap_or(0);
    for row in rows_after(hub, scope, from, covered)? {
        let held = holds(clinic, &row)?;
        ensure(Law::CursorNeverPasses, held, || {
            format!("clinic {at} passed over {} in scope {scope}", row.position)
        })?;
    }
    Ok(())
}

/// All cursors of a clinic cover only what it holds.
pub(crate) fn held(run: &Run, at: usize) -> Result<(), Violation> {
    let cursors = clinic(run, at)?.store()?.cursors()?;
    cursors
        .iter()
        .try_for_each(|cursor| taken(run, at, cursor.scope, 0))
}

/// Returns the changes of so many places after a position, without those whose chart left at a later one of them.
fn rows_after(
    hub: &HubStore,
    scope: ScopeId,
    from: u64,
    count: usize,
) -> Result<Vec<FeedRow>, Violation> {
    let read = hub.read_feed(scope, from, ALL_BYTES, ALL_ITEMS)?;
    let mut rows: Vec<FeedRow> = Vec::new();
    for place in read
        .map(|it| it.rows)
        .unwrap_or_default()
        .into_iter()
        .take(count)
    {
        match place {
            FeedPlace::Change(row) => rows.push(row),
            FeedPlace::Leave(chart) => rows.retain(|it| it.chart != chart),
            FeedPlace::Gone { .. } => {}
        }
    }
    Ok(rows)
}

/// Says whether a clinic has a row of a feed: in its own log, in its charts, waiting, or set aside.
fn holds(clinic: &Clinic, row: &FeedRow) -> Result<bool, Violation> {
    let store = clinic.store()?;
    let FeedRow {
        position,
        chart,
        hash,
        ..
    } = row;
    if store.own_change_hash(position.epoch, position.seq)? == Some(*hash)
        && position.device == clinic.seat.identity.device
    {
        return Ok(true);
    }
    let mut kept = store.changes_of(*chart)?;
    kept.extend(store.waiting_of(*chart)?);
    Ok(kept.iter().any(|it| it.hash == *hash)
        || store.quarantined()?.iter().any(|(at, _)| at == position))
}

/// Judges a run that has come to rest.
pub(crate) fn at_the_end(run: &mut Run) -> Result<(), Violation> {
    logs::actors_are_used_once(run)?;
    acknowledged(run)?;
    logs::logs_are_at_the_hub(run)?;
    nothing_is_set_aside(run)?;
    for at in 0..run.clinics.len() {
        held(run, at)?;
        charts::stay_in_their_scopes(run, at)?;
        files::are_with_their_charts(run, at)?;
    }
    files::are_at_the_hub(run)?;
    logs::accesses_are_logged(run)?;
    charts::numbers_are_unique(run)?;
    charts::replicas_converge(run)?;
    logs::audits_verify(run)?;
    charts::views_are_equal(run)?;
    values::all_are_shown(run)?;
    count(run)
}

fn nothing_is_set_aside(run: &Run) -> Result<(), Violation> {
    let hub = run.hub.store()?;
    let (counts, aside) = (hub.counts()?, hub.quarantined(None, 0)?);
    let was_put_back = run.ledger.restores > 0;
    // What a hub that was put back lost of others' changes nobody gives it back, and what builds on it waits.
    let clean = aside.is_empty()
        && (counts.waiting == 0 || was_put_back)
        && counts.unmaterialised == 0
        && (counts.forks == 0 || !run.ledger.copied.is_empty());
    ensure(Law::NothingIsSetAside, clean, || {
        format!("at the hub: {counts:?}, {aside:?}")
    })?;
    for (at, clinic) in run.clinics.iter().enumerate() {
        let aside = clinic.store()?.quarantined()?;
        ensure(Law::NothingIsSetAside, aside.is_empty(), || {
            format!("at clinic {at}: {aside:?}")
        })?;
    }
    Ok(())
}

fn count(run: &mut Run) -> Result<(), Violation> {
    let store = run.hub.store()?;
    let (entries, charts) = (store.history_size()?, store.counts()?.charts);
    run.report.add(Seen::Entry, entries);
    run.report.add(Seen::Chart, charts);
    Ok(())
}

fn clinic(run: &Run, at: usize) -> Result<&Clinic, Violation> {
    run.clinics
        .get(at)
        .ok_or_else(|| Violation::new(Law::EverybodyGetsOn, format!("there is no clinic {at}")))
}
