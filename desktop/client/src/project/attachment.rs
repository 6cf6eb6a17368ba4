//! An attachment in a list.

use crypto::{Blob, BlobHash};
use record::{DocumentReference, Statement};
use store::BlobState;

use super::Lens;
use crate::views::AttachmentView;

/// Names an attachment's bytes; none if there may not be so many.
pub(crate) fn blob_of(document: &DocumentReference) -> Option<Blob> {
    Blob::new(BlobHash::from_bytes(document.hash), document.size)
}

/// Makes the view of an attachment.
pub(crate) fn attachment_view(
    statement: &Statement,
    document: &DocumentReference,
    state: BlobState,
    lens: &Lens<'_>,
) -> AttachmentView {
    AttachmentView {
        id: statement.id.to_string(),
        title: document.title.clone().unwrap_or_default(),
        content_type: document.content_type.clone(),
        size: u32::try_from(document.size).unwrap_or(u32::MAX),
        is_here: state.is_whole,
        at_hub: state.at_hub,
        recorded: lens.provenance(&statement.stamp, None),
    }
}
