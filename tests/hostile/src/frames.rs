//! What arrives on a stream: frames and pieces, cut anywhere.

use std::slice::Chunks;

use wire::limits::MAX_FRAME_BYTES;
use wire::{Inbox, LENGTH_BYTES, Message, Outbox};

use crate::messages::message_seeds;

/// Hands the bytes over as one, and byte by byte: the same messages come out, or the same refusal.
pub(crate) fn frames(bytes: &[u8]) {
    let (whole, midway) = read(bytes.chunks(bytes.len().max(1)));
    let (cut, midway_cut) = read(bytes.chunks(1));
    assert_eq!(whole, cut, "it does not matter how they came");
    assert_eq!(midway, midway_cut);
}

/// Returns the messages and whether it ended well, and whether something of one is left over.
fn read(parts: Chunks<'_, u8>) -> ((Vec<Vec<u8>>, bool), bool) {
    let mut inbox = Inbox::default();
    let (mut messages, mut came) = (Vec::new(), 0);
    for part in parts {
        came += part.len();
        inbox.push(part);
        loop {
            match inbox.next_message() {
                Ok(Some(message)) => {
                    assert!(message.len() <= MAX_FRAME_BYTES);
                    messages.push(message.to_vec());
                }
                Ok(None) => break,
                Err(_above) => return ((messages, false), true),
            }
        }
    }
    let lengths: usize = messages.iter().map(Vec::len).sum();
    assert!(
        lengths + messages.len() * LENGTH_BYTES <= came,
        "nothing is made up"
    );
    ((messages, true), inbox.is_midway())
}

/// Returns what this release hands over: whole, and in pieces with what is urgent between.
pub(crate) fn frame_seeds() -> Vec<Vec<u8>> {
    let messages = message_seeds();
    let read = messages
        .iter()
        .filter_map(|it| Message::from_bytes(it).ok());
    let messages: Vec<Message> = read.collect();
    let sent = |pieces: bool| {
        let mut outbox = Outbox::default();
        if pieces {
            outbox.may_cut();
        }
        let mut bytes = Vec::new();
        for message in &messages {
            if outbox.push(message).is_err() {
                continue;
            }
            // One hand-over between two messages: the rest overtakes.
            let piece = outbox.peek().to_vec();
            outbox.handed_over(piece.len());
            bytes.extend(piece);
        }
        while !outbox.peek().is_empty() {
            let piece = outbox.peek().to_vec();
            outbox.handed_over(piece.len());
            bytes.extend(piece);
        }
        bytes
    };
    vec![sent(false), sent(true)]
}
