//! Meeting another computer of the same hub, without the hub: one opens its door, the other one comes.
//!
//! The session decides and the driver carries out, as with the hub. One link is served after another; every wait has a
//! limit, so that nobody who says nothing keeps others out for long.

mod door;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crypto::SigningKey;
use roster::Roster;
use sync::{LanEvent, LanSession, LanSummary};
use transport::{Announced, Congestion, ConnectError, Link, Listener, Peer, Target};
use wire::{Message, RefusalCode};

use super::Client;
use super::sync::Ended;
use crate::driver::LanCarried;
use crate::link::{block_on, within};
use crate::views::{CommandError, ErrorCode, LanNews, LanReport};
use door::Door;

/// How long a link to another computer may take to come up. On a LAN it takes milliseconds; TCP is tried after three
/// seconds without UDP.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// How long others are looked for: they answer within a second, and one that was just asked waits a little.
const FIND_LIMIT: Duration = Duration::from_secs(3);

/// How many letters stand for a hub: enough that no two hubs of a country have the same.
const TAG_LETTERS: usize = 16;

/// How long the other computer may keep us waiting: it commits one message's worth meanwhile.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// How long someone may take whom the roster does not list: to show a newer one takes a moment.
const STRANGER_LIMIT: Duration = Duration::from_secs(15);

/// How long a meeting may take: what two clinics have of months goes over a LAN in minutes, and what is left goes the
/// next time. Who always says something more must not keep the door to himself.
const MEETING_LIMIT: Duration = Duration::from_mins(20);

/// How long the one who came may take to hang up once all is said.
const FAREWELL_LIMIT: Duration = Duration::from_secs(5);

impl Client {
    /// Meets the computer at an address once, or one that is found on the network; blocks until both have given what
    /// they had, or a limit passes. Whatever ends it, nothing is lost.
    pub fn lan_meet(&mut self, address: Option<&str>) -> Result<LanReport, CommandError> {
        let met = self.meet_neighbour(address);
        self.follow_roster()?;
        met
    }

    fn meet_neighbour(&mut self, address: Option<&str>) -> Result<LanReport, CommandError> {
        if let Some(address) = address {
            return self.meet_at(address);
        }
        let hub = hub_tag(self.driver.roster());
        let doors = transport::find(&hub, FIND_LIMIT).map_err(|error| unfound(&error))?;
        let mut met = Err(CommandError::new(ErrorCode::PeerUnreachable));
        for door in doors {
            met = self.meet_at(&door.to_string());
            if met.is_ok() {
                break;
            }
        }
        met
    }

    fn meet_at(&mut self, address: &str) -> Result<LanReport, CommandError> {
        let began = Instant::now();
        let own = self.driver.identity().tls.clone();
        block_on(async {
            let mut link = dial(&own, address).await?;
            let met = converse(self, &mut link).await;
            match met {
                Ok(summary) => {
                    link.close(RefusalCode::Done).await;
                    self.lan_report(&link, summary, began)
                }
                Err(Ended { error, code }) => {
                    link.abort(code).await;
                    Err(error)
                }
            }
        })
    }

    /// Opens the door to other computers of this hub and lets them in one after another, until `hear` says that it is
    /// enough.
    pub fn lan_serve(
        &mut self,
        listen: SocketAddr,
        hear: &mut (dyn FnMut(LanNews) -> Serve + Send),
    ) -> Result<(), CommandError> {
        block_on(async {
            let tls = self.driver.identity().tls.clone();
            let mut listener = Listener::bind(listen, &tls)
                .map_err(|error| CommandError::text(ErrorCode::AddressInUse, error.to_string()))?;
            let address = listener
                .local_addr()
                .map_err(|error| CommandError::text(ErrorCode::AddressInUse, error.to_string()))?;
            let announced = self.announce(address);
            let mut serve = hear(LanNews::Listening {
                address: address.to_string(),
            });
            let mut door = Door::new();
            while serve == Serve::On {
                let roster = self.driver.roster().clone();
                let is_listed = |link: &Link| {
                    let device = roster.device_by_tls(&link.peer());
                    device.is_some_and(roster::Device::is_active)
                };
                let Some(mut link) = door.open(&mut listener, is_listed).await else {
                    break;
                };
                let began = Instant::now();
                let news = match converse(self, &mut link).await {
                    Ok(summary) => {
                        hang_up(&mut link).await;
                        let report = self.lan_report(&link, summary, began)?;
                        LanNews::Met { report }
                    }
                    Err(Ended { error, code }) => {
                        link.abort(code).await;
                        LanNews::Failed { error }
                    }
                };
                self.follow_roster()?;
                serve = hear(news);
            }
            drop(announced);
            Ok(())
        })
    }

