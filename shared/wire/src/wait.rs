//! What the hub says when it has long had nothing to say.

use serde::{Deserialize, Serialize};

/// The hub is still at what it was asked, which may take it minutes: its answer will come. Nothing is to be done; a link
/// on which nothing goes is taken for lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {}
