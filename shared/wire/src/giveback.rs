//! Giving back to a restored hub what it lost of others' changes, with its own signature as the proof.
//!
//! The client offers a seal. The hub says from where on it lacks what the seal stands for, and the client shows that by
//! the marks of the items in order. Once they give the signed chain, it sends those changes that the hub does not have.

use record::ScopeId;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::feed::{FeedItem, FeedSeal, ItemMark, ShapeError, pack_items, unpack_items};
use crate::limits::MAX_MARKS;

/// One step of giving back what is of a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// Of which scope.
    pub scope: ScopeId,
    /// The step.
    pub step: ReturnStep,
}

/// What is said of what is given back.
#[derive(Clone, PartialEq, Eq)]
pub enum ReturnStep {
    /// Client: the newest seal that it holds.
    Offer {
        /// The place from after which on it knows the order of the feed.
        begins: u64,
        /// The seal.
        seal: FeedSeal,
    },
    /// Client: what stands for the next items, in order.
    Marks(Vec<ItemMark>),
    /// Client: changes among those items.
    Items(Vec<FeedItem>),
    /// Hub: go on after this place; at the seal's own, with changes.
    After(u64),
    /// Hub: it cannot be taken.
    No,
}

impl std::fmt::Debug for ReturnStep {
    /// Counts what would fill pages.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Offer { begins, seal } => {
                write!(f, "Offer({begins}..{})", seal.position)
            }
            Self::Marks(marks) => write!(f, "Marks({})", marks.len()),
            Self::Items(items) => write!(f, "Items({items:?})"),
            Self::After(position) => write!(f, "After({position})"),
            Self::No => f.write_str("No"),
        }
    }
}

/// A step on the wire: which member is there says which step it is.
#[derive(Serialize, Deserialize)]
pub(crate) struct ReturnShape {
    #[serde(rename = "s")]
    scope: ScopeId,
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    after: Option<u64>,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    marks: Option<ByteBuf>,
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    offer: Option<(u64, FeedSeal)>,
    #[serde(rename = "z", default, skip_serializing_if = "Option::is_none")]
    packed: Option<ByteBuf>,
}

impl TryFrom<&Return> for ReturnShape {
    type Error = ShapeError;

    fn try_from(it: &Return) -> Result<Self, ShapeError> {
        let mut shape = Self {
            scope: it.scope,
            after: None,
            marks: None,
            offer: None,
            packed: None,
        };
        match &it.step {
            ReturnStep::Marks(marks) if marks.len() > MAX_MARKS => {
                return Err(ShapeError::TooLarge);
            }
            ReturnStep::Offer { begins, seal } => shape.offer = Some((*begins, *seal)),
            ReturnStep::Marks(marks) => {
                let bytes: Vec<u8> = marks.iter().flat_map(|it| it.0).collect();
                shape.marks = Some(ByteBuf::from(bytes));
            }
            ReturnStep::Items(items) => {
                shape.packed = Some(ByteBuf::from(pack_items(items, true)?));
            }
            ReturnStep::After(position) => shape.after = Some(*position),
            ReturnStep::No => {}
        }
        Ok(shape)
    }
}

impl TryFrom<ReturnShape> for Return {
    type Error = ShapeError;

    fn try_from(shape: ReturnShape) -> Result<Self, ShapeError> {
        let ReturnShape {
            scope,
            after,
            marks,
            offer,
            packed,
        } = shape;
        let step = match (after, marks, offer, packed) {
            (Some(position), None, None, None) => ReturnStep::After(position),
            (None, Some(marks), None, None) => {
                let (marks, rest) = marks.as_chunks::<32>();
                if !rest.is_empty() {
                    return Err(ShapeError::Damaged);
                }
                if marks.len() > MAX_MARKS {
                    return Err(ShapeError::TooLarge);
                }
                ReturnStep::Marks(marks.iter().copied().map(ItemMark).collect())
            }
            (None, None, Some((begins, seal)), None) => ReturnStep::Offer { begins, seal },
            (None, None, None, Some(packed)) => ReturnStep::Items(unpack_items(&packed)?.0),
            (None, None, None, None) => ReturnStep::No,
            (Some(_), ..) | (_, Some(_), ..) | (_, _, Some(_), _) => {
                return Err(ShapeError::Damaged);
            }
        };
        Ok(Self { scope, step })
    }
}

#[cfg(test)]
mod tests {
    use crypto::Signature;
    use proptest::prelude::*;

    use super::*;
    use crate::{DecodeError, EncodeError, FeedChain, Message};

    fn message(step: ReturnStep) -> Message {
        let scope = ScopeId(4);
        Message::Return(Return { scope, step })
    }

    fn seal() -> FeedSeal {
        FeedSeal {
            scope: ScopeId(4),
            feed_epoch: 7,
            position: 90,
            chain: FeedChain([1; 32]),
            signature: Signature::from_bytes([2; 64]),
        }
    }

    #[track_caller]
    fn check(step: ReturnStep) {
        let message = message(step);
        let bytes = message.to_bytes().unwrap();
        assert_eq!(Message::from_bytes(&bytes), Ok(message));
    }

    #[test]
    fn every_step_reads_back() {
        check(ReturnStep::Offer {
            begins: 40,
            seal: seal(),
        });
        check(ReturnStep::Marks(vec![
            ItemMark([1; 32]),
            ItemMark([2; 32]),
        ]));
        check(ReturnStep::Marks(vec![]));
        check(ReturnStep::Items(vec![]));
        check(ReturnStep::After(41));
        check(ReturnStep::No);
    }

    #[test]
    fn marks_at_their_limit_are_sent_and_above_it_not() {
        check(ReturnStep::Marks(vec![ItemMark([7; 32]); MAX_MARKS]));

        let above = message(ReturnStep::Marks(vec![ItemMark([7; 32]); MAX_MARKS + 1]));

        let sent = above.to_bytes();
        assert!(
            matches!(sent, Err(EncodeError::TooLarge { .. })),
            "{sent:?}"
        );
    }

    fn shape(after: Option<u64>, marks: Option<usize>, packed: Option<usize>) -> ReturnShape {
        let bytes = |length: Option<usize>| length.map(|it| ByteBuf::from(vec![0; it]));
        ReturnShape {
            scope: ScopeId(4),
            after,
            marks: bytes(marks),
            offer: None,
            packed: bytes(packed),
        }
    }

    fn read(shape: &ReturnShape) -> Result<Message, DecodeError> {
        Message::from_bytes(&serde_ipld_dagcbor::to_vec(&(21_u16, shape)).unwrap())
    }

    #[test]
    fn what_is_no_step_or_above_a_limit_is_refused() {
        let mut two = shape(Some(1), None, None);
        two.offer = Some((1, seal()));
        let mut other = shape(None, None, Some(1));
        other.offer = Some((1, seal()));
        for damaged in [
            two,
            other,
            shape(Some(1), Some(32), None),
            shape(None, Some(32), Some(1)),
            shape(Some(1), None, Some(1)),
            shape(None, Some(33), None),
            shape(None, None, Some(1)),
        ] {
            assert_eq!(read(&damaged), Err(DecodeError::Damaged));
        }
        let large = read(&shape(None, Some(32 * (MAX_MARKS + 1)), None));
        assert!(
            matches!(large, Err(DecodeError::TooLarge { .. })),
            "{large:?}"
        );
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_read_or_refused(body: Vec<u8>) {
            let mut bytes = vec![0x82, 21];
            bytes.extend(body);
            let _read = Message::from_bytes(&bytes);
        }
    }
}
