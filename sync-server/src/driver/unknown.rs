//! Peers that the roster does not list, or not as they say: what they show of a time that this hub may have lost.

use store::StoreError;
use sync::HubEvent;
use wire::{Hello, Message, RefusalCode, Show, Version};

use super::{HubDriver, Member, Output, Todo, code_of};
use crate::hub::Hub;

impl HubDriver {
    /// Judges what the peer shows. Its session has not begun, so it goes on in whatever feeds there are then.
    pub(super) fn take_proof(&mut self, hub: &mut Hub, show: &Show) -> Result<(), StoreError> {
        hub.take_shown(show)?;
        if let Some(member) = &mut self.member {
            member.feeds_begun = hub.feeds_begun;
            // By the roster that was shown it may stand elsewhere: it comes again as who it is.
            match hub.peer(&self.key) {
                Ok(peer) if peer == member.peer => {}
                Ok(_moved) => self.refuse(RefusalCode::Stopping),
                Err(code) => self.refuse(code),
            }
        }
        Ok(())
    }

    /// Takes in what a peer says that the roster does not list. Before it is sent away it may show the roster that it
    /// holds: perhaps this hub was put back from before it was enrolled.
    pub(super) fn unknown_says(&mut self, message: Message) -> Option<Todo> {
        let common = |it: &Hello| self.versions.common(it.versions);
        let asks = |it: &Hello| common(it).is_some_and(|it| it >= Version::TWO);
        match (message, self.unknown.as_slice()) {
            (Message::Hello(hello), []) if asks(&hello) => {
                self.unknown.push(Message::Hello(hello));
                Some(Todo::Ask)
            }
            (Message::Early(early), [_hello]) => {
                self.unknown.push(Message::Early(early));
                None
            }
            (Message::Show(show), [_hello, ..]) => Some(Todo::Admit(Box::new(show))),
            (_other, _) => Some(Todo::Refuse(RefusalCode::NotEnrolled)),
        }
    }

    /// Goes on with a peer as with any device if what it shows says that it is one.
    pub(super) fn admit_shown(&mut self, hub: &mut Hub, show: &Show) -> Option<Output> {
        let admitted = hub
            .take_shown(show)
            .map_err(|error| code_of(&error))
            .and_then(|()| Member::new(hub, hub.peer(&self.key)?));
        match admitted {
            Ok(member) => {
                self.member = Some(member.having_shown());
                for message in std::mem::take(&mut self.unknown) {
                    self.event(HubEvent::Received(message));
                }
                None
            }
            Err(code) => self.close(code),
        }
    }
}
