//! Attachments of a chart.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::Provenance;

/// An attachment in a list.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AttachmentView {
    /// Names it.
    pub id: String,
    /// What people call it; empty if nothing.
    pub title: String,
    /// What the bytes are: image/jpeg, application/pdf.
    pub content_type: String,
    /// How many bytes there are.
    pub size: u32,
    /// All of them are here.
    pub is_here: bool,
    /// The hub is known to have all of them.
    pub at_hub: bool,
    /// Who attached it, where and when.
    pub recorded: Provenance,
}

/// What is said of a file that is attached.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AttachInput {
    /// What people call it.
    pub title: Option<String>,
    /// What the bytes are: image/jpeg, application/pdf.
    pub content_type: String,
}

record::discreet!(AttachmentView, AttachInput);
