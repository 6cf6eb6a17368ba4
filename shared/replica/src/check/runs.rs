//! Run-length columns: how automerge keeps the operations of a change.
//!
//! A column is a sequence of runs: a positive number and a value to repeat; a negative number and that many
//! values; zero and a number of rows without a value. Three bytes can so stand for a billion rows, which is why
//! rows are counted from the runs before any is made.

use super::reader::{Malformed, Reader};

/// Why the rows of a column were not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CountError {
    Malformed,
    TooMany,
}

impl From<Malformed> for CountError {
    fn from(_malformed: Malformed) -> Self {
        Self::Malformed
    }
}

enum Run<V> {
    Repeated(usize, V),
    Listed(usize),
    Absent(usize),
}

/// Reads how a run begins; the values of a listed run follow.
fn run<'a, V>(
    reader: &mut Reader<'a>,
    value: impl Fn(&mut Reader<'a>) -> Result<V, Malformed>,
) -> Result<Run<V>, Malformed> {
    let length = reader.signed()?;
    let rows = usize::try_from(length.unsigned_abs()).map_err(|_big| Malformed)?;
    if length > 0 {
        return Ok(Run::Repeated(rows, value(reader)?));
    }
    if length < 0 {
        return Ok(Run::Listed(rows));
    }
    let rows = usize::try_from(reader.unsigned()?).map_err(|_big| Malformed)?;
    if rows == 0 {
        Err(Malformed)
    } else {
        Ok(Run::Absent(rows))
    }
}

/// Counts the rows of a column of numbers without making them, and stops above the limit.
pub(super) fn count(column: &[u8], limit: usize) -> Result<usize, CountError> {
    let mut reader = Reader::new(column);
    let mut rows: usize = 0;
    while !reader.is_empty() {
        let more = match run(&mut reader, Reader::unsigned)? {
            Run::Repeated(more, _value) => more,
            Run::Absent(more) => more,
            Run::Listed(more) => {
                for _value in 0..more {
                    // Each takes a byte at least: this ends with the bytes, whatever number they named.
                    reader.unsigned()?;
                }
                more
            }
        };
        rows = rows.saturating_add(more);
        if rows > limit {
            return Err(CountError::TooMany);
        }
    }
    Ok(rows)
}

/// Makes the rows of a column, which must be this many. An empty column has no values.
pub(super) fn expand<'a, V: Copy>(
    column: &'a [u8],
    rows: usize,
    value: impl Fn(&mut Reader<'a>) -> Result<V, Malformed>,
) -> Result<Vec<Option<V>>, Malformed> {
    if column.is_empty() {
        return Ok(vec![None; rows]);
    }
    let mut reader = Reader::new(column);
    let mut made = Vec::with_capacity(rows);
    while !reader.is_empty() {
        let room = rows - made.len();
        match run(&mut reader, &value)? {
            Run::Repeated(more, it) if more <= room => made.resize(made.len() + more, Some(it)),
            Run::Absent(more) if more <= room => made.resize(made.len() + more, None),
            Run::Listed(more) if more <= room => {
                for _value in 0..more {
                    made.push(Some(value(&mut reader)?));
                }
            }
            Run::Repeated(..) | Run::Absent(_) | Run::Listed(_) => return Err(Malformed),
        }
    }
    if made.len() == rows {
        Ok(made)
    } else {
        Err(Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(column: &[u8], counted: Result<usize, CountError>, made: &[Option<u64>]) {
        assert_eq!(count(column, 100), counted);
        if let Ok(rows) = counted {
            assert_eq!(expand(column, rows, Reader::unsigned).as_deref(), Ok(made));
            assert_eq!(expand(column, rows + 1, Reader::unsigned), Err(Malformed));
        }
    }

    #[test]
    fn runs_repeat_list_and_leave_out() {
        check(&[3, 9], Ok(3), &[Some(9); 3]);
        check(&[0x7e, 4, 5], Ok(2), &[Some(4), Some(5)]);
        check(&[0, 2], Ok(2), &[None, None]);
        check(
            &[2, 1, 0, 1, 0x7f, 8],
            Ok(4),
            &[Some(1), Some(1), None, Some(8)],
        );
    }

    #[test]
    fn a_billion_rows_in_six_bytes_are_counted_and_not_made() {
        check(
            &[0x80, 0x94, 0xeb, 0xdc, 0x03, 1],
            Err(CountError::TooMany),
            &[],
        );
        check(
            &[0, 0x80, 0x94, 0xeb, 0xdc, 0x03],
            Err(CountError::TooMany),
            &[],
        );
    }

    #[test]
    fn a_list_cannot_name_more_than_its_bytes_hold() {
        check(
            &[0x80, 0x80, 0x80, 0x80, 0x78, 1, 2, 3],
            Err(CountError::Malformed),
            &[],
        );
        check(&[0, 0], Err(CountError::Malformed), &[]);
    }
}