    /// Tells the network that the door is open. Where that cannot be, others come by the address.
    fn announce(&self, at: SocketAddr) -> Option<Announced> {
        if at.ip().is_loopback() {
            return None;
        }
        let name = format!("{:x}", self.driver.identity().device.0);
        let hub = hub_tag(self.driver.roster());
        transport::announce(&hub, &name, at.port())
            .inspect_err(|error| tracing::warn!(%error, "the network was not told"))
            .ok()
    }

    fn lan_report(
        &self,
        link: &Link,
        summary: LanSummary,
        began: Instant,
    ) -> Result<LanReport, CommandError> {
        let roster = self.driver.roster();
        let device = roster.device_by_tls(&link.peer());
        let site = device.and_then(|it| roster.site(it.site));
        let counters = link.counters();
        Ok(LanReport {
            seconds: began.elapsed().as_secs_f64(),
            device: device.map_or(0, |it| it.id.0),
            label: device.map(|it| it.label.clone()).unwrap_or_default(),
            site: site.map(|it| it.name.clone()).unwrap_or_default(),
            entries_given: narrow(summary.entries_given),
            entries_taken: narrow(summary.entries_taken),
            changes_given: narrow(summary.places_given),
            changes_taken: narrow(summary.places_taken),
            declined: narrow(summary.declined),
            roster_taken: summary.roster_taken,
            charts: narrow(self.driver.store().count_charts()?),
            app_up: counters.app_up as f64,
            app_down: counters.app_down as f64,
        })
    }
}

/// Stands for the hub on the network. It tells nobody which hub that is who does not know its keys.
fn hub_tag(roster: &Roster) -> String {
    let key = roster.hub.history;
    let tag = crypto::hash("posta/lan/v1", &[key.as_bytes()]);
    tag.to_string().chars().take(TAG_LETTERS).collect()
}

async fn dial(own: &SigningKey, address: &str) -> Result<Link, CommandError> {
    let dialling = async {
        let address = transport::resolve(address)
            .await
            .map_err(|error| unreachable(&error))?;
        let target = Target {
            address,
            own,
            peer: Peer::AnyDevice,
            congestion: Congestion::default(),
            limit: None,
        };
        transport::race(&target, transport::Carrier::Quic)
            .await
            .map_err(|error| connect_fault(&error))
    };
    within(CONNECT_LIMIT, dialling, ErrorCode::PeerUnreachable).await
}

/// Whether the door stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Serve {
    /// It does.
    On,
    /// It does not.
    Enough,
}

