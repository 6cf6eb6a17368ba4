//! The only ways in: what is done here, and what comes from elsewhere.

use audit::{EntryKind, LogHead, LogPosition};
use record::{About, Hlc, PersonId, ScopeId};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::folded::found_by;
use super::packed::pack;
use super::{
    Aside, ChartUpdate, Commit, Cursor, ForeignChange, KeptSource, Quarantined, Repair,
    ReplicaStore, SourceAddress, Taken, blob, carried, find, leave, log, member, number_chart, put,
    tail,
};
use crate::StoreError;
use crate::database;
use crate::error::Doing as _;

/// What became of an entry, as its column says.
#[derive(Clone, Copy)]
enum State {
    TakenUp = 0,
    Waiting = 1,
    SetAside = 2,
}

impl ReplicaStore {
    /// Keeps what is done here, in one transaction. Returns where the log then stands.
    pub fn commit(&mut self, commit: &Commit) -> Result<LogHead, StoreError> {
        database::write(&mut self.connection, |connection| {
            let head = log::append(connection, &commit.entries)?;
            update_charts(connection, &commit.charts)?;
            for source in &commit.sources {
                let kept = KeptSource {
                    address: SourceAddress::of(&source.key),
                    chart: source.chart,
                    statement: source.statement,
                };
                put_source(connection, &kept)?;
            }
            for new in &commit.blobs {
                blob::keep_new(connection, new)?;
            }
            put_all(connection, &commit.meta)?;
            Ok(head)
        })
    }

    /// Keeps what came from elsewhere, with its cursor if it has one, in one transaction. What is kept already is
    /// passed over.
    pub fn take(&mut self, taken: &Taken) -> Result<(), StoreError> {
        let removed = database::write(&mut self.connection, |connection| {
            let removed = keep_taken(connection, taken)?;
            if let Some(cursor) = &taken.cursor {
                put_cursor(connection, cursor)?;
            }
            if let Some(step) = &taken.tail {
                tail::follow(connection, taken.scope, step)?;
            }
            Ok(removed)
        })?;
        if removed > 0 {
            self.empty_journal()?;
        }
        Ok(())
    }

    /// Writes caches again that were derived anew from the log, in one transaction.
    pub fn repair(&mut self, repair: &Repair) -> Result<(), StoreError> {
        database::write(&mut self.connection, |connection| {
            for chart in &repair.ghosts {
                leave::forget_chart(connection, *chart)?;
            }
            update_charts(connection, &repair.charts)?;
            for address in &repair.no_sources {
                connection
                    .prepare_cached("DELETE FROM source WHERE address = ?1")
                    .and_then(|mut it| it.execute([address.0]))
                    .doing("forget where an imported object went")?;
            }
            for source in &repair.sources {
                put_source(connection, source)?;
            }
            for (blob, numbers) in &repair.groups {
                crate::blob::forget(connection, blob, numbers)?;
            }
            Ok(())
        })
    }

    /// Forgets how far a feed was taken: it is taken again from its beginning.
    pub fn drop_cursor(&mut self, scope: ScopeId) -> Result<(), StoreError> {
        database::write(&mut self.connection, |connection| {
            connection
                .execute("DELETE FROM cursor WHERE scope = ?1", [scope.0])
                .doing("drop a cursor")?;
            Ok(())
        })
    }
}

/// Keeps what came from elsewhere, without its cursor. Returns how many charts were removed.
fn keep_taken(connection: &Connection, taken: &Taken) -> Result<usize, StoreError> {
    for change in &taken.changes {
        keep(connection, change, State::TakenUp)?;
    }
    for change in &taken.waiting {
        keep(connection, change, State::Waiting)?;
    }
    for position in &taken.settled {
        settle(connection, *position)?;
    }
    for quarantined in &taken.quarantined {
        set_aside(connection, quarantined)?;
    }
    let newest = taken
        .changes
        .iter()
        .chain(&taken.waiting)
        .map(|it| it.hlc)
        .max();
    if let Some(newest) = newest {
        log::note_hlc(connection, newest)?;
    }
    match &taken.carried {
        Some(segment) => carried::keep(connection, segment)?,
        None => member::note(connection, taken)?,
    }
    update_charts(connection, &taken.charts)?;
    put_all(connection, &taken.meta)?;
    leave::keep_members(connection)?;
    for chart in &taken.left {
        leave::leave(connection, *chart, taken.scope)?;
    }
    leave::remove_ready(connection)
}

