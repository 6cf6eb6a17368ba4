//! What the hub itself does: its own log, the roster, invites and requests.

use audit::LogHead;
use crypto::{PublicKey, Signature};
use record::{DeviceId, PersonId, SiteId};
use roster::SignedRoster;
use rusqlite::{Connection, Row, params};

use super::entries::{ENTRY, POSITION, entry_of, position_of};
use super::{
    AuditRow, HubCommit, HubStore, Invite, NewRoster, Request, RequestState, Salt, admission,
    countable, entries, moves, one, put, release, run,
};
use crate::StoreError;
use crate::database;

/// The epoch of the hub's own log. A hub that was restored begins a new history with a new log.
pub(super) const EPOCH: u32 = 1;

impl HubStore {
    /// Keeps what the hub itself does: appends to its own log and to the history, with what the entries speak of.
    /// Returns where its log then stands.
    pub fn commit(&mut self, commit: &HubCommit, salt: Salt<'_>) -> Result<LogHead, StoreError> {
        database::write(&mut self.connection, |connection| {
            keep(connection, commit, salt)
        })
    }

    /// Returns the newest roster.
    pub fn roster(&self) -> Result<Option<SignedRoster>, StoreError> {
        let sql = "SELECT bytes, signature FROM roster ORDER BY epoch DESC LIMIT 1";
        self.one(sql, [], "read the roster", |row| {
            Ok(SignedRoster {
                bytes: row.get(0)?,
                signature: Signature::from_bytes(row.get(1)?),
            })
        })
    }

    /// Returns the newest roster of an epoch or one before it.
    pub fn roster_up_to(&self, epoch: u64) -> Result<Option<SignedRoster>, StoreError> {
        let sql =
            "SELECT bytes, signature FROM roster WHERE epoch <= ?1 ORDER BY epoch DESC LIMIT 1";
        self.one(sql, [countable(epoch)], "read a roster", |row| {
            Ok(SignedRoster {
                bytes: row.get(0)?,
                signature: Signature::from_bytes(row.get(1)?),
            })
        })
    }

    /// Returns the rosters after an epoch, each with its own, the oldest first.
    pub fn rosters_after(
        &self,
        epoch: u64,
        limit: usize,
    ) -> Result<Vec<(u64, SignedRoster)>, StoreError> {
        let sql =
            "SELECT epoch, bytes, signature FROM roster WHERE epoch > ?1 ORDER BY epoch LIMIT ?2";
        self.all(
            sql,
            params![countable(epoch), limit],
            "read the rosters",
            |row| {
                let signed = SignedRoster {
                    bytes: row.get(1)?,
                    signature: Signature::from_bytes(row.get(2)?),
                };
                Ok((row.get(0)?, signed))
            },
        )
    }

    /// Returns the hub's own entries after a place in its log, in order.
    pub fn own_entries(&self, after_seq: u64, limit: usize) -> Result<Vec<AuditRow>, StoreError> {
        let sql = format!(
            "SELECT leaf, {POSITION}, {ENTRY} FROM entry JOIN chart ON chart.id = entry.chart
             WHERE device = ?1 AND epoch = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4"
        );
        let parameters = params![DeviceId::HUB.0, EPOCH, after_seq, limit];
        self.all(&sql, parameters, "read the hub's own log", |row| {
            Ok(AuditRow {
                leaf: row.get(0)?,
                position: position_of(row, 1)?,
                entry: entry_of(row, 4)?,
            })
        })
    }

    /// Returns the newest roster's epoch; zero for none.
    pub fn roster_epoch(&self) -> Result<u64, StoreError> {
        roster_epoch(&self.connection)
    }

    /// Returns the invite of a token.
    pub fn invite(&self, token_hash: &[u8; 32]) -> Result<Option<Invite>, StoreError> {
        let sql = "SELECT token_hash, site, people, label, expires_ms, used FROM invite WHERE token_hash = ?1";
        self.one(sql, [token_hash], "read an invite", invite_of)
    }

    /// Returns every invite, those that end last first.
    pub fn invites(&self) -> Result<Vec<Invite>, StoreError> {
        let sql = "SELECT token_hash, site, people, label, expires_ms, used FROM invite ORDER BY expires_ms DESC";
        self.all(sql, [], "read the invites", invite_of)
    }

    /// Returns every request, the newest first.
    pub fn requests(&self) -> Result<Vec<Request>, StoreError> {
        let sql = "SELECT id, tls, token_hash, body, asked_ms, state, device FROM request ORDER BY id DESC";
        self.all(sql, [], "read the requests", request_of)
    }

    /// Returns a request by its number.
    pub fn request(&self, id: u64) -> Result<Option<Request>, StoreError> {
        let sql =
            "SELECT id, tls, token_hash, body, asked_ms, state, device FROM request WHERE id = ?1";
        self.one(sql, [id], "read a request", request_of)
    }

    /// Returns the newest request of a key.
    pub fn request_of(&self, tls: &PublicKey) -> Result<Option<Request>, StoreError> {
        let sql = "SELECT id, tls, token_hash, body, asked_ms, state, device FROM request
                   WHERE tls = ?1 ORDER BY id DESC LIMIT 1";
        self.one(sql, [tls.as_bytes()], "read a request", request_of)
    }
}

