//! Charts that are asked for: one after another, once the log that says so is at the hub.

use std::collections::VecDeque;

use wire::{Fetch, Fetched, Message};

use super::ClientEffect;
use crate::abort::AbortReason;

/// How far the asking has come.
#[derive(Debug)]
pub(super) struct Fetching {
    waiting: VecDeque<Fetch>,
    asked: Option<Fetch>,
}

impl Fetching {
    /// Takes up what is to be asked for. A hub that does not know how is not asked.
    pub(super) fn begin(is_second: bool, fetches: &[Fetch]) -> Self {
        let fetches = if is_second { fetches } else { &[] };
        Self {
            waiting: fetches.iter().cloned().collect(),
            asked: None,
        }
    }

    /// Asks for the next chart once the last was answered.
    pub(super) fn go_on(&mut self) -> Option<ClientEffect> {
        if self.asked.is_some() {
            return None;
        }
        let fetch = self.waiting.pop_front()?;
        self.asked = Some(fetch.clone());
        Some(ClientEffect::Send(Message::Fetch(fetch)))
    }

    /// The hub answered.
    pub(super) fn fetched(&mut self, fetched: &Fetched) -> Result<(), AbortReason> {
        match self.asked.take() {
            Some(asked) if asked.entry == fetched.entry => Ok(()),
            Some(_) | None => Err(AbortReason::UnexpectedMessage {
                kind: Message::Fetched(*fetched).kind(),
            }),
        }
    }

    /// Says whether every chart was asked for and answered.
    pub(super) fn is_finished(&self) -> bool {
        self.asked.is_none() && self.waiting.is_empty()
    }
}
