//! The hub's end of a link: one effect after another.

use super::*;
use audit::LogHead;

impl HubEnd {
    pub(crate) fn received(&mut self, message: wire::Message) {
        self.tell(HubEvent::Received(message));
    }

    pub(crate) fn feeds_grew(&mut self) {
        for scope in 0..9 {
            self.tell(HubEvent::FeedGrew {
                scope: ScopeId(scope),
            });
        }
    }

    pub(crate) fn tell(&mut self, event: HubEvent) {
        self.effects.extend(self.session.handle(event));
    }

    /// Carries out one effect.
    pub(crate) fn step(&mut self, hub: &mut Hub, down: &mut VecDeque<Vec<u8>>) -> bool {
        let Some(effect) = self.effects.pop_front() else {
            return false;
        };
        match effect {
            HubEffect::Send(message) => Link::send(down, &message),
            HubEffect::ReadStanding {
                logs,
                cursors,
                checkpoint,
                ..
            } => {
                let is_unknown = checkpoint.is_some_and(|(size, _)| size > hub.size());
                let standing = standing(hub, &self.peer, logs, &cursors);
                self.tell(HubEvent::Standing(HubStanding {
                    shows: is_unknown,
                    ..standing
                }));
            }
            HubEffect::Ingest(segment) => {
                self.tell(HubEvent::Ingested(hub.ingest(&segment)));
            }
            HubEffect::Settle => {
                hub.settle();
                self.tell(HubEvent::Settled {
                    feeds: hub.heads(&self.peer.scopes),
                    quarantined: Vec::new(),
                    roster: None,
                });
            }
            HubEffect::ReadChains { epoch, seqs } => {
                let marks = hub.log(self.peer.device, epoch).marks(seqs);
                self.tell(HubEvent::ChainsRead { epoch, marks });
            }
            HubEffect::ReadFeed {
                scope, from, holds, ..
            } => {
                let batch = hub.read(scope, from, (self.peer.device, &holds));
                self.tell(HubEvent::FeedRead { scope, batch });
            }
            HubEffect::TakeProof(shown) => {
                hub.proofs.extend(shown.checkpoint);
                hub.begin_epoch();
            }
            HubEffect::ReadHeld { scope, .. } => {
                let rows = hub.feeds.get(&scope).into_iter().flatten();
                let held = rows.map(|(position, _)| held(*position)).collect();
                self.tell(HubEvent::HeldRead { scope, held });
            }
            HubEffect::ReadWanted { scope, hashes, .. } => self.tell(hub.wanted(scope, &hashes)),
            HubEffect::ReadPack { head, after, holds } => {
                let pack = hub.pack(head, after, (self.peer.device, &holds));
                self.tell(HubEvent::PackRead(pack));
            }
            HubEffect::JudgeSeal { begins, seal } => self.tell(hub.judge(begins, &seal)),
            HubEffect::TakeBack(given) => self.tell(hub.take_back(given)),
            HubEffect::Fetch(fetch) => {
                self.tell(HubEvent::Fetched(hub.fetch(&fetch)));
            }
            HubEffect::Blob(effect) => self.tell(hub.attachment(effect)),
            HubEffect::NoteTaken(cursor) => self.taken.push(cursor),
            HubEffect::Close(code) => self.closed = Some(code),
        }
        true
    }
}

fn standing(hub: &Hub, peer: &PeerStanding, logs: Vec<LogHead>, cursors: &[Cursor]) -> HubStanding {
    HubStanding {
        stored: hub.log_heads(peer.device),
        held: hub.held(logs),
        feeds: hub.heads(&peer.scopes),
        at_cursors: cursors.iter().filter_map(|it| hub.at_cursor(it)).collect(),
        roster: None,
        time_ms: 7,
        checkpoint: Some(hub.size().to_string()),
        shows: false,
        files_told: 0,
    }
}
