//! What has arrived on a stream, until it makes a whole frame.
//!
//! A frame's length is judged before room is made for it, and room is made only for bytes that have come: a
//! peer that announces 4 GB, or 256 kB that it never sends, costs nothing.

use wire::{FrameTooLarge, LENGTH_BYTES, frame_length};

/// Bytes that arrived and are not read yet.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    /// How many of them were read already.
    read: usize,
}

impl Inbox {
    /// Takes what arrived.
    pub(crate) fn push(&mut self, arrived: &[u8]) {
        // Many small frames arrive at once; moving the rest up after each would be quadratic.
        self.bytes.drain(..self.read);
        self.read = 0;
        self.bytes.extend_from_slice(arrived);
    }

    /// Whether part of a frame is here, and the rest is not.
    pub(crate) fn is_midway(&self) -> bool {
        !self.unread().is_empty()
    }

    /// Returns the next frame without its length, if it is here whole.
    pub(crate) fn next_frame(&mut self) -> Result<Option<&[u8]>, FrameTooLarge> {
        let Some((prefix, _)) = self.unread().split_first_chunk::<LENGTH_BYTES>() else {
            return Ok(None);
        };
        let start = self.read + LENGTH_BYTES;
        let end = start + frame_length(*prefix)?;
        let frame = self.bytes.get(start..end);
        if frame.is_some() {
            self.read = end;
        }
        Ok(frame)
    }

    /// Returns what is not read yet.
    pub(crate) fn unread(&self) -> &[u8] {
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
            inbox.next_frame(),
            Err(FrameTooLarge {
                announced: u32::MAX
            })
        );
    }

    #[test]
    fn room_is_made_only_for_what_has_come() {
        let mut inbox = Inbox::default();

        inbox.push(&200_000_u32.to_be_bytes());

        assert_eq!(inbox.next_frame(), Ok(None));
        assert!(inbox.is_midway());
        assert!(inbox.bytes.capacity() < 1_000);
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
                while let Some(body) = inbox.next_frame().unwrap() {
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

            while let Ok(Some(body)) = inbox.next_frame() {
                prop_assert!(body.len() <= bytes.len());
            }
        }
    }
}
