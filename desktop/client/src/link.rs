//! Reaching the hub: one link at a time, another beside it when it falls silent, and a limit on every wait.

use std::future::Future;
use std::time::Duration;

use transport::{
    Carrier, Congestion, ConnectError, ExchangeError, Exchanged, Link, NetworkName, RateLimit,
    ReceiveError, Receiving, ResolveError, SendError, Target, Waited,
};
use wire::{Message, RefusalCode, Refused, Versions};

use crate::driver::HubPin;
use crate::fault::refusal_fault;
use crate::meta;
use crate::views::{CommandError, ErrorCode};

mod vigil;
pub(crate) use vigil::Vigil;

/// How long a link may take to come up: a handshake over 2G and a satellite needs some seconds, and lost packets
/// are sent again after 1, 2, 4 … seconds.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);

/// How long the hub may keep us waiting for a message. It merges everything it was sent before it says DONE,
/// and a 64 kbit/s link takes half a minute for the largest frame.
const ANSWER_LIMIT: Duration = Duration::from_secs(180);

/// For how long a network is remembered that let no UDP through: a day, and then UDP is tried again.
const REMEMBERED_MS: u64 = 24 * 3_600 * 1_000;

/// How many networks are remembered: a laptop sees a handful.
const MAX_NETWORKS: usize = 16;

/// The way to the hub from where this computer is now.
pub(crate) struct Route<'a> {
    target: Target<'a>,
    /// Which carrier is likely to get there.
    expected: Carrier,
    /// The network that this computer is in; none if there is none.
    network: Option<NetworkName>,
    /// The only carrier to be tried.
    only: Option<Carrier>,
}

/// What came of waiting at a link.
pub(crate) enum Met {
    /// A message came.
    Came(Message),
    /// A message of ours is handed over.
    Went,
    /// Nothing for a second.
    Nothing,
    /// The link fell silent, and this one has answered in its place.
    Moved(Box<Link>),
}

impl<'a> Route<'a> {
    /// Looks up where the hub is.
    pub(crate) async fn find(
        hub: &HubPin,
        own: &'a crypto::SigningKey,
        limit: Option<RateLimit>,
    ) -> Result<Self, CommandError> {
        let address = within(CONNECT_LIMIT, resolved(hub), ErrorCode::HubUnreachable).await?;
        let target = Target {
            address,
            own,
            peer: hub.tls.into(),
            congestion: setting("POSTA_CONGESTION", Congestion::named).unwrap_or_default(),
            limit,
        };
        Ok(Self {
            target,
            expected: Carrier::Quic,
            network: NetworkName::towards(address),
            only: setting("POSTA_CARRIER", carrier_named),
        })
    }

    /// Expects TCP to get there first if it did in this network less than a day ago. Then UDP is tried again.
    pub(crate) fn expect(&mut self, without_udp: &meta::WithoutUdp, now_ms: u64) {
        let name = self.network.map(|it| it.0);
        let is_fresh = |noted: u64| (noted..noted.saturating_add(REMEMBERED_MS)).contains(&now_ms);
        let known = without_udp
            .iter()
            .any(|it| Some(it.0) == name && is_fresh(it.1));
        if known {
            self.expected = Carrier::Tcp;
        }
    }

    /// Returns what is to be remembered of networks after a carrier got there first, if that is news.
    pub(crate) fn learn(
        &self,
        without_udp: &meta::WithoutUdp,
        carrier: Carrier,
        now_ms: u64,
    ) -> Option<meta::WithoutUdp> {
        let name = self.network?.0;
        if self.only.is_some() {
            return None;
        }
        let others = without_udp.iter().filter(|it| it.0 != name).copied();
        match (self.expected, carrier) {
            (Carrier::Quic, Carrier::Tcp) => {
                let newest_first = std::iter::once((name, now_ms)).chain(others);
                Some(newest_first.take(MAX_NETWORKS).collect())
            }
            (Carrier::Tcp, Carrier::Quic) => Some(others.collect()),
            (Carrier::Quic, Carrier::Quic) | (Carrier::Tcp, Carrier::Tcp) => None,
        }
    }

    /// Opens a link.
    pub(crate) async fn open(&self) -> Result<Link, CommandError> {
        let opening = async {
            let opened = match self.only {
                Some(only) => transport::by(&self.target, only).await,
                None => transport::race(&self.target, self.expected).await,
            };
            opened.map_err(connect_fault)
        };
        within(CONNECT_LIMIT, opening, ErrorCode::HubUnreachable).await
    }

