//! The three sessions, each with a peer that says whatever it likes, in any order.
//!
//! An input is read as a play: which well-formed message comes next, when the store answers, when the link breaks. The
//! store is honest, and answers what it was asked in the order in which it was asked. The law: nothing panics; one event
//! brings few effects, few questions wait for the store at any time, and little is kept; every message can be sent; a session that is
//! over does nothing more; and what the peer does wrong is never called a fault of the store.

mod client;
mod compared;
mod hub;
mod lan;
mod parts;
mod say;

use crypto::SigningKey;
use wire::Message;

pub(crate) use client::client;
pub(crate) use compared::{compared, compared_seeds};
pub(crate) use hub::hub;
pub(crate) use lan::lan;

/// How many turns a play has at most.
const TURNS: usize = 300;

/// How many effects one event may bring: a session that was settled takes up all that came meanwhile.
const MOST_EFFECTS: usize = 48;

/// How many questions may wait for the store: the windows of all flows together.
const MOST_QUESTIONS: usize = 32;

/// How many characters tell all that a session keeps: windows, not what a whole play brings.
const MOST_KEPT: usize = 16 << 10;

/// After how many turns it is looked again how much is kept.
const LOOKS: usize = 8;

/// How long the inputs are that a play is begun from.
const SEED_BYTES: usize = 1_200;

pub(crate) fn key() -> SigningKey {
    SigningKey::from_seed([7; 32])
}

/// What a session sends can be sent, and is read alike.
fn sendable(message: &Message) {
    let written = message.to_bytes();
    let again = written.map(|it| Message::from_bytes(&it));
    assert_eq!(
        again.as_ref(),
        Ok(&Ok(message.clone())),
        "it can be sent and read"
    );
}

/// Few effects at once, and few questions that are not answered.
fn bounded(effects: usize, questions: usize) {
    assert!(effects <= MOST_EFFECTS, "{effects} effects of one event");
    assert!(questions <= MOST_QUESTIONS, "{questions} questions wait");
}

/// Of all that was said a session keeps little.
fn small(session: &impl std::fmt::Debug) {
    let told = format!("{session:?}").len();
    assert!(told <= MOST_KEPT, "{told} characters tell what is kept");
}

/// Plays as good as random, always the same.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let play = |number: u8| {
        let mut bytes = vec![number];
        while bytes.len() < SEED_BYTES {
            let more = crypto::sha256(&bytes);
            bytes.extend(more);
        }
        bytes
    };
    (0..=u8::MAX).map(play).collect()
}
