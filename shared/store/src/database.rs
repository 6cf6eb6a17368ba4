//! Opens and makes database files.
//!
//! A file is looked at before it is opened for writing, by a connection that takes no lock and writes nothing.
//! So a wrong key, a plain or damaged file or a newer schema leaves every byte as it was, and no file beside it.

mod anew;
mod copy;

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::Duration;

use crypto::DatabaseKey;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

pub(crate) use anew::{take_place, write_anew};
pub(crate) use copy::copy;

use crate::error::opening;
use crate::migrate::Schema;
use crate::{OpenError, StoreError};

/// How a plain SQLite file begins.
const PLAIN: &[u8; 16] = b"SQLite format 3\0";
/// How long a writer waits for another process's transaction. None takes longer than seconds; ten mean that
/// something is wrong.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How many prepared statements are kept: more than there are in either schema.
const STATEMENTS: usize = 128;

/// Who else may have the file open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// One process at a time; another is told so at once.
    Alone,
    /// Several processes; a writer waits for another.
    Shared,
}

/// Makes a new database file. It appears under its name only when it is whole.
pub(crate) fn create(
    path: &Path,
    key: &DatabaseKey,
    schema: &Schema,
    fill: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> Result<(), OpenError> {
    if path.try_exists().map_err(OpenError::Io)? {
        return Err(OpenError::Exists);
    }
    let unfinished = beside(path, ".new");
    remove_unfinished(&unfinished)?;
    make_private_file(&unfinished)?;
    let made = fill_new(&unfinished, key, schema, fill)
        .and_then(|()| std::fs::rename(&unfinished, path).map_err(OpenError::Io));
    if made.is_err() {
        remove_unfinished(&unfinished)?;
    }
    made?;
    sync_folder(path).map_err(OpenError::Io)
}

fn fill_new(
    path: &Path,
    key: &DatabaseKey,
    schema: &Schema,
    fill: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> Result<(), OpenError> {
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, Some(key))?;
    set_up(&connection)?;
    connection
        .execute_batch("PRAGMA journal_mode = DELETE")
        .map_err(opening)?;
    schema.bring_up_to_date(&mut connection)?;
    fill(&connection).map_err(opening)?;
    connection
        .close()
        .map_err(|(_connection, error)| opening(error))
}

/// Opens a database file that is there.
pub(crate) fn open(
    path: &Path,
    key: &DatabaseKey,
    schema: &Schema,
    sharing: Sharing,
) -> Result<Connection, OpenError> {
    let head = read_head(path)?;
    if head == *PLAIN {
        return Err(OpenError::NotEncrypted);
    }
    // The salt is made from the key, so a right key is told from a wrong one on a damaged file too.
    let is_ours = head == *salt_of(key);
    if let Err(error) = look(path, key, schema) {
        let is_unreadable = matches!(error, OpenError::Damaged | OpenError::Failed(_));
        if is_unreadable && !is_ours {
            return Err(OpenError::WrongKey);
        }
        // A journal may be half carried over: its writer was killed, or is at it. Then only both together are
        // the store, and with the right key nothing is lost by reading both.
        if !is_unreadable || !has_journal(path)? {
            return Err(error);
        }
    }
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, Some(key))?;
    carry_over_at_close(&connection, false)?;
    match sharing {
        Sharing::Alone => lock(&connection)?,
        Sharing::Shared => connection.busy_timeout(BUSY_TIMEOUT).map_err(opening)?,
    }
    schema.check(&connection)?;
    carry_over_at_close(&connection, true)?;
    set_up(&connection)?;
    connection
        .execute_batch("PRAGMA journal_mode = WAL")
        .map_err(opening)?;
    if schema.bring_up_to_date(&mut connection)? {
        // An older release looks at the file, not at its journal: it must see the new version there.
        connection
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
            .map_err(opening)?;
    }
    Ok(connection)
}

