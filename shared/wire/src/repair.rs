//! Making a site's copy of a scope whole again, when its cursor says nothing to the hub.
//!
//! Both ends compare which changes they hold without naming them all; then the client names those that it lacks.

use record::ScopeId;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::feed::{FeedItem, ShapeError, pack_items, unpack_items};
use crate::limits::{MAX_COMPARED_BYTES, MAX_WANTED};

/// One step of a scope's repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Of which scope.
    pub scope: ScopeId,
    /// The step.
    pub step: RepairStep,
}

/// What is said of a scope's repair.
#[derive(Clone, PartialEq, Eq)]
pub enum RepairStep {
    /// Either: what is held, in the words of negentropy.
    Compare(Vec<u8>),
    /// Client: the hashes of changes that it lacks.
    Want(Vec<[u8; 32]>),
    /// Hub: what was wanted, as far as it fits one message.
    Items {
        /// How many of the hashes, from the first, are answered by this. The rest is to be asked for again.
        answered: u32,
        /// The changes. One that is there no more has none.
        items: Vec<FeedItem>,
    },
    /// Either: there is too much to compare. The feed comes from its beginning.
    GiveUp,
}

impl std::fmt::Debug for RepairStep {
    /// Counts what would fill pages.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Compare(bytes) => write!(f, "Compare({} bytes)", bytes.len()),
            Self::Want(hashes) => write!(f, "Want({})", hashes.len()),
            Self::Items { answered, items } => write!(f, "Items({answered}, {items:?})"),
            Self::GiveUp => f.write_str("GiveUp"),
        }
    }
}

/// A step on the wire: which member is there says which step it is.
#[derive(Serialize, Deserialize)]
pub(crate) struct RepairShape {
    #[serde(rename = "s")]
    scope: ScopeId,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    answered: Option<u32>,
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    compared: Option<ByteBuf>,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    wanted: Option<ByteBuf>,
    #[serde(rename = "z", default, skip_serializing_if = "Option::is_none")]
    packed: Option<ByteBuf>,
}

impl TryFrom<&Repair> for RepairShape {
    type Error = ShapeError;

    fn try_from(repair: &Repair) -> Result<Self, ShapeError> {
        let mut shape = Self {
            scope: repair.scope,
            answered: None,
            compared: None,
            wanted: None,
            packed: None,
        };
        match &repair.step {
            RepairStep::Compare(bytes) if bytes.len() > MAX_COMPARED_BYTES => {
                return Err(ShapeError::TooLarge);
            }
            RepairStep::Want(hashes) if hashes.len() > MAX_WANTED => {
                return Err(ShapeError::TooLarge);
            }
            RepairStep::Compare(bytes) => shape.compared = Some(ByteBuf::from(bytes.as_slice())),
            RepairStep::Want(hashes) => shape.wanted = Some(ByteBuf::from(hashes.concat())),
            RepairStep::Items { answered, items } => {
                shape.answered = Some(*answered);
                shape.packed = Some(ByteBuf::from(pack_items(items, true)?));
            }
            RepairStep::GiveUp => {}
        }
        Ok(shape)
    }
}

impl TryFrom<RepairShape> for Repair {
    type Error = ShapeError;

    fn try_from(shape: RepairShape) -> Result<Self, ShapeError> {
        let RepairShape {
            scope,
            answered,
            compared,
            wanted,
            packed,
        } = shape;
        let step = match (compared, wanted, packed) {
            (Some(compared), None, None) if compared.len() > MAX_COMPARED_BYTES => {
                return Err(ShapeError::TooLarge);
            }
            (Some(compared), None, None) => RepairStep::Compare(compared.into_vec()),
            (None, Some(wanted), None) => {
                let (hashes, rest) = wanted.as_chunks::<32>();
                if !rest.is_empty() {
                    return Err(ShapeError::Damaged);
                }
                if hashes.len() > MAX_WANTED {
                    return Err(ShapeError::TooLarge);
                }
                RepairStep::Want(hashes.to_vec())
            }
            (None, None, Some(packed)) => RepairStep::Items {
                answered: answered.ok_or(ShapeError::Damaged)?,
                items: unpack_items(&packed)?.0,
            },
            (None, None, None) => RepairStep::GiveUp,
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) | (_, Some(_), Some(_)) => {
                return Err(ShapeError::Damaged);
            }
        };
        Ok(Self { scope, step })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{DecodeError, EncodeError, Message};

    fn repair(step: RepairStep) -> Message {
        Message::Repair(Repair {
            scope: ScopeId(4),
            step,
        })
    }

    #[track_caller]
    fn check(step: RepairStep) {
        let message = repair(step);
        let bytes = message.to_bytes().unwrap();
        assert_eq!(Message::from_bytes(&bytes), Ok(message));
    }

    #[test]
    fn every_step_reads_back() {
        check(RepairStep::Compare(vec![0x61, 1, 2]));
        check(RepairStep::Want(vec![]));
        check(RepairStep::Want(vec![[1; 32], [2; 32]]));
        check(RepairStep::Items {
            answered: 3,
            items: vec![],
        });
        check(RepairStep::GiveUp);
    }

    #[test]
    fn steps_at_their_limits_are_sent_and_above_them_not() {
        check(RepairStep::Compare(vec![7; MAX_COMPARED_BYTES]));
        check(RepairStep::Want(vec![[7; 32]; MAX_WANTED]));

        for step in [
            RepairStep::Compare(vec![7; MAX_COMPARED_BYTES + 1]),
            RepairStep::Want(vec![[7; 32]; MAX_WANTED + 1]),
        ] {
            let sent = repair(step).to_bytes();
            assert!(
                matches!(sent, Err(EncodeError::TooLarge { .. })),
                "{sent:?}"
            );
        }
    }

    fn read(shape: &RepairShape) -> Result<Message, DecodeError> {
        Message::from_bytes(&serde_ipld_dagcbor::to_vec(&(14_u16, shape)).unwrap())
    }

    fn shape(compared: Option<usize>, wanted: Option<usize>, packed: Option<usize>) -> RepairShape {
        let bytes = |length: Option<usize>| length.map(|it| ByteBuf::from(vec![0; it]));
        RepairShape {
            scope: ScopeId(4),
            answered: None,
            compared: bytes(compared),
            wanted: bytes(wanted),
            packed: bytes(packed),
        }
    }

    #[test]
    fn what_is_no_step_or_above_a_limit_is_refused() {
        for damaged in [
            shape(Some(1), Some(32), None),
            shape(Some(1), None, Some(1)),
            shape(None, Some(32), Some(1)),
            shape(None, Some(33), None),
            shape(None, None, Some(1)),
        ] {
            assert_eq!(read(&damaged), Err(DecodeError::Damaged));
        }
        for large in [
            shape(Some(MAX_COMPARED_BYTES + 1), None, None),
            shape(None, Some(32 * (MAX_WANTED + 1)), None),
        ] {
            let read = read(&large);
            assert!(
                matches!(read, Err(DecodeError::TooLarge { .. })),
                "{read:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_read_or_refused(body: Vec<u8>) {
            let mut bytes = vec![0x82, 14];
            bytes.extend(body);
            let _read = Message::from_bytes(&bytes);
        }
    }
}
