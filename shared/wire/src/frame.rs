//! Frames: how messages are told apart on a stream. Four bytes of length, big-endian, then the
//! message. Where version 2 is spoken, a message may come in pieces, with others between them.

use crate::limits::MAX_FRAME_BYTES;
use crate::message::{EncodeError, Message};

/// How many bytes say the length.
pub const LENGTH_BYTES: usize = 4;

/// The peer announces a frame above the limit. Refuse it before reading on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {announced} bytes was announced, and {MAX_FRAME_BYTES} are the limit")]
pub struct FrameTooLarge {
    /// What the peer announced.
    pub announced: u32,
}

/// Returns the message with its length in front, ready for the stream.
pub fn to_frame(message: &Message) -> Result<Vec<u8>, EncodeError> {
    let body = message.to_bytes()?;
    let length =
        u32::try_from(body.len()).map_err(|_huge| EncodeError::TooLarge { what: "the frame" })?;
    Ok([length.to_be_bytes().as_slice(), &body].concat())
}

/// In front of a piece: the length's highest bit.
const PIECE: u32 = 1 << 31;

/// In front of a piece that is not the last: the next one too.
const MORE: u32 = 1 << 30;

/// Whether more pieces of a message follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceEnd {
    /// The message is not whole yet.
    MoreFollow,
    /// It is whole with this one.
    Last,
}

/// What a frame's first bytes announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameStart {
    /// A whole message of so many bytes.
    Message(usize),
    /// So many bytes of the message that comes in pieces.
    Piece(usize, PieceEnd),
}

/// Reads a frame's first bytes, before any other is read or any room made.
pub fn frame_start(prefix: [u8; LENGTH_BYTES]) -> Result<FrameStart, FrameTooLarge> {
    let announced = u32::from_be_bytes(prefix);
    if announced & PIECE == 0 {
        return frame_length(prefix).map(FrameStart::Message);
    }
    let end = if announced & MORE == 0 {
        PieceEnd::Last
    } else {
        PieceEnd::MoreFollow
    };
    match usize::try_from(announced & !(PIECE | MORE)) {
        Ok(length) if (1..=MAX_FRAME_BYTES).contains(&length) => Ok(FrameStart::Piece(length, end)),
        Ok(_) | Err(_) => Err(FrameTooLarge { announced }),
    }
}

/// Returns what stands in front of a piece.
pub(crate) fn piece_prefix(length: usize, end: PieceEnd) -> [u8; LENGTH_BYTES] {
    let mark = match end {
        PieceEnd::MoreFollow => PIECE | MORE,
        PieceEnd::Last => PIECE,
    };
    // A frame's length has eighteen bits.
    (u32::try_from(length).unwrap_or(u32::MAX) | mark).to_be_bytes()
}

/// Returns how many bytes of message follow, before any of them is read or any room made.
pub fn frame_length(prefix: [u8; LENGTH_BYTES]) -> Result<usize, FrameTooLarge> {
    let announced = u32::from_be_bytes(prefix);
    match usize::try_from(announced) {
        Ok(length) if length <= MAX_FRAME_BYTES => Ok(length),
        Ok(_) | Err(_) => Err(FrameTooLarge { announced }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Done;

    #[test]
    fn a_frame_is_its_length_and_the_message() {
        let message = Message::Done(Done::default());
        let frame = to_frame(&message).unwrap();

        let (prefix, body) = frame.split_at(LENGTH_BYTES);

        assert_eq!(frame_length(prefix.try_into().unwrap()), Ok(body.len()));
        assert_eq!(Message::from_bytes(body), Ok(message));
        assert_eq!(frame, [0, 0, 0, 3, 0x82, 0x07, 0xa0]);
    }

    #[test]
    fn a_piece_says_how_long_it_is_and_whether_more_follow() {
        let start = |it: u32| frame_start(it.to_be_bytes());
        let most = u32::try_from(MAX_FRAME_BYTES).unwrap();

        assert_eq!(start(7), Ok(FrameStart::Message(7)));
        for end in [PieceEnd::MoreFollow, PieceEnd::Last] {
            let prefix = piece_prefix(4_096, end);
            assert_eq!(frame_start(prefix), Ok(FrameStart::Piece(4_096, end)));
        }
        for refused in [PIECE, PIECE | MORE, PIECE | (most + 1), MORE, MORE | 1] {
            assert!(start(refused).is_err(), "{refused:x}");
        }
    }

    #[test]
    fn a_frame_of_four_gigabytes_is_refused_by_its_length() {
        let most = u32::try_from(MAX_FRAME_BYTES).unwrap();

        assert_eq!(frame_length(most.to_be_bytes()), Ok(MAX_FRAME_BYTES));
        assert_eq!(
            frame_length((most + 1).to_be_bytes()),
            Err(FrameTooLarge {
                announced: most + 1
            })
        );
        assert_eq!(
            frame_length([255; 4]),
            Err(FrameTooLarge {
                announced: u32::MAX
            })
        );
    }
}
