//! The answer to DONE: once what the peer sent was looked into.

use record::ScopeId;
use store::StoreError;
use sync::{HubEffect, HubEvent, PeerStanding};
use wire::RefusalCode;

use super::{HubDriver, Output, Todo};
use crate::hub::Hub;
use crate::materialise::STEP;

impl HubDriver {
    /// Looks into what is stored, a step at a time.
    pub(super) fn settle(&mut self, hub: &mut Hub) -> Result<Option<Output>, StoreError> {
        let Some(member) = &mut self.member else {
            return Ok(Some(Output::Close(RefusalCode::NotEnrolled)));
        };
        let since = member.since_leaf;
        let (grew, settled) = settle(hub, &member.peer, since, &mut member.told_epoch)?;
        match settled {
            Some(event) => self.event(event),
            None => self.todo.push_front(Todo::Effect(HubEffect::Settle)),
        }
        Ok((!grew.is_empty()).then_some(Output::Grew(grew)))
    }
}

/// Looks into one step's worth of entries. Returns the feeds that grew and, once none of the peer's entries is
/// left, the answer.
fn settle(
    hub: &mut Hub,
    peer: &PeerStanding,
    since_leaf: u64,
    told_epoch: &mut u64,
) -> Result<(Vec<ScopeId>, Option<HubEvent>), StoreError> {
    let progress = hub.materialise_in_turn(peer.device, STEP)?;
    let grew = progress.grew.into_iter().collect();
    if progress.entries > 0 && hub.store.unmaterialised_of(peer.device)? > 0 {
        return Ok((grew, None));
    }
    hub.give_blocks_to_logs(peer.device)?;
    hub.sign_checkpoint()?;
    let feeds = hub.feed_heads(&peer.scopes)?;
    let quarantined = hub.set_aside_since(peer.device, since_leaf)?;
    let roster = (hub.roster.epoch > *told_epoch).then(|| hub.signed.clone());
    *told_epoch = hub.roster.epoch.max(*told_epoch);
    let settled = HubEvent::Settled {
        feeds,
        quarantined,
        roster,
    };
    Ok((grew, Some(settled)))
}