/// Keeps what the hub itself does, inside a transaction.
pub(super) fn keep(
    connection: &Connection,
    commit: &HubCommit,
    salt: Salt<'_>,
) -> Result<LogHead, StoreError> {
    let mut head = entries::head(connection, DeviceId::HUB, EPOCH)?;
    for entry in &commit.entries {
        let bytes = entry.to_bytes().map_err(|_large| StoreError::Refused {
            doing: "append to the hub's log",
        })?;
        head = head.next(&bytes);
        entries::append(connection, &head, &bytes, &salt())?;
    }
    if let Some(roster) = &commit.roster {
        put_roster(connection, roster)?;
    }
    if let Some(invite) = &commit.invite {
        put_invite(connection, invite)?;
    }
    if let Some(request) = &commit.request {
        put_request(connection, request)?;
    }
    if let Some((leaf, state)) = commit.admission {
        admission::decide(connection, leaf, state)?;
    }
    for moving in &commit.moves {
        moves::carry_out(connection, moving)?;
    }
    for chart in &commit.again {
        release::release_of(connection, *chart)?;
    }
    for (key, value) in &commit.meta {
        put(connection, key, value)?;
    }
    Ok(head)
}

fn roster_epoch(connection: &Connection) -> Result<u64, StoreError> {
    let sql = "SELECT coalesce(max(epoch), 0) FROM roster";
    Ok(one(connection, sql, [], "read the roster's epoch", |row| {
        row.get(0)
    })?
    .unwrap_or(0))
}

fn put_roster(connection: &Connection, roster: &NewRoster) -> Result<(), StoreError> {
    let doing = "keep a roster";
    if roster_epoch(connection)? != roster.made_from {
        return Err(StoreError::Stale { doing });
    }
    if roster.epoch <= roster.made_from {
        return Err(StoreError::Refused { doing });
    }
    run(
        connection,
        "INSERT INTO roster (epoch, bytes, signature) VALUES (?1, ?2, ?3)",
        params![
            roster.epoch,
            roster.signed.bytes,
            roster.signed.signature.as_bytes()
        ],
        doing,
    )
    .map(drop)
}

/// Keeps an invite. One that was used stays used: of two devices that come with it, the second is told.
fn put_invite(connection: &Connection, invite: &Invite) -> Result<(), StoreError> {
    let doing = "keep an invite";
    let people: Vec<u8> = invite
        .people
        .iter()
        .flat_map(|it| it.0.to_be_bytes())
        .collect();
    let kept = run(
        connection,
        "INSERT INTO invite (token_hash, site, people, label, expires_ms, used) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (token_hash) DO UPDATE SET used = excluded.used WHERE used = 0",
        params![invite.token_hash, invite.site.0, people, invite.label, invite.expires_ms, invite.used],
        doing,
    )?;
    if kept == 0 {
        Err(StoreError::Stale { doing })
    } else {
        Ok(())
    }
}

/// Keeps a request, or decides one. What was decided stays decided.
fn put_request(connection: &Connection, request: &Request) -> Result<(), StoreError> {
    let doing = "keep a request";
    let (state, device) = match request.state {
        RequestState::Pending => (0, 0),
        RequestState::Approved(device) => (1, device.0),
        RequestState::Refused => (2, 0),
    };
    let kept = if request.id == 0 {
        run(
            connection,
            "INSERT INTO request (tls, token_hash, body, asked_ms, state, device) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                request.tls.as_bytes(),
                request.token_hash,
                request.body,
                request.asked_ms,
                state,
                device
            ],
            doing,
        )?
    } else {
        run(
            connection,
            "UPDATE request SET state = ?2, device = ?3 WHERE id = ?1 AND state = 0",
            params![request.id, state, device],
            doing,
        )?
    };
    if kept == 0 {
        Err(StoreError::Stale { doing })
    } else {
        Ok(())
    }
}

fn invite_of(row: &Row<'_>) -> rusqlite::Result<Invite> {
    let people: Vec<u8> = row.get(2)?;
    Ok(Invite {
        token_hash: row.get(0)?,
        site: SiteId(row.get(1)?),
        people: people
            .as_chunks()
            .0
            .iter()
            .map(|it| PersonId(u32::from_be_bytes(*it)))
            .collect(),
        label: row.get(3)?,
        expires_ms: row.get(4)?,
        used: row.get(5)?,
    })
}

fn request_of(row: &Row<'_>) -> rusqlite::Result<Request> {
    let (state, device): (i64, u32) = (row.get(5)?, row.get(6)?);
    Ok(Request {
        id: row.get(0)?,
        tls: PublicKey::from_bytes(row.get(1)?),
        token_hash: row.get(2)?,
        body: row.get(3)?,
        asked_ms: row.get(4)?,
        state: match state {
            0 => RequestState::Pending,
            1 => RequestState::Approved(DeviceId(device)),
            _ => RequestState::Refused,
        },
    })
}