/// Keeps another's change; returns its row, or `None` if it was kept already. An own one that was removed with its
/// chart comes back with the chart.
fn keep(
    connection: &Connection,
    change: &ForeignChange,
    state: State,
) -> Result<Option<i64>, StoreError> {
    carried::make_room(connection, change)?;
    let kept = Kept {
        position: change.position,
        kind: EntryKind::CHANGE,
        chart: number_chart(connection, change.chart)?,
        hlc: change.hlc,
        person: change.person,
        hash: &change.hash,
        bytes: &change.bytes,
    };
    keep_row(connection, &kept, state)
}

/// What is kept of something of others.
struct Kept<'a> {
    position: LogPosition,
    kind: EntryKind,
    /// The chart's number; zero for none.
    chart: i64,
    hlc: Hlc,
    person: PersonId,
    hash: &'a [u8],
    bytes: &'a [u8],
}

fn keep_row(
    connection: &Connection,
    kept: &Kept<'_>,
    state: State,
) -> Result<Option<i64>, StoreError> {
    let LogPosition { device, epoch, seq } = kept.position;
    connection
        .prepare_cached(
            "INSERT INTO entry (device, epoch, seq, kind, chart, hlc, person, state, chain, hash, payload)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, x'', ?9, ?10)
             ON CONFLICT (device, epoch, seq) DO UPDATE
             SET id = (SELECT max(id) + 1 FROM entry), state = excluded.state, payload = excluded.payload
             WHERE entry.state = 3 AND entry.kind = excluded.kind AND entry.hash = excluded.hash
             RETURNING id",
        )
        .and_then(|mut it| {
            it.query_row(
                params![
                    device.0, epoch, seq, kept.kind.0, kept.chart, kept.hlc.as_u64().cast_signed(),
                    kept.person.0, state as i64, kept.hash, kept.bytes,
                ],
                |row| row.get(0),
            )
            .optional()
        })
        .doing("keep a change")
}

/// Sets something aside with the reason: what comes now, or what waited here. What was taken up or set aside before
/// stays so.
fn set_aside(connection: &Connection, quarantined: &Quarantined) -> Result<(), StoreError> {
    let entry = match &quarantined.what {
        Aside::Change(change) => match keep(connection, change, State::SetAside)? {
            Some(entry) => Some(entry),
            None => wait_no_more(connection, change.position)?,
        },
        Aside::Unknown {
            kind,
            position,
            bytes,
        } => {
            let kept = Kept {
                position: *position,
                kind: *kind,
                chart: 0,
                hlc: Hlc::default(),
                person: PersonId::NOBODY,
                hash: &[],
                bytes,
            };
            keep_row(connection, &kept, State::SetAside)?
        }
    };
    if let Some(entry) = entry {
        connection
            .prepare_cached("INSERT INTO quarantine (entry, reason) VALUES (?1, ?2)")
            .and_then(|mut it| it.execute(params![entry, quarantined.reason]))
            .doing("set a change aside")?;
    }
    Ok(())
}

/// Ends the waiting of a change that cannot be taken; returns its row, or `None` if it did not wait.
fn wait_no_more(connection: &Connection, position: LogPosition) -> Result<Option<i64>, StoreError> {
    connection
        .prepare_cached(
            "UPDATE entry SET state = ?4 WHERE device = ?1 AND epoch = ?2 AND seq = ?3 AND state = ?5
             RETURNING id",
        )
        .and_then(|mut it| {
            let LogPosition { device, epoch, seq } = position;
            it.query_row(
                params![
                    device.0,
                    epoch,
                    seq,
                    State::SetAside as i64,
                    State::Waiting as i64
                ],
                |row| row.get(0),
            )
            .optional()
        })
        .doing("set aside a change that waited")
}

/// Takes up a change that waited. It moves behind what it waited for, so that a chart's changes stay in an
/// order in which each has what it needs.
fn settle(connection: &Connection, position: LogPosition) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE entry SET state = 0, id = (SELECT max(id) + 1 FROM entry)
             WHERE device = ?1 AND epoch = ?2 AND seq = ?3 AND state = 1",
        )
        .and_then(|mut it| it.execute(params![position.device.0, position.epoch, position.seq]))
        .doing("take up a change that waited")?;
    Ok(())
}

