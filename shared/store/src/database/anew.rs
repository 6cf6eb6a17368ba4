//! A database written anew under another key: who had the old one cannot open it.

use std::path::Path;

use crypto::DatabaseKey;
use rusqlite::{Connection, params};

use super::{beside, has_journal, key_text, make_private_file, remove_unfinished, sync_folder};
use crate::OpenError;
use crate::error::opening;

/// Writes all that a database holds into a new file under another key. The file is on the disk when this returns.
pub(crate) fn write_anew(
    connection: &Connection,
    to: &Path,
    key: &DatabaseKey,
) -> Result<(), OpenError> {
    remove_unfinished(to)?;
    make_private_file(to)?;
    let path = to.to_str().ok_or_else(|| {
        OpenError::Failed("the folder's name has characters that are no text".into())
    })?;
    connection
        .execute(
            "ATTACH DATABASE ?1 AS anew KEY ?2",
            params![path, key_text(key).as_str()],
        )
        .map_err(opening)?;
    let written = export(connection).map_err(opening);
    connection
        .execute_batch("DETACH DATABASE anew")
        .map_err(opening)?;
    if written.is_err() {
        remove_unfinished(to)?;
    }
    written?;
    sync_folder(to).map_err(OpenError::Io)
}

fn export(connection: &Connection) -> rusqlite::Result<()> {
    // Rows are copied table by table, so what one refers to may still be missing.
    connection.execute_batch("PRAGMA foreign_keys = OFF")?;
    let exported = connection
        .query_row("SELECT sqlcipher_export('anew')", [], |_row| Ok(()))
        .and_then(|()| {
            for pragma in ["application_id", "user_version"] {
                let value: i64 = connection.pragma_query_value(None, pragma, |row| row.get(0))?;
                connection.execute_batch(&format!("PRAGMA anew.{pragma} = {value}"))?;
            }
            Ok(())
        });
    connection.execute_batch("PRAGMA foreign_keys = ON")?;
    exported
}

/// Puts a file in the place of a database that is closed.
pub(crate) fn take_place(fresh: &Path, of: &Path) -> Result<(), OpenError> {
    // What a journal still holds belongs to the file that goes. It would be carried over into the one that comes.
    if has_journal(of)? {
        return Err(OpenError::InUse);
    }
    for journal in ["-wal", "-shm"] {
        remove_unfinished(&beside(of, journal))?;
    }
    std::fs::rename(fresh, of).map_err(OpenError::Io)?;
    sync_folder(of).map_err(OpenError::Io)
}
