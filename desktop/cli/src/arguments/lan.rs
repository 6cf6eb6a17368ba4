//! What can be typed after `posta lan`.

use std::net::SocketAddr;

use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum Lan {
    /// Stay open for other computers until stopped. The home is in use meanwhile.
    Serve {
        /// Where to listen; port 0 takes any that is free. On a loopback address nobody is told.
        #[arg(long, value_name = "ADDRESS:PORT", default_value = "0.0.0.0:4434")]
        listen: SocketAddr,
        /// End after the first meeting.
        #[arg(long)]
        once: bool,
    },
    /// Go to a computer that is open, and give each other what the other lacks.
    Meet {
        /// Its address and port, as it says; without one it is looked for on this network.
        #[arg(value_name = "ADDRESS:PORT")]
        address: Option<String>,
    },
}
