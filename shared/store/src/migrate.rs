//! Brings a schema up to date, one numbered migration at a time.
//!
//! A migration is a file that is never edited once released. The database's `user_version` is the number of the
//! last one that was run; a database with a higher one is left alone.

use rusqlite::{Connection, TransactionBehavior};

use crate::OpenError;
use crate::error::opening;

/// One kind of database.
#[derive(Debug)]
pub(crate) struct Schema {
    /// Tells it from others: SQLite's `application_id`.
    pub(crate) application_id: i32,
    /// The migrations, the first first.
    pub(crate) migrations: &'static [&'static str],
}

impl Schema {
    /// Returns the version that this release writes.
    pub(crate) fn known(&self) -> u32 {
        u32::try_from(self.migrations.len()).unwrap_or(u32::MAX)
    }

    /// Checks that a database is of this kind and not newer than this release.
    pub(crate) fn check(&self, connection: &Connection) -> Result<(), OpenError> {
        let application_id: i32 = pragma(connection, "application_id")?;
        let found = version(connection)?;
        if application_id != self.application_id {
            return Err(OpenError::OtherKind);
        }
        if found > self.known() {
            return Err(OpenError::TooNew {
                found,
                known: self.known(),
            });
        }
        Ok(())
    }

    /// Runs what migrations are missing, each in its own transaction. Tells whether there were any.
    pub(crate) fn bring_up_to_date(&self, connection: &mut Connection) -> Result<bool, OpenError> {
        let mut ran = false;
        for (number, sql) in (1_u32..).zip(self.migrations) {
            if version(connection)? >= number {
                continue;
            }
            let transaction = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(opening)?;
            // Another process may have run it while this one waited to write.
            if version(&transaction)? < number {
                transaction.execute_batch(sql).map_err(opening)?;
                transaction
                    .pragma_update(None, "application_id", self.application_id)
                    .map_err(opening)?;
                transaction
                    .pragma_update(None, "user_version", number)
                    .map_err(opening)?;
            }
            transaction.commit().map_err(opening)?;
            ran = true;
        }
        Ok(ran)
    }
}

fn version(connection: &Connection) -> Result<u32, OpenError> {
    pragma(connection, "user_version")
}

fn pragma<T: rusqlite::types::FromSql>(
    connection: &Connection,
    name: &str,
) -> Result<T, OpenError> {
    connection
        .pragma_query_value(None, name, |row| row.get(0))
        .map_err(opening)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Schema = Schema {
        application_id: 7,
        migrations: &["CREATE TABLE first (it)", "CREATE TABLE second (it)"],
    };

    fn tables(connection: &Connection) -> u32 {
        connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn every_migration_runs_once_and_in_order() {
        let mut connection = Connection::open_in_memory().unwrap();

        assert!(TWO.bring_up_to_date(&mut connection).unwrap());
        assert!(!TWO.bring_up_to_date(&mut connection).unwrap());

        assert_eq!((tables(&connection), version(&connection).unwrap()), (2, 2));
        assert!(TWO.check(&connection).is_ok());
    }

    #[test]
    fn an_older_schema_is_brought_up_to_date() {
        let mut connection = Connection::open_in_memory().unwrap();
        let one = Schema {
            migrations: &["CREATE TABLE first (it)"],
            ..TWO
        };
        one.bring_up_to_date(&mut connection).unwrap();

        assert!(TWO.bring_up_to_date(&mut connection).unwrap());

        assert_eq!((tables(&connection), version(&connection).unwrap()), (2, 2));
        assert!(matches!(
            one.check(&connection),
            Err(OpenError::TooNew { found: 2, known: 1 })
        ));
    }

    #[test]
    fn a_migration_that_fails_leaves_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        let broken = Schema {
            migrations: &["CREATE TABLE first (it); CREATE TABLE first (it)"],
            ..TWO
        };

        assert!(broken.bring_up_to_date(&mut connection).is_err());

        assert_eq!((tables(&connection), version(&connection).unwrap()), (0, 0));
    }
}
