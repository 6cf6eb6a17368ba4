//! What waits to be handed to the network: whole messages, the urgent ones first, and what is large in pieces, so that
//! nothing urgent waits for the end of what is not.
//!
//! Among what is urgent, and among what is not, the order stays. An end that may not cut (version 1) hands over what it
//! has begun to its end first.

use std::collections::VecDeque;

use crate::frame::{LENGTH_BYTES, PieceEnd, piece_prefix, to_frame};
use crate::limits::PIECE_BYTES;
use crate::message::{EncodeError, Message};

/// How urgent a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Answers, questions and refusals: small, and the other end waits for them.
    Urgent,
    /// Runs of logs and feeds, and what must not overtake them.
    Bulk,
}

impl Message {
    /// Returns how urgent it is. What may overtake a run must mean the same before it and after it.
    #[must_use]
    pub const fn urgency(&self) -> Urgency {
        match self {
            Self::Hello(_)
            | Self::Welcome(_)
            | Self::Stored(_)
            | Self::Taken(_)
            | Self::Refused(_)
            | Self::Enrol(_)
            | Self::Enrolling(_)
            | Self::Probe(_)
            | Self::Probed(_)
            | Self::Show(_)
            | Self::Fetch(_)
            | Self::Fetched(_)
            | Self::Meet(_)
            | Self::Declined(_)
            | Self::Wait(_)
            | Self::Unknown { .. } => Urgency::Urgent,
            // DONE says that all segments before it were all, and the steps of a repair, of what is given back and of an
            // attachment follow on each other.
            Self::Push(_)
            | Self::Early(_)
            | Self::Feed(_)
            | Self::Done(_)
            | Self::Repair(_)
            | Self::Return(_)
            | Self::Want(_)
            | Self::Blob(_)
            | Self::Pack(_) => Urgency::Bulk,
        }
    }
}

/// A message that is handed over in pieces.
#[derive(Debug)]
struct Cut {
    frame: Vec<u8>,
    /// Up to where pieces were made of it.
    at: usize,
}

/// What waits to be handed to the network.
#[derive(Debug, Default)]
pub struct Outbox {
    /// The other end reads pieces.
    may_cut: bool,
    /// Of the frame or piece that is handed over now, what is left.
    current: Vec<u8>,
    /// It is a piece.
    is_piece: bool,
    /// The message that the pieces are of.
    cut: Option<Cut>,
    urgent: VecDeque<Vec<u8>>,
    bulk: VecDeque<Vec<u8>>,
}

impl Outbox {
    /// Has a message wait for its turn.
    pub fn push(&mut self, message: &Message) -> Result<(), EncodeError> {
        let frame = to_frame(message)?;
        match message.urgency() {
            Urgency::Urgent => self.urgent.push_back(frame),
            Urgency::Bulk => self.bulk.push_back(frame),
        }
        Ok(())
    }

    /// Says that the other end reads pieces.
    pub const fn may_cut(&mut self) {
        self.may_cut = true;
    }

    /// Returns how many messages wait, those included that are handed over in part.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let whole = !self.current.is_empty() && !self.is_piece;
        let begun = usize::from(self.cut.is_some()).saturating_add(usize::from(whole));
        let waiting = self.urgent.len().saturating_add(self.bulk.len());
        waiting.saturating_add(begun)
    }

    /// Returns how many urgent messages wait that are not begun.
    #[must_use]
    pub fn urgent(&self) -> usize {
        self.urgent.len()
    }

    /// Returns what is to be handed over next. What is urgent comes once this is gone.
    pub fn peek(&mut self) -> &[u8] {
        if self.current.is_empty() {
            self.begin();
        }
        &self.current
    }

    /// Takes note that so many bytes of it were handed over.
    pub fn handed_over(&mut self, bytes: usize) {
        self.current.drain(..bytes.min(self.current.len()));
        let is_whole = |it: &Cut| it.at >= it.frame.len();
        if self.current.is_empty() && self.cut.as_ref().is_some_and(is_whole) {
            self.cut = None;
        }
    }

    fn begin(&mut self) {
        self.is_piece = false;
        if let Some(frame) = self.urgent.pop_front() {
            self.current = frame;
            return;
        }
        if self.cut.is_none() {
            match self.bulk.pop_front() {
                Some(frame) if self.may_cut && frame.len() > LENGTH_BYTES + PIECE_BYTES => {
                    let at = LENGTH_BYTES;
                    self.cut = Some(Cut { frame, at });
                }
                Some(frame) => self.current = frame,
                None => {}
            }
        }
        self.begin_piece();
    }

    fn begin_piece(&mut self) {
        let Some(cut) = &mut self.cut else {
            return;
        };
        let left = cut.frame.get(cut.at..).unwrap_or_default();
        let (piece, end) = match left.split_at_checked(PIECE_BYTES) {
            Some((piece, rest)) if !rest.is_empty() => (piece, PieceEnd::MoreFollow),
            Some(_) | None => (left, PieceEnd::Last),
        };
        self.current = [piece_prefix(piece.len(), end).as_slice(), piece].concat();
        self.is_piece = true;
        cut.at = cut.at.saturating_add(piece.len());
    }
}

#[cfg(test)]
mod tests;
