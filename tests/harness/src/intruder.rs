//! Someone with the hub's disk and key who alters what is stored, behind the store's back and on a copy only.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use rusqlite::{Connection, OptionalExtension as _};

/// The entry that was altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Altered {
    /// Its leaf in the history.
    pub leaf: u64,
    /// Whose log it is in.
    pub device: u32,
    /// Its place there.
    pub seq: u64,
}

/// Copies a home that no process serves.
pub fn copy_home(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for file in fs::read_dir(from)? {
        let file = file?;
        let (from, to) = (file.path(), to.join(file.file_name()));
        if file.file_type()?.is_dir() {
            copy_home(&from, &to)?;
        } else {
            fs::copy(from, to)?;
        }
    }
    Ok(())
}

/// Opens the database of a hub that does not serve, with its own key.
pub(crate) fn open(home: &Path) -> Result<Connection> {
    let key = fs::read(home.join("hub.key")).context("reading the hub's key")?;
    ensure!(key.len() == 32, "the hub's key has {} bytes", key.len());
    let hex: String = key.iter().map(|b| format!("{b:02x}")).collect();
    let database = Connection::open(home.join("hub.db")).context("opening the database")?;
    database
        .execute_batch(&format!("PRAGMA key = \"x'{hex}'\""))
        .context("giving the key")?;
    Ok(database)
}

/// Lets the time of every invite run out, in the home of a hub that does not serve: no test can wait for that.
pub fn expire_invites(home: &Path) -> Result<()> {
    let changed = open(home)?
        .execute("UPDATE invite SET expires_ms = 1", [])
        .context("altering the invites")?;
    ensure!(changed > 0, "there is no invite");
    Ok(())
}

/// Alters one byte of the newest access entry that a device sent, in a copied home.
pub fn alter_access(home: &Path, device: u32) -> Result<Altered> {
    let database = open(home)?;
    let found = database
        .query_row(
            "SELECT leaf, seq, payload FROM entry WHERE device = ?1 AND kind = 3 ORDER BY leaf DESC LIMIT 1",
            [device],
            |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    row.get::<_, i64>(1)?,
                    row.get::<_, Vec<u8>>(2)?,
                ))
            },
        )
        .optional()
        .context("looking for an access")?;
    let (leaf, seq, mut payload) = found.context("the device sent no access")?;
    let middle = payload.len() / 2;
    *payload.get_mut(middle).context("the access is empty")? ^= 1;
    let changed = database
        .execute(
            "UPDATE entry SET payload = ?1 WHERE leaf = ?2",
            (&payload, leaf),
        )
        .context("altering the access")?;
    ensure!(changed == 1, "{changed} entries were altered");
    Ok(Altered {
        leaf: u64::try_from(leaf)?,
        device,
        seq: u64::try_from(seq)?,
    })
}
