//! Meeting another device of the same hub: what a session between the two decides, carried out here.

use audit::{LogHead, LogPosition};
use crypto::{PublicKey, Signature};
use record::ScopeId;
use roster::{Device, SignedRoster};
use sync::{Judged, LanEffect, LanEvent, LanStanding, LanSummary, LogOffer, PeerStanding};
use wire::limits::SEGMENT_READ_BYTES;
use wire::{Cursor, FeedChain, FeedDigest, FeedSeal, Message, RefusalCode, Segment};

use super::carried::lasting;
use super::{RELEASE, ReplicaDriver};
use crate::meta;
use crate::views::{CommandError, ErrorCode};

/// What came of an effect of a session with another device.
#[derive(Debug, PartialEq)]
pub enum LanCarried {
    /// It is done, and the session must hear this.
    Event(LanEvent),
    /// Whoever has the link sends this.
    Send(Message),
    /// Both ends have given what they had.
    Finished(LanSummary),
    /// The link broke.
    Lost,
    /// The other end does not go on.
    Refused(RefusalCode),
    /// Whoever has the link closes it with this code.
    Close(RefusalCode),
}

impl ReplicaDriver {
    /// Returns who holds a key, by the roster as it stands here.
    #[must_use]
    pub fn judge(&self, key: &PublicKey) -> Judged {
        let peer = match self.roster.device_by_tls(key) {
            // A home that was copied meets itself.
            Some(device) if device.id == self.identity.device => Err(RefusalCode::WrongDevice),
            Some(device) if device.is_active() => Ok(PeerStanding {
                device: device.id,
                site: device.site,
                scopes: self.roster.scopes_of(device.site),
            }),
            Some(_revoked) => Err(RefusalCode::Revoked),
            None => Err(RefusalCode::NotEnrolled),
        };
        Judged {
            roster_epoch: self.roster.epoch,
            peer,
        }
    }

    /// Carries out one effect of a session with the holder of a key. Nothing of it is done if this fails.
    pub fn carry_out_lan(
        &mut self,
        effect: LanEffect,
        key: &PublicKey,
    ) -> Result<LanCarried, CommandError> {
        let event = match effect {
            LanEffect::Send(message) => return Ok(LanCarried::Send(message)),
            LanEffect::Finished(summary) => return Ok(LanCarried::Finished(summary)),
            LanEffect::Lost => return Ok(LanCarried::Lost),
            LanEffect::Refused(code) => return Ok(LanCarried::Refused(code)),
            LanEffect::Close(code) => return Ok(LanCarried::Close(code)),
            LanEffect::ReadRoster => LanEvent::RosterRead(self.signed_roster()?),
            LanEffect::TakeRoster(roster) => {
                self.take_roster(&roster)?;
                LanEvent::Judged(self.judge(key))
            }
            LanEffect::ReadStanding(peer) => {
                LanEvent::Standing(Box::new(self.standing_towards(&peer)?))
            }
            LanEffect::ReadLog {
                device,
                epoch,
                after,
                up_to,
            } => {
                let seq = after;
                let after = LogPosition { device, epoch, seq };
                LanEvent::LogRead(if device == self.identity.device {
                    self.own_segment(after, up_to)?
                } else {
                    self.carried_after(after)?
                })
            }
            LanEffect::ReadOffer { after, seal } => self.read_offer(after, &seal)?,
            LanEffect::ReadItems {
                scope,
                after,
                up_to,
            } => LanEvent::ItemsRead(self.read_items(scope, after, up_to)?),
            LanEffect::TakeSegment(segment) => LanEvent::SegmentTaken(self.take_segment(&segment)?),
            LanEffect::JudgeOffer { begins, seal } => {
                LanEvent::OfferJudged(self.judge_offer(begins, &seal)?)
            }
            LanEffect::TakeGiven(given) => LanEvent::GivenTaken(self.take_given(given)?),
        };
        Ok(LanCarried::Event(event))
    }

