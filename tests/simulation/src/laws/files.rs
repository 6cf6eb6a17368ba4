//! Laws of attachments: what was acknowledged is there, and in the end wherever its chart is.

use super::charts::followed;
use super::clinic;
use crate::run::Run;
use crate::violation::{Law, Violation, ensure};

/// What the hub said it has, it has, unless it was put back.
pub(super) fn are_at_the_hub(run: &Run) -> Result<(), Violation> {
    let hub = run.hub.store()?;
    for blob in &run.ledger.files {
        let lacking = hub.blob_lacking(blob)?;
        let holds = lacking.is_empty() || run.ledger.restores > 0;
        ensure(Law::AttachmentsArrive, holds, || {
            format!("the hub said that it has {blob:?}, and lacks {lacking:?}")
        })?;
    }
    // Bytes are lost only with a disk that was replaced before they were sent.
    let missing = hub.missing_blobs()?;
    let is_lost = run.ledger.restores > 0 || !run.ledger.copied.is_empty();
    ensure(
        Law::AttachmentsArrive,
        missing.is_empty() || is_lost,
        || format!("the hub never got {missing:?}"),
    )
}

/// A clinic has every attachment of its charts that the hub has, and the hub every one that a clinic has.
pub(super) fn are_with_their_charts(run: &Run, at: usize) -> Result<(), Violation> {
    let (hub, clinic) = (run.hub.store()?, clinic(run, at)?);
    let store = clinic.store()?;
    for chart in followed(hub, clinic)? {
        for blob in store.blobs_of(chart)? {
            let there = hub.blob_lacking(&blob)?.is_empty();
            let here = store.blob_state(&blob)?.is_whole;
            // A hub that was put back may not know any more that a file belongs to a chart.
            let is_forgotten = run.ledger.restores > 0 && hub.scopes_of_blob(&blob)?.is_empty();
            ensure(
                Law::AttachmentsArrive,
                here == there || is_forgotten,
                || {
                    format!(
                        "{blob:?} of chart {chart}: whole at clinic {at}: {here}, at the hub: {there}"
                    )
                },
            )?;
        }
    }
    Ok(())
}