/// Makes a database that is gone when it is dropped, and never on the disk.
pub(crate) fn in_memory(
    schema: &Schema,
    fill: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> Result<Connection, OpenError> {
    let mut connection = connect(
        Path::new(":memory:"),
        OpenFlags::SQLITE_OPEN_READ_WRITE,
        None,
    )?;
    set_up(&connection)?;
    schema.bring_up_to_date(&mut connection)?;
    fill(&connection).map_err(opening)?;
    Ok(connection)
}

/// Checks every page's authentication and every index; returns what is wrong.
pub(crate) fn check_file(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    // Pages are authenticated in the file itself. One that was torn when the power went is whole in the journal, so the
    // journal is carried over first. While this reads, no other process carries over.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_row| Ok(()))?;
    let reading = connection.unchecked_transaction()?;
    reading.query_row("SELECT count(*) FROM sqlite_schema", [], |_row| Ok(()))?;
    let mut problems = Vec::new();
    for pragma in [
        "PRAGMA cipher_integrity_check",
        "PRAGMA integrity_check(100)",
    ] {
        let mut statement = connection.prepare(pragma)?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        for row in rows {
            problems.push(row?);
        }
    }
    problems.retain(|it| it != "ok");
    reading.finish()?;
    Ok(problems)
}

/// Reads the file without a lock, a journal or a write.
fn look(path: &Path, key: &DatabaseKey, schema: &Schema) -> Result<(), OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = connect(Path::new(&immutable_uri(path)?), flags, Some(key))?;
    connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |_row| Ok(()))
        .map_err(opening)?;
    schema.check(&connection)
}

fn connect(
    path: &Path,
    flags: OpenFlags,
    key: Option<&DatabaseKey>,
) -> Result<Connection, OpenError> {
    begin();
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(opening)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without SQLCipher a key would be taken without a word, and a plain file written.
    let version: Result<String, _> =
        connection.pragma_query_value(None, "cipher_version", |row| row.get(0));
    version.map_err(opening)?;
    if let Some(key) = key {
        // It would write to stderr what an error says already.
        connection
            .execute_batch("PRAGMA cipher_log_level = NONE")
            .map_err(opening)?;
        connection
            .execute_batch(&key_pragma(key))
            .map_err(opening)?;
    }
    Ok(connection)
}

/// Has SQLCipher begin, once in a process. SQLite says that it has begun before SQLCipher has, so a second thread that
/// opens a database just then would be told that its key is none.
fn begin() {
    static BEGIN: Once = Once::new();
    // What goes wrong here goes wrong again, and is told, when a file is opened.
    BEGIN.call_once(|| drop(Connection::open_in_memory()));
}

/// Takes the file for this process alone, until it is closed.
fn lock(connection: &Connection) -> Result<(), OpenError> {
    connection.busy_timeout(Duration::ZERO).map_err(opening)?;
    connection
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT")
        .map_err(opening)
}

/// Whether closing writes the journal into the file and removes it. Not before we know that the store is ours to write.
fn carry_over_at_close(connection: &Connection, does: bool) -> Result<(), OpenError> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !does)
        .map(drop)
        .map_err(opening)
}

/// Tells whether a journal stands beside the file.
fn has_journal(path: &Path) -> Result<bool, OpenError> {
    match std::fs::metadata(beside(path, "-wal")) {
        Ok(it) => Ok(it.len() > 0),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(OpenError::Io(error)),
    }
}

fn set_up(connection: &Connection) -> Result<(), OpenError> {
    // What was deleted is overwritten, a commit is on the disk when it returns, and 64 MB of pages stay
    // decrypted: ranked search then costs what it costs without encryption.
    connection
        .execute_batch(
            "PRAGMA synchronous = FULL;
             PRAGMA secure_delete = ON;
             PRAGMA trusted_schema = OFF;
             PRAGMA cell_size_check = ON;
             PRAGMA foreign_keys = ON;
             PRAGMA temp_store = MEMORY;
             PRAGMA cache_size = -64000;",
        )
        .map_err(opening)
}

