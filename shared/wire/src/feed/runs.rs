//! Items as runs, and back: own entries that follow each other are one.

use audit::LogPosition;
use serde_bytes::{ByteBuf, Bytes};

use super::{
    CHANGE, ChangeShape, FeedItem, GONE, ItemMark, LEAVE, OWN, OwnSteps, RunShape, ShapeError,
    decode, encode,
};
use crate::limits::MAX_FEED_ITEMS;

/// Joins own entries that follow each other into runs. Only a reader of version 2 is told marks.
pub(super) fn runs_of(items: &[FeedItem], tells_marks: bool) -> Result<Vec<RunShape>, ShapeError> {
    let mut runs = Vec::new();
    let mut rest = items;
    while let Some((item, after)) = rest.split_first() {
        rest = after;
        match item {
            FeedItem::Own { position } => {
                let mut steps = OwnSteps::new();
                let mut last = *position;
                while let Some((FeedItem::Own { position: next }, after)) = rest.split_first() {
                    let Some(step) = step_between(last, *next) else {
                        break;
                    };
                    steps.push(step);
                    last = *next;
                    rest = after;
                }
                runs.push(RunShape(OWN, *position, ByteBuf::from(encode(&steps)?)));
            }
            FeedItem::Change {
                position,
                chart,
                hlc,
                person,
                payload,
            } => {
                let change = ChangeShape(*chart, *hlc, *person, ByteBuf::from(payload.as_slice()));
                runs.push(RunShape(CHANGE, *position, ByteBuf::from(encode(&change)?)));
            }
            FeedItem::Gone {
                position,
                hash,
                mark,
            } => {
                let mark = mark.filter(|_| tells_marks);
                let rest = [hash.as_slice(), mark.as_ref().map_or(&[], |it| &it.0)].concat();
                let rest = encode(&Bytes::new(&rest))?;
                runs.push(RunShape(GONE, *position, ByteBuf::from(rest)));
            }
            FeedItem::Leave { position, chart } => {
                runs.push(RunShape(LEAVE, *position, ByteBuf::from(encode(chart)?)));
            }
            FeedItem::Other {
                kind,
                position,
                payload,
            } => {
                runs.push(RunShape(
                    *kind,
                    *position,
                    ByteBuf::from(payload.as_slice()),
                ));
            }
        }
    }
    Ok(runs)
}

/// Returns how far one place of a log is after another; none if it is not.
pub(crate) fn step_between(before: LogPosition, after: LogPosition) -> Option<u64> {
    let same_log = before.device == after.device && before.epoch == after.epoch;
    if same_log {
        after.seq.checked_sub(before.seq)
    } else {
        None
    }
}

pub(super) fn add_items_of(run: &RunShape, items: &mut Vec<FeedItem>) -> Result<(), ShapeError> {
    let RunShape(kind, position, rest) = run;
    let position = *position;
    match *kind {
        OWN => {
            let mut seq = position.seq;
            items.push(FeedItem::Own { position });
            for step in decode::<OwnSteps>(rest)? {
                if items.len() >= MAX_FEED_ITEMS {
                    return Err(ShapeError::TooLarge);
                }
                seq = seq.checked_add(step).ok_or(ShapeError::Damaged)?;
                items.push(FeedItem::Own {
                    position: LogPosition { seq, ..position },
                });
            }
        }
        CHANGE => {
            let ChangeShape(chart, hlc, person, payload) = decode(rest)?;
            let payload = payload.into_vec();
            items.push(FeedItem::Change {
                position,
                chart,
                hlc,
                person,
                payload,
            });
        }
        GONE => items.push(gone(position, &decode::<ByteBuf>(rest)?)?),
        LEAVE => items.push(FeedItem::Leave {
            position,
            chart: decode(rest)?,
        }),
        kind => items.push(FeedItem::Other {
            kind,
            position,
            payload: rest.to_vec(),
        }),
    }
    Ok(())
}

fn gone(position: LogPosition, rest: &[u8]) -> Result<FeedItem, ShapeError> {
    let (hash, mark) = rest.split_first_chunk::<32>().ok_or(ShapeError::Damaged)?;
    let mark = match mark {
        [] => None,
        mark => Some(ItemMark(
            mark.try_into().map_err(|_long| ShapeError::Damaged)?,
        )),
    };
    Ok(FeedItem::Gone {
        position,
        hash: *hash,
        mark,
    })
}