    pub(crate) fn signed_roster(&self) -> Result<SignedRoster, CommandError> {
        meta::read(&self.store, meta::ROSTER)?
            .ok_or_else(|| CommandError::text(ErrorCode::Damaged, "there is no roster"))
    }

    /// Returns what is held here that is of interest to a peer, and that its site may hold.
    fn standing_towards(&self, peer: &PeerStanding) -> Result<LanStanding, CommandError> {
        let theirs = lasting(&peer.scopes);
        let both: Vec<ScopeId> = lasting(&self.scopes())
            .into_iter()
            .filter(|it| theirs.contains(it))
            .collect();
        let own = self.store.log_head()?;
        let mut logs = vec![own];
        let mut offers = Vec::new();
        offers.extend(self.own_offer(&theirs)?);
        for offer in self.carried()? {
            let device = self.roster.device(offer.head.device);
            let may = |it: &&Device| it.is_active() && self.may_hold(it.site, &theirs);
            if device.filter(may).is_some() {
                logs.push(offer.head);
                offers.push(offer);
            }
        }
        let cursors = self.store.cursors()?.into_iter();
        let cursors = cursors
            .filter(|it| both.contains(&it.scope))
            .map(|it| Cursor {
                scope: it.scope,
                feed_epoch: it.feed_epoch,
                position: it.position,
                digest: FeedDigest(it.digest),
            });
        let mut feeds = Vec::new();
        for scope in &both {
            let tail = self.store.feed_tail(*scope)?;
            feeds.extend(tail.and_then(|it| {
                let seal = it.seal?;
                let seal = FeedSeal {
                    scope: *scope,
                    feed_epoch: seal.feed_epoch,
                    position: seal.position,
                    chain: FeedChain(seal.chain),
                    signature: Signature::from_bytes(seal.signature),
                };
                Some((it.begins, seal))
            }));
        }
        Ok(LanStanding {
            device: self.identity.device,
            versions: self.versions,
            release: RELEASE.to_owned(),
            roster_epoch: self.roster.epoch,
            logs,
            cursors: cursors.collect(),
            offers,
            feeds,
        })
    }

    /// Returns what of the own log may be given to whoever is entitled to these scopes: what the hub may lack, up to
    /// the first entry about a chart that is in none of them. A log that has two branches is given to nobody.
    fn own_offer(&self, scopes: &[ScopeId]) -> Result<Option<LogOffer>, CommandError> {
        let is_restored = meta::read::<bool>(&self.store, meta::RESTORED)?.unwrap_or_default();
        if is_restored || !self.may_hold(self.site()?, scopes) {
            return Ok(None);
        }
        let (log, begins) = (self.store.log_head()?, self.store.stored()?);
        let end = match self.store.first_outside(log, begins, scopes)? {
            Some(outside) => outside.saturating_sub(1),
            None => log.seq,
        };
        if end <= begins {
            return Ok(None);
        }
        let head = LogHead {
            seq: end,
            chain: self.chain_at(log.epoch, end)?,
            ..log
        };
        Ok(Some(LogOffer { begins, head }))
    }

    /// Seals entries of the own log after a place up to another. In version 1: whole in itself, for it is read by whoever
    /// carries it.
    fn own_segment(&self, after: LogPosition, up_to: u64) -> Result<Option<Segment>, CommandError> {
        let LogPosition { device, epoch, seq } = after;
        let entries = self.store.own_entries(epoch, seq, SEGMENT_READ_BYTES)?;
        let given = entries
            .into_iter()
            .take_while(|it| it.seq <= up_to && !it.is_removed);
        let entries: Vec<Vec<u8>> = given.map(|it| it.bytes).collect();
        if entries.is_empty() {
            return Ok(None);
        }
        let before = LogHead {
            device,
            epoch,
            seq,
            chain: self.chain_at(epoch, seq)?,
        };
        Segment::seal(before, &entries, &self.identity.log)
            .map(Some)
            .map_err(|error| CommandError::text(ErrorCode::Damaged, error.to_string()))
    }
}