/// Lets the session decide and the driver carry out, until both ends have given what they had.
async fn converse(client: &mut Client, link: &mut Link) -> Result<LanSummary, Ended> {
    let key = link.peer();
    let driver = client.driver_mut();
    let (mut session, effects) = LanSession::new(driver.versions(), driver.judge(&key));
    let mut effects = VecDeque::from(effects);
    let began = Instant::now();
    loop {
        let Some(effect) = effects.pop_front() else {
            let is_listed = driver.judge(&key).peer.is_ok();
            let received = receive(link, patience(is_listed, began.elapsed())).await;
            effects.extend(session.handle(received));
            continue;
        };
        match driver.carry_out_lan(effect, &key)? {
            LanCarried::Event(event) => effects.extend(session.handle(event)),
            LanCarried::Send(message) => {
                if !send(link, &message).await {
                    effects.extend(session.handle(LanEvent::LinkLost));
                }
            }
            LanCarried::Finished(summary) => return Ok(summary),
            LanCarried::Lost => return Err(CommandError::new(ErrorCode::LinkLost).into()),
            LanCarried::Refused(code) => {
                let error = refused("the other computer", code);
                let code = RefusalCode::Done;
                return Err(Ended { error, code });
            }
            LanCarried::Close(code) => {
                let error = refused("this computer", code);
                return Err(Ended { error, code });
            }
        }
    }
}

/// Returns how long an answer is awaited, of someone whom the roster lists or not, so long after the meeting began.
fn patience(is_listed: bool, elapsed: Duration) -> Duration {
    let limit = if is_listed {
        MEETING_LIMIT
    } else {
        STRANGER_LIMIT
    };
    limit.saturating_sub(elapsed).min(ANSWER_LIMIT)
}

async fn receive(link: &mut Link, patience: Duration) -> LanEvent {
    if patience.is_zero() {
        // Whoever never stops talking would be heard for ever.
        return LanEvent::LinkLost;
    }
    match tokio::time::timeout(patience, link.receive()).await {
        Ok(Ok(message)) => LanEvent::Received(message),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a link to another computer ended");
            LanEvent::LinkLost
        }
        Err(_late) => LanEvent::LinkLost,
    }
}

/// Sends a message; false if the link is gone.
async fn send(link: &mut Link, message: &Message) -> bool {
    let sent = tokio::time::timeout(ANSWER_LIMIT, link.send(message)).await;
    matches!(sent, Ok(Ok(())))
}

/// Waits for the one who came to close the link.
async fn hang_up(link: &mut Link) {
    let closed = async { while link.receive().await.is_ok() {} };
    if tokio::time::timeout(FAREWELL_LIMIT, closed).await.is_err() {
        tracing::debug!("the other computer did not hang up");
    }
    link.close(RefusalCode::Done).await;
}

fn refused(who: &str, code: RefusalCode) -> CommandError {
    let ours = if code == RefusalCode::NoCommonVersion {
        ErrorCode::VersionUnknown
    } else {
        ErrorCode::PeerRefused
    };
    CommandError::text(ours, format!("{who} does not go on: {code:?}"))
}

fn unfound(error: &transport::DiscoveryError) -> CommandError {
    CommandError::text(ErrorCode::PeerUnreachable, error.to_string())
}

fn unreachable(error: &transport::ResolveError) -> CommandError {
    CommandError::text(ErrorCode::PeerUnreachable, error.to_string())
}

fn connect_fault(error: &ConnectError) -> CommandError {
    let text = match error {
        ConnectError::Refused { code } => format!("it does not take the link now ({code:?})"),
        ConnectError::NoCommonVersion => "it speaks another version".to_owned(),
        ConnectError::WrongHub => "what answered is no computer with posta".to_owned(),
        ConnectError::NoSocket(_) => "this computer could not open a socket".to_owned(),
        ConnectError::Unreachable(_) | ConnectError::Failed(_) | _ => {
            "no posta answers there".to_owned()
        }
    };
    CommandError::text(ErrorCode::PeerUnreachable, text)
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_keeps_the_door_to_himself_by_saying_something_now_and_then() {
        let seconds = Duration::from_secs;

        assert_eq!(patience(true, seconds(0)), ANSWER_LIMIT);
        assert_eq!(patience(true, MEETING_LIMIT - seconds(5)), seconds(5));
        assert_eq!(patience(true, MEETING_LIMIT + seconds(5)), Duration::ZERO);
        assert_eq!(patience(false, seconds(10)), STRANGER_LIMIT - seconds(10));
        assert_eq!(patience(false, STRANGER_LIMIT), Duration::ZERO);
    }
}
