//! Attachments' bytes at the hub's end: what a peer offers, and what it wants. One of each at most is under way.
//!
//! Nothing is remembered of a transfer but what the store has: each WANT says all there is to know. A group goes down
//! only when nothing of the feeds is to be sent. A group that is not proven ends its blob alone.

use crypto::Blob;
use wire::limits::MAX_BLOB_REQUESTS;
use wire::{BlobGroup, BlobMessage, GroupRange, Message, RefusalCode, Want};

use super::HubEffect;

/// What is to be done for attachments' bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HubBlobEffect {
    /// Look whether a blob that the peer offers belongs to a chart, and what of it is lacking; answer `BlobJudged`.
    Judge(Blob),
    /// Keep a group of a blob that was judged, and answer `BlobJudged`. It is proven.
    Keep {
        /// Of which.
        blob: Blob,
        /// Which.
        number: u32,
        /// Its bytes.
        bytes: Vec<u8>,
        /// Its own hash in the tree.
        hash: [u8; 32],
    },
    /// Look whether the peer holds a chart that a blob belongs to, read a group of it, and answer `GroupRead`.
    Read {
        /// Of which.
        blob: Blob,
        /// Which.
        number: u32,
    },
}

/// What the store says of a blob that the peer offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedBlob {
    /// Which.
    pub blob: Blob,
    /// What is lacking of it, in order; or why it is not wanted.
    pub lacking: Result<Vec<GroupRange>, RefusalCode>,
    /// If nothing is lacking, how often the peer was told so of any blob, this time included; else zero.
    pub told: u64,
}

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct Attaching {
    up: Up,
    down: Down,
    /// How often the peer asked.
    requests: usize,
}

/// A blob on its way here.
#[derive(Debug, Default)]
enum Up {
    #[default]
    Nothing,
    /// The store was asked about it.
    Judging(Blob),
    /// The peer was told that this is lacking.
    Lacking(Blob, Vec<GroupRange>),
}

/// A blob on its way to the peer.
#[derive(Debug, Default)]
enum Down {
    #[default]
    Nothing,
    /// The peer wants this group.
    Wanted(Blob, u32),
    /// The store was asked for it.
    Reading(Blob, u32),
}

impl Attaching {
    /// The peer offers a blob, or sends a group of it.
    pub(super) fn received(
        &mut self,
        message: BlobMessage,
    ) -> Result<Option<HubEffect>, RefusalCode> {
        self.count()?;
        let BlobMessage { blob, group, code } = message;
        if matches!(self.up, Up::Judging(_)) {
            return Err(RefusalCode::WindowExceeded);
        }
        let Some(group) = group else {
            if code != RefusalCode::Done {
                // It will not go on with what it offered.
                self.up = Up::Nothing;
                return Ok(None);
            }
            self.up = Up::Judging(blob);
            return Ok(Some(HubEffect::Blob(HubBlobEffect::Judge(blob))));
        };
        match std::mem::take(&mut self.up) {
            Up::Lacking(asked, lacking)
                if asked == blob && lacking.iter().any(|it| it.has(group.number)) =>
            {
                Ok(Some(self.judge(blob, group)))
            }
            Up::Nothing | Up::Judging(_) | Up::Lacking(..) => Err(RefusalCode::Unexpected),
        }
    }

    fn judge(&mut self, blob: Blob, group: BlobGroup) -> HubEffect {
        let BlobGroup {
            number,
            bytes,
            proof,
        } = group;
        match blob.verify(number, &bytes, &proof) {
            Ok(hash) => {
                self.up = Up::Judging(blob);
                HubEffect::Blob(HubBlobEffect::Keep {
                    blob,
                    number,
                    bytes,
                    hash,
                })
            }
            Err(_not_proven) => refuse(blob, RefusalCode::BlobMismatch),
        }
    }

    /// The store answered what it lacks of a blob, or why it does not want it.
    pub(super) fn judged(&mut self, judged: JudgedBlob) -> Result<HubEffect, RefusalCode> {
        let JudgedBlob {
            blob,
            lacking,
            told,
        } = judged;
        match std::mem::take(&mut self.up) {
            Up::Judging(asked) if asked == blob => {}
            Up::Nothing | Up::Judging(_) | Up::Lacking(..) => return Err(RefusalCode::Failed),
        }
        let lacking = match lacking {
            Ok(lacking) => lacking,
            Err(code) => return Ok(refuse(blob, code)),
        };
        if !lacking.is_empty() {
            self.up = Up::Lacking(blob, lacking.clone());
        }
        let code = RefusalCode::Done;
        Ok(HubEffect::Send(Message::Want(Want {
            blob,
            lacking,
            code,
            told,
        })))
    }

    /// The peer says what it lacks.
    pub(super) fn wanted(&mut self, want: &Want) -> Result<(), RefusalCode> {
        self.count()?;
        if !matches!(self.down, Down::Nothing) {
            return Err(RefusalCode::WindowExceeded);
        }
        if let Some(range) = want.lacking.first() {
            self.down = Down::Wanted(want.blob, range.0);
        }
        Ok(())
    }

    /// Reads what is wanted, once nothing else is to be sent.
    pub(super) fn go_on(&mut self) -> Option<HubEffect> {
        let Down::Wanted(blob, number) = self.down else {
            return None;
        };
        self.down = Down::Reading(blob, number);
        Some(HubEffect::Blob(HubBlobEffect::Read { blob, number }))
    }

    /// The store answered with a group, or why the peer does not get it.
    pub(super) fn read(
        &mut self,
        blob: Blob,
        group: Result<BlobGroup, RefusalCode>,
        effects: &mut Vec<HubEffect>,
    ) -> Result<(), RefusalCode> {
        let Down::Reading(asked, number) = std::mem::take(&mut self.down) else {
            return Err(RefusalCode::Failed);
        };
        let message = match group {
            Ok(group) if asked == blob && group.number == number => BlobMessage::group(blob, group),
            Err(code) if asked == blob => BlobMessage::refusal(blob, code),
            Ok(_) | Err(_) => return Err(RefusalCode::Failed),
        };
        effects.push(HubEffect::Send(Message::Blob(message)));
        Ok(())
    }

    /// Counts what the peer asks: a session has an end.
    fn count(&mut self) -> Result<(), RefusalCode> {
        self.requests = self.requests.saturating_add(1);
        if self.requests > MAX_BLOB_REQUESTS {
            return Err(RefusalCode::WindowExceeded);
        }
        Ok(())
    }
}

fn refuse(blob: Blob, code: RefusalCode) -> HubEffect {
    let lacking = Vec::new();
    HubEffect::Send(Message::Want(Want {
        blob,
        lacking,
        code,
        told: 0,
    }))
}
