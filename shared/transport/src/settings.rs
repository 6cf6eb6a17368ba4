//! How QUIC is set up for bad, metered links, and what a peer may take from us.

use std::sync::Arc;
use std::time::Duration;

use quinn::congestion::CubicConfig;
use quinn::{IdleTimeout, TransportConfig, VarInt};

use crate::allowance::RateLimit;
use crate::congestion::SteadyConfig;

/// How long a silent link is kept: an outage of a minute must not cost a new handshake. Both ends say it, the
/// shorter counts.
pub(crate) const IDLE: Duration = Duration::from_secs(180);

/// How long a write, or the rest of a message, may make no progress. Shorter than [`IDLE`], so that a peer that keeps
/// the link alive and does nothing else is found out.
pub(crate) const STALL: Duration = Duration::from_secs(150);

/// How long a handshake may take: two packets at 64 kbit/s and 800 ms, lost twice, arrive within it.
pub(crate) const HANDSHAKE: Duration = Duration::from_secs(20);

/// How long a fresh connection beside a silent one may take before another attempt takes its place: an attempt sends
/// after 0, 1, 3 and 7 seconds, so when the network is back it is noticed within four.
pub(crate) const FRESH_ATTEMPT: Duration = Duration::from_secs(8);

/// How long a link that is closed waits for the peer to have what was sent last.
pub(crate) const FAREWELL: Duration = Duration::from_secs(10);

/// How long a client lingers so that the word of closing leaves the socket. Nothing depends on its arrival.
pub(crate) const LINGER: Duration = Duration::from_millis(100);

/// What one link may have under way towards us, and on one stream: the default would be 125 MB a peer.
const LINK_WINDOW_BYTES: u32 = 4 << 20;
pub(crate) const STREAM_WINDOW_BYTES: u32 = 512 << 10;

/// A window of fewer bytes would cost a packet that widens it for every packet that arrives.
const LEAST_WINDOW_BYTES: u32 = 8 << 10;

/// What is handed over at once, and what may wait behind the window of a link: whatever comes next waits for no more. It
/// is a second or two of a 64 kbit/s link.
pub(crate) const PIECE_BYTES: usize = 16 << 10;

/// After so long without an answer a link over TCP is silent.
pub(crate) const TCP_SILENCE: Duration = Duration::from_secs(30);

/// Streams that a peer may have open. One carries all there is today; the rest is for later releases.
const BIDIRECTIONAL_STREAMS: u32 = 4;
const UNIDIRECTIONAL_STREAMS: u32 = 16;

/// The smallest datagram that QUIC may use. Probing for larger ones costs a fresh link three times its bytes.
const DATAGRAM_BYTES: u16 = 1_200;

/// Which end of a link this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// A device.
    Client,
    /// The hub.
    Hub,
}

/// How fast a link sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Congestion {
    /// Takes a loss for chance while no queue shows, and puts no more under way than twice what the path holds.
    #[default]
    Steady,
    /// As TCP does (RFC 9438): takes every loss for a full queue.
    Cubic,
}

impl Congestion {
    /// Returns the one of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "steady" => Some(Self::Steady),
            "cubic" => Some(Self::Cubic),
            _other => None,
        }
    }
}

/// Returns what a peer may have under way on one stream. With a limit it is two seconds of it: the peer then sends no
/// faster than we read, whatever its release, and what is urgent on another stream overtakes.
pub(crate) fn stream_window(limit: Option<RateLimit>) -> u32 {
    limit.map_or(STREAM_WINDOW_BYTES, |limit| {
        let two_seconds = limit.bytes().saturating_mul(2);
        two_seconds.clamp(LEAST_WINDOW_BYTES, STREAM_WINDOW_BYTES)
    })
}

/// Returns the settings for one end.
pub(crate) fn transport(
    end: End,
    congestion: Congestion,
    limit: Option<RateLimit>,
) -> Arc<TransportConfig> {
    let idle = IdleTimeout::try_from(IDLE).expect("three minutes fit a timeout of QUIC");
    let mut config = TransportConfig::default();
    config
        .max_idle_timeout(Some(idle))
        // Every 25 s it would cost ten times the clinical data.
        .keep_alive_interval(None)
        .initial_mtu(DATAGRAM_BYTES)
        .min_mtu(DATAGRAM_BYTES)
        .mtu_discovery_config(None)
        .receive_window(VarInt::from_u32(LINK_WINDOW_BYTES))
        .stream_receive_window(VarInt::from_u32(stream_window(limit)))
        .max_concurrent_bidi_streams(VarInt::from_u32(BIDIRECTIONAL_STREAMS))
        .max_concurrent_uni_streams(VarInt::from_u32(UNIDIRECTIONAL_STREAMS))
        // So that what is urgent on a stream of its own overtakes. Without fairness QUIC finishes the stream that it has
        // begun, whatever its priority: on a 64 kbit/s link that was half a minute.
        .send_fairness(true)
        .datagram_receive_buffer_size(None)
        // It gains nothing at these rates, and drivers of old laptops get it wrong.
        .enable_segmentation_offload(end == End::Hub);
    match congestion {
        Congestion::Steady => config.congestion_controller_factory(Arc::new(SteadyConfig)),
        Congestion::Cubic => config.congestion_controller_factory(Arc::new(CubicConfig::default())),
    };
    Arc::new(config)
}