    /// Hands over what waits and takes what comes, until something of that happened, or a second passed. While the link
    /// is silent another one is opened beside it.
    pub(crate) async fn exchange<'b>(
        &'b self,
        link: &mut Link,
        vigil: &mut Vigil<'b>,
    ) -> Result<Met, CommandError> {
        let arriving = async {
            match &mut vigil.fresh {
                Some(fresh) => fresh.await,
                None => std::future::pending().await,
            }
        };
        let waited = tokio::select! {
            biased;
            waited = link.exchange_a_while(Receiving::Wanted) => match waited {
                Ok(waited) => waited,
                Err(error) => return said_by_closing(error).map(|it| Met::Came(Message::Refused(it))),
            },
            arrived = arriving => {
                return arrived.map(|it| Met::Moved(Box::new(it))).map_err(connect_fault);
            }
        };
        match waited {
            Waited::Done(exchanged) => {
                vigil.happened(&exchanged);
                return Ok(match exchanged {
                    Exchanged::Came(message) => Met::Came(*message),
                    Exchanged::Went => Met::Went,
                });
            }
            Waited::Alive => vigil.fresh = None,
            Waited::Silent if vigil.fresh.is_none() && self.only.is_none() => {
                tracing::info!("the link is silent: another one is opened beside it");
                let afresh = transport::race_afresh(&self.target, self.expected);
                vigil.fresh = Some(Box::pin(afresh));
            }
            Waited::Silent => {}
        }
        if vigil.since.elapsed() >= ANSWER_LIMIT {
            return Err(CommandError::new(ErrorCode::HubTimeout));
        }
        Ok(Met::Nothing)
    }
}

async fn resolved(hub: &HubPin) -> Result<std::net::SocketAddr, CommandError> {
    transport::resolve(&hub.address)
        .await
        .map_err(resolve_fault)
}

/// Reads what somebody set for this program alone; what means nothing is as good as not set.
fn setting<T>(name: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    let set = std::env::var(name).ok()?;
    let meant = parse(&set);
    if meant.is_none() {
        tracing::warn!(name, "a setting means nothing");
    }
    meant
}

/// Returns the versions of the protocol that this program is to speak, if somebody set that.
pub(crate) fn versions() -> Option<Versions> {
    setting("POSTA_PROTOCOL", Versions::up_to)
}

fn carrier_named(name: &str) -> Option<Carrier> {
    match name {
        "udp" => Some(Carrier::Quic),
        "tcp" => Some(Carrier::Tcp),
        _other => None,
    }
}

/// Runs async work on a thread of its own, so that it may be called from anywhere, from another runtime too.
pub(crate) fn block_on<T: Send>(
    work: impl Future<Output = Result<T, CommandError>> + Send,
) -> Result<T, CommandError> {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| CommandError::text(ErrorCode::Fault, error.kind().to_string()))?;
        runtime.block_on(work)
    };
    std::thread::scope(|scope| {
        let thread = scope.spawn(run);
        thread
            .join()
            .unwrap_or_else(|_panicked| Err(CommandError::new(ErrorCode::Fault)))
    })
}