/// Returns the salt that the file begins with. The key is random and used for one file, so the salt adds
/// nothing to it and can be made from it.
fn salt_of(key: &DatabaseKey) -> Zeroizing<[u8; 16]> {
    let digest = crypto::hash("posta/database-salt/v1", &[key.expose()]);
    let mut salt = Zeroizing::new([0; 16]);
    for (to, from) in salt.iter_mut().zip(digest.as_bytes()) {
        *to = *from;
    }
    salt
}

fn key_pragma(key: &DatabaseKey) -> Zeroizing<String> {
    let mut sql = Zeroizing::new(String::with_capacity(128));
    sql.push_str("PRAGMA key = \"");
    sql.push_str(&key_text(key));
    sql.push('"');
    sql
}

/// Spells a raw key, with the salt, as SQLCipher takes it.
fn key_text(key: &DatabaseKey) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(128));
    text.push_str("x'");
    for byte in key.expose().iter().chain(salt_of(key).iter()) {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    text.push('\'');
    text
}

fn read_head(path: &Path) -> Result<[u8; 16], OpenError> {
    let mut head = [0; 16];
    let mut file = File::open(path).map_err(OpenError::Io)?;
    match file.read_exact(&mut head) {
        Ok(()) => Ok(head),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(OpenError::Damaged),
        Err(error) => Err(OpenError::Io(error)),
    }
}

/// Spells a path as SQLite's URI that promises that nobody writes to the file.
fn immutable_uri(path: &Path) -> Result<String, OpenError> {
    let path = std::path::absolute(path).map_err(OpenError::Io)?;
    let text = path
        .to_str()
        .ok_or_else(|| OpenError::Io(ErrorKind::InvalidFilename.into()))?;
    let mut uri = "file:".to_owned();
    if !text.starts_with('/') {
        uri.push('/'); // a drive's letter
    }
    for byte in text.bytes() {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b':' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    Ok(uri)
}

pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Removes what an interrupted `create` left behind.
fn remove_unfinished(path: &Path) -> Result<(), OpenError> {
    for leftover in [path.to_path_buf(), beside(path, "-journal")] {
        match std::fs::remove_file(leftover) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(OpenError::Io(error)),
        }
    }
    Ok(())
}

/// Makes an empty file that only its owner can read.
fn make_private_file(path: &Path) -> Result<(), OpenError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(OpenError::Io)
}

/// Makes the file's name durable.
pub(crate) fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(it) if !it.as_os_str().is_empty() => it,
        _ => Path::new("."),
    };
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Runs one transaction that waits for other writers before it reads. Inside a group it is a part of that.
pub(crate) fn write<T>(
    connection: &mut Connection,
    run: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    use crate::error::Doing as _;

    if !connection.is_autocommit() {
        let part = connection.savepoint().doing("begin a part of a group")?;
        let done = run(&part)?;
        part.commit().doing("end a part of a group")?;
        return Ok(done);
    }
    let transaction = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .doing("begin a transaction")?;
    let done = run(&transaction)?;
    transaction.commit().doing("commit a transaction")?;
    Ok(done)
}

/// Fails unless a commit that returned is on the disk, whatever happens next, and what was deleted is overwritten.
#[cfg(test)]
#[track_caller]
pub(crate) fn check_durable(connection: &Connection) {
    let number = |pragma| -> i64 {
        connection
            .pragma_query_value(None, pragma, |row| row.get(0))
            .unwrap()
    };
    let journal: String = connection
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();

    assert_eq!(journal, "wal");
    // FULL, ON, ON, MEMORY.
    let found = ["synchronous", "secure_delete", "foreign_keys", "temp_store"].map(number);
    assert_eq!(found, [2, 1, 1, 2]);
}

#[cfg(test)]
mod tests;
