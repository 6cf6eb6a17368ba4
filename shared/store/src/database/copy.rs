//! A copy in memory of a database in memory.

use std::path::Path;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use super::{connect, set_up};
use crate::OpenError;
use crate::error::opening;

/// Copies a database that is in memory itself. What is in an encrypted file stays encrypted.
pub(crate) fn copy(from: &Connection) -> Result<Connection, OpenError> {
    if from.path().is_some_and(|path| !path.is_empty()) {
        return Err(OpenError::Failed("only a store in memory is copied".into()));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let mut to = connect(Path::new(":memory:"), flags, None)?;
    Backup::new(from, &mut to)
        .and_then(|backup| backup.step(-1))
        .map_err(opening)?;
    set_up(&to)?;
    Ok(to)
}
