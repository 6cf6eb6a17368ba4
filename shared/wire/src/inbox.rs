//! What has arrived on a stream, until it makes a whole frame.
//!
//! A frame's length is judged before room is made for it, and room is made only for bytes that have come: a
//! peer that announces 4 GB, or 256 kB that it never sends, costs nothing. A message that comes in pieces may be no
//! longer than one that comes whole, and there is one at a time.

use crate::frame::{FrameStart, FrameTooLarge, LENGTH_BYTES, PieceEnd, frame_start};
use crate::limits::MAX_FRAME_BYTES;

/// Bytes that arrived and are not read yet.
#[derive(Debug, Default)]
pub struct Inbox {
    bytes: Vec<u8>,
    /// How many of them were read already.
    read: usize,
    /// Of a message that comes in pieces, those that came.
    pieces: Vec<u8>,
    /// The last of them came.
    is_whole: bool,
    /// Bytes of all frames that were read, their lengths included.
    carried: u64,
}

impl Inbox {
    /// Takes what arrived.
    pub fn push(&mut self, arrived: &[u8]) {
        // Many small frames arrive at once; moving the rest up after each would be quadratic.
        self.bytes.drain(..self.read);
        self.read = 0;
        self.bytes.extend_from_slice(arrived);
    }

    /// Tells whether part of a message is here, and the rest is not.
    #[must_use]
    pub fn is_midway(&self) -> bool {
        !self.unread().is_empty() || self.has_pieces()
    }

    /// Whether a message came in part.
    const fn has_pieces(&self) -> bool {
        !self.pieces.is_empty() && !self.is_whole
    }

    /// Returns the next message without its length, if it is here whole.
    pub fn next_message(&mut self) -> Result<Option<&[u8]>, FrameTooLarge> {
        if std::mem::take(&mut self.is_whole) {
            // It was returned.
            self.pieces = Vec::new();
        }
        loop {
            let Some((prefix, _)) = self.unread().split_first_chunk::<LENGTH_BYTES>() else {
                return Ok(None);
            };
            let frame = frame_start(*prefix)?;
            let (FrameStart::Message(length) | FrameStart::Piece(length, _)) = frame;
            let start = self.read.saturating_add(LENGTH_BYTES);
            let end = start.saturating_add(length);
            let whole = self.pieces.len().saturating_add(length);
            if whole > MAX_FRAME_BYTES && matches!(frame, FrameStart::Piece(..)) {
                let announced = u32::try_from(whole).unwrap_or(u32::MAX);
                return Err(FrameTooLarge { announced });
            }
            if end > self.bytes.len() {
                return Ok(None);
            }
            self.read = end;
            let read = LENGTH_BYTES.saturating_add(length) as u64;
            self.carried = self.carried.saturating_add(read);
            match frame {
                FrameStart::Message(_) => return Ok(self.bytes.get(start..end)),
                FrameStart::Piece(_, piece_end) => {
                    let piece = self.bytes.get(start..end).unwrap_or_default();
                    self.pieces.extend_from_slice(piece);
                    if piece_end == PieceEnd::Last {
                        self.is_whole = true;
                        return Ok(Some(&self.pieces));
                    }
                }
            }
        }
    }

    /// Returns how many bytes the frames had that were read.
    #[must_use]
    pub const fn carried(&self) -> u64 {
        self.carried
    }

    /// Returns what is not read yet.
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        self.bytes.get(self.read..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).unwrap();
        [&length.to_be_bytes(), body].concat()
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_anything_follows() {
        let mut inbox = Inbox::default();

        inbox.push(&u32::MAX.to_be_bytes());

        assert_eq!(
            inbox.next_message(),
            Err(FrameTooLarge {
                announced: u32::MAX
            })
        );
    }

    #[test]
    fn room_is_made_only_for_what_has_come() {
        let mut inbox = Inbox::default();

        inbox.push(&200_000_u32.to_be_bytes());

        assert_eq!(inbox.next_message(), Ok(None));
        assert!(inbox.is_midway());
        assert!(inbox.bytes.capacity() < 1_000);
    }

    fn piece(body: &[u8], mark: u32) -> Vec<u8> {
        let length = u32::try_from(body.len()).unwrap();
        [&(length | mark).to_be_bytes(), body].concat()
    }

    #[test]
    fn pieces_make_a_message_and_others_come_between_them() {
        let mut inbox = Inbox::default();

        inbox.push(&piece(b"a lar", 3 << 30));
        assert_eq!(inbox.next_message(), Ok(None));
        assert!(inbox.is_midway());
        inbox.push(&frame(b"urgent"));
        assert_eq!(inbox.next_message(), Ok(Some(&b"urgent"[..])));
        inbox.push(&piece(b"ge one", 1 << 31));

        assert_eq!(inbox.next_message(), Ok(Some(&b"a large one"[..])));
        assert!(!inbox.is_midway());
        assert_eq!(inbox.next_message(), Ok(None));
    }

    #[test]
    fn pieces_make_no_more_than_a_whole_frame_may_have() {
        let mut inbox = Inbox::default();
        let half = vec![0; MAX_FRAME_BYTES / 2];

        inbox.push(&piece(&half, 3 << 30));
        inbox.push(&piece(&half, 3 << 30));
        assert_eq!(inbox.next_message(), Ok(None));
        inbox.push(&piece(b"x", 1 << 31));

        assert!(inbox.next_message().is_err());
    }

    proptest! {
        #[test]
        fn frames_come_out_whole_however_they_were_cut(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..20),
            cut in 1_usize..300,
        ) {
            let sent: Vec<u8> = bodies.iter().flat_map(|body| frame(body)).collect();
            let mut inbox = Inbox::default();
            let mut received = Vec::new();

            for piece in sent.chunks(cut) {
                inbox.push(piece);
                while let Some(body) = inbox.next_message().unwrap() {
                    received.push(body.to_vec());
                }
            }

            prop_assert_eq!(received, bodies);
            prop_assert!(!inbox.is_midway());
        }

        #[test]
        fn arbitrary_bytes_are_frames_or_refused(bytes: Vec<u8>) {
            let mut inbox = Inbox::default();
            inbox.push(&bytes);

            while let Ok(Some(body)) = inbox.next_message() {
                prop_assert!(body.len() <= bytes.len());
            }
        }
    }
}
