//! Seeded runs of clinics and a hub through partition, loss, reordering and crashes.
//!
//! A run has one thread, one seed and virtual time. The clinics and the hub are the real ones: the same
//! stores (in memory), the same drivers, the same sessions. Only the network, the clocks, the
//! randomness and the end of processes are simulated. First everything goes wrong that can; then it
//! stops, everybody meets the hub, and the run is judged by [`Law`]s. A run is the same every time.

mod machine;

mod plan;
mod template;

mod clinic;
mod hub;
mod link;

mod acts;
mod ledger;

mod run;

mod laws;
mod violation;

mod sabotage;

mod report;

mod kept;
mod simulator;

pub use kept::{KEPT, Kept};
pub use report::{Coverage, Report, Seen};
pub use sabotage::Sabotage;
pub use simulator::{Failure, Simulator};
pub use violation::{Law, Violation};