fn update_charts(connection: &Connection, charts: &[ChartUpdate]) -> Result<(), StoreError> {
    for update in charts {
        let chart = number_chart(connection, update.chart)?;
        connection
            .prepare_cached(
                "INSERT INTO snapshot (chart, heads, bytes) VALUES (?1, ?2, ?3)
                 ON CONFLICT (chart) DO UPDATE SET heads = excluded.heads, bytes = excluded.bytes",
            )
            .and_then(|mut it| {
                it.execute(params![
                    chart,
                    update.heads.concat(),
                    pack(&update.snapshot)
                ])
            })
            .doing("keep a chart's document")?;
        update_row(connection, chart, update)?;
        blob::list_of_chart(connection, chart, &update.attachments)?;
    }
    Ok(())
}

fn update_row(connection: &Connection, chart: i64, update: &ChartUpdate) -> Result<(), StoreError> {
    let (row, doing) = (&update.row, "keep a chart's row in lists");
    let before: Option<String> = connection
        .prepare_cached("SELECT found_by FROM search WHERE chart = ?1")
        .and_then(|mut it| it.query_row([chart], |row| row.get(0)).optional())
        .doing(doing)?;
    let found_by = found_by(row);
    let values = params![
        chart,
        about_number(row.about),
        row.conflict,
        row.number,
        row.name,
        row.birth_date,
        row.sex,
        row.place,
        row.phone,
        found_by,
    ];
    match before {
        // The index of words is by far the dearest part of a commit, and a visit changes none of them.
        Some(it) if it == found_by => connection
            .prepare_cached(
                "UPDATE search SET about = ?2, conflict = ?3, number = ?4, name = ?5, birth_date = ?6,
                 sex = ?7, place = ?8, phone = ?9 WHERE chart = ?1 AND found_by = ?10",
            )
            .and_then(|mut it| it.execute(values))
            .map(drop)
            .doing(doing),
        Some(before) => {
            connection
                .prepare_cached(
                    "UPDATE search SET about = ?2, conflict = ?3, number = ?4, name = ?5, birth_date = ?6,
                     sex = ?7, place = ?8, phone = ?9, found_by = ?10 WHERE chart = ?1",
                )
                .and_then(|mut it| it.execute(values))
                .doing(doing)?;
            find::replace_words(connection, chart, &before, &found_by)
        }
        None => {
            connection
                .prepare_cached(
                    "INSERT INTO search (chart, about, conflict, number, name, birth_date, sex, place, phone, found_by)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                )
                .and_then(|mut it| it.execute(values))
                .doing(doing)?;
            find::replace_words(connection, chart, "", &found_by)
        }
    }
}

/// Returns what a chart is about as its column says.
pub(super) const fn about_number(about: About) -> i64 {
    match about {
        About::Patient => 0,
        About::Directory => 1,
    }
}

pub(super) fn put_cursor(connection: &Connection, cursor: &Cursor) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO cursor (scope, feed_epoch, position, digest) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (scope) DO UPDATE SET feed_epoch = excluded.feed_epoch,
             position = excluded.position, digest = excluded.digest",
        )
        .and_then(|mut it| {
            it.execute(params![
                cursor.scope.0,
                cursor.feed_epoch,
                cursor.position,
                cursor.digest
            ])
        })
        .doing("move a cursor")?;
    Ok(())
}

fn put_source(connection: &Connection, source: &KeptSource) -> Result<(), StoreError> {
    let chart = number_chart(connection, source.chart)?;
    connection
        .prepare_cached(
            "INSERT INTO source (address, chart, statement) VALUES (?1, ?2, ?3)
             ON CONFLICT (address) DO UPDATE SET chart = excluded.chart, statement = excluded.statement",
        )
        .and_then(|mut it| {
            it.execute(params![source.address.0, chart, source.statement.as_bytes()])
        })
        .doing("keep where an imported object went")?;
    Ok(())
}

fn put_all(connection: &Connection, meta: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
    for (key, value) in meta {
        put(connection, key, value)?;
    }
    Ok(())
}