/// Does work within a limit.
pub(crate) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, CommandError>>,
    late: ErrorCode,
) -> Result<T, CommandError> {
    tokio::time::timeout(limit, work)
        .await
        .unwrap_or_else(|_late| Err(CommandError::new(late)))
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn resolve_fault(error: ResolveError) -> CommandError {
    CommandError::text(ErrorCode::HubUnreachable, error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn connect_fault(error: ConnectError) -> CommandError {
    let code = match &error {
        ConnectError::WrongHub => ErrorCode::HubNotOurs,
        ConnectError::Refused { code } => return refusal_fault(*code),
        ConnectError::NoCommonVersion => ErrorCode::VersionUnknown,
        ConnectError::Unreachable(_) | ConnectError::Failed(_) | ConnectError::NoSocket(_) | _ => {
            ErrorCode::HubUnreachable
        }
    };
    CommandError::text(code, error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
pub(crate) fn send_fault(error: SendError) -> CommandError {
    match error {
        SendError::Closed { code } => closed_fault(code),
        SendError::Lost(_) | SendError::Unsendable(_) | SendError::Stalled | _ => {
            CommandError::text(ErrorCode::LinkLost, error.to_string())
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn receive_fault(error: ReceiveError) -> CommandError {
    match error {
        ReceiveError::Closed { code } => closed_fault(code),
        ReceiveError::Lost(_)
        | ReceiveError::TooLarge(_)
        | ReceiveError::Damaged(_)
        | ReceiveError::CutShort
        | ReceiveError::Stalled
        | _ => CommandError::text(ErrorCode::LinkLost, error.to_string()),
    }
}

fn exchange_fault(error: ExchangeError) -> CommandError {
    match error {
        ExchangeError::Send(error) => send_fault(error),
        ExchangeError::Receive(error) => receive_fault(error),
    }
}

/// Returns what a hub says that closes the link: its code stands for the REFUSED before it, which whoever was sending at that
/// moment may not have read.
fn said_by_closing(error: ExchangeError) -> Result<Refused, CommandError> {
    match error {
        ExchangeError::Send(SendError::Closed { code })
        | ExchangeError::Receive(ReceiveError::Closed { code })
            if !matches!(code, RefusalCode::Done | RefusalCode::Stopping) =>
        {
            let text = String::new();
            Ok(Refused { code, text })
        }
        ExchangeError::Send(_) | ExchangeError::Receive(_) => Err(exchange_fault(error)),
    }
}

/// A link that ends before we ended it is lost, however politely.
fn closed_fault(code: RefusalCode) -> CommandError {
    if matches!(code, RefusalCode::Done | RefusalCode::Stopping) {
        return CommandError::new(ErrorCode::LinkLost);
    }
    refusal_fault(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: u64 = 24 * 3_600 * 1_000;

    fn route(own: &crypto::SigningKey) -> Route<'_> {
        Route {
            target: Target {
                address: ([127, 0, 0, 1], 4_433).into(),
                own,
                peer: own.public().into(),
                congestion: Congestion::default(),
                limit: None,
            },
            expected: Carrier::Quic,
            network: Some(NetworkName([1; 8])),
            only: None,
        }
    }

    #[test]
    fn the_code_that_a_link_is_closed_with_says_what_refused_says() {
        let closed = |code| {
            [
                ExchangeError::Send(SendError::Closed { code }),
                ExchangeError::Receive(ReceiveError::Closed { code }),
            ]
        };
        for error in closed(RefusalCode::UnknownChange) {
            let said = said_by_closing(error).unwrap();
            assert_eq!(said.code, RefusalCode::UnknownChange);
        }
        for error in closed(RefusalCode::Stopping) {
            assert_eq!(
                said_by_closing(error).unwrap_err().code,
                ErrorCode::LinkLost
            );
        }
    }

    #[test]
    fn a_network_without_udp_is_remembered_for_a_day() {
        let own = crypto::SigningKey::from_seed([1; 32]);
        let nothing = meta::WithoutUdp::new();
        assert_eq!(route(&own).learn(&nothing, Carrier::Quic, 5), None);

        let learnt = route(&own).learn(&nothing, Carrier::Tcp, 5).unwrap();

        for (now_ms, expected) in [
            (5, Carrier::Tcp),
            (4 + DAY_MS, Carrier::Tcp),
            (5 + DAY_MS, Carrier::Quic),
            // The clock was set back.
            (4, Carrier::Quic),
        ] {
            let mut later = route(&own);
            later.expect(&learnt, now_ms);
            assert_eq!(later.expected, expected, "{now_ms}");
        }
        let mut elsewhere = route(&own);
        elsewhere.network = Some(NetworkName([2; 8]));
        elsewhere.expect(&learnt, 6);
        assert_eq!(elsewhere.expected, Carrier::Quic);
    }

    #[test]
    fn a_network_that_lets_udp_through_again_is_forgotten() {
        let own = crypto::SigningKey::from_seed([1; 32]);
        let known = vec![([2; 8], 3), ([1; 8], 4)];
        let mut here = route(&own);
        here.expect(&known, 5);

        assert_eq!(here.learn(&known, Carrier::Tcp, 5), None);
        assert_eq!(
            here.learn(&known, Carrier::Quic, 5),
            Some(vec![([2; 8], 3)])
        );
    }

    #[test]
    fn a_few_networks_are_remembered_the_newest_first() {
        let own = crypto::SigningKey::from_seed([1; 32]);
        let known: Vec<_> = (100..200).map(|number| ([number; 8], 1)).collect();

        let learnt = route(&own).learn(&known, Carrier::Tcp, 7).unwrap();

        assert_eq!(learnt.len(), MAX_NETWORKS);
        assert_eq!(learnt.first(), Some(&([1; 8], 7)));
    }
}
