//! The child: reads requests from standard input and merges, until there are no more.
//!
//! It answers on standard *error*. automerge prints on standard output when something in it does not fit, and what
//! it prints is a patient's: standard output goes nowhere.

use std::io::{self, Read, Write};

use super::frames::{GREETING, answer, asked, read_frame, write_frame};
use super::limits;
use super::{Here, MergeError, Merged, Merger as _, Work};

/// Merges what this process is asked to, and gives up first what that does not need.
pub(crate) fn main() -> io::Result<()> {
    // A panic would print where the answers go; it is caught and told in the answer.
    std::panic::set_hook(Box::new(|_panic| ()));
    limits::give_up()?;
    serve(&mut io::stdin().lock(), &mut io::stderr().lock(), |work| {
        Here.merge(work)
    })
}

/// Answers until the hub has no more to ask.
pub(super) fn serve(
    from: &mut impl Read,
    to: &mut impl Write,
    mut merge: impl FnMut(&Work<'_>) -> Result<Merged, MergeError>,
) -> io::Result<()> {
    write_frame(to, GREETING)?;
    while let Some(frame) = read_frame(from)? {
        limits::allow_one_request()?;
        let request = asked(&frame).ok_or(io::ErrorKind::InvalidData)?;
        drop(frame);
        let merged = match merge(&request.work()) {
            Ok(merged) => Some(merged),
            Err(MergeError::Unfit) => None,
            Err(MergeError::Died(_) | MergeError::Unavailable(_)) => {
                return Err(io::ErrorKind::Other.into());
            }
        };
        let answer = answer(merged).ok_or(io::ErrorKind::InvalidData)?;
        write_frame(to, &answer)?;
    }
    Ok(())
}
