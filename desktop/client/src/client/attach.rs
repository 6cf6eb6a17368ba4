//! Attachments: a scan or a photograph goes into a chart, is listed, and is taken out again.
//!
//! The bytes are kept encrypted with everything else, and go to the hub after everything else. What an attachment is
//! stands in the chart at once; that it was opened stands in the log before its bytes are handed out.

use audit::{AccessEvent, Attached, EntryKind, Outcome};
use crypto::{Blob, BlobTree, GROUP_BYTES};
use record::{Content, DocumentReference, When};
use replica::Intent;
use roster::Action;
use store::{Commit, NewBlob, StoredGroup};

use super::access::Deed;
use super::{Client, chart_id};
use crate::driver::{chart_entry, payload_fault, update_of};
use crate::inputs::{MAX_NAME_BYTES, optional};
use crate::meta;
use crate::project::{attachment_view, blob_of};
use crate::views::{AttachInput, AttachmentView, CommandError, ErrorCode};

/// How long the name of a kind of file may be.
pub(super) const MAX_TYPE_BYTES: usize = 127;

impl Client {
    /// Attaches a file to a chart.
    pub fn attach(
        &mut self,
        chart: &str,
        input: &AttachInput,
        bytes: &[u8],
    ) -> Result<AttachmentView, CommandError> {
        let chart = chart_id(chart)?;
        let deed = Deed::to(AccessEvent::Attach, chart);
        self.permit(Action::WriteClinical, &deed)?;
        let mut doc = self.driver.held_chart(chart)?;
        let (blob, tree) = BlobTree::of(bytes)
            .ok_or_else(|| CommandError::field(ErrorCode::AttachmentTooLarge, "file"))?;
        let document = document(input, &blob)?;

        self.driver.actor()?;
        let mut entries = self.begin()?;
        entries.push(self.access(&deed, Outcome::Done)?);
        let mut pen = self.pen()?;
        let id = pen.statement_id();
        let now = When::from_ms(self.driver.host().now_ms());
        let content = Content::DocumentReference(document);
        let statement = pen.statement(id, None, Some(now), content);
        let intents = [Intent::AddStatement(Box::new(statement))];
        entries.push(
            self.driver
                .change(&mut doc, self.person, pen.at(), &intents)?,
        );
        let payload = Attached::new(&blob).to_bytes().map_err(payload_fault)?;
        let attached = self
            .driver
            .entry(EntryKind::ATTACHMENT, self.person, payload);
        entries.push(chart_entry(attached, chart));
        let groups = (0_u32..)
            .zip(bytes.chunks(GROUP_BYTES).zip(tree.groups()))
            .map(|(number, (bytes, hash))| StoredGroup {
                number,
                hash: *hash,
                bytes: bytes.to_vec(),
            })
            .collect();
        self.commit(Commit {
            entries,
            charts: vec![update_of(&doc)],
            blobs: vec![NewBlob { blob, groups }],
            ..Commit::default()
        })?;
        let all = self.attachment_views(&doc)?;
        let id = id.to_string();
        all.into_iter()
            .find(|it| it.id == id)
            .ok_or_else(|| CommandError::new(ErrorCode::Fault))
    }

    /// Lists a chart's attachments, the newest first. An access entry commits first.
    pub fn attachments(&mut self, chart: &str) -> Result<Vec<AttachmentView>, CommandError> {
        let chart = chart_id(chart)?;
        if self.driver.store().row(chart)?.is_none() {
            return Err(CommandError::new(ErrorCode::ChartNotFound));
        }
        let deed = Deed::to(AccessEvent::OpenChart, chart);
        self.permit(Action::ReadChart, &deed)?;
        self.show(&[deed])?;
        let doc = self.driver.held_chart(chart)?;
        self.attachment_views(&doc)
    }

    /// Returns an attachment, named by its identifier or by a title that no other of the chart has, and its bytes. An
    /// access entry commits first. If the bytes are not here they are wanted from then on, whatever their size.
    pub fn open_attachment(
        &mut self,
        chart: &str,
        named: &str,
    ) -> Result<(AttachmentView, Vec<u8>), CommandError> {
        let chart = chart_id(chart)?;
        if self.driver.store().row(chart)?.is_none() {
            return Err(CommandError::new(ErrorCode::ChartNotFound));
        }
        let deed = Deed::to(AccessEvent::OpenAttachment, chart);
        self.permit(Action::ReadChart, &deed)?;
        self.show(&[deed])?;
        let doc = self.driver.held_chart(chart)?;
        let shown = one_named(self.attachment_views(&doc)?, named.trim())?;
        let view = doc.view();
        let mut documents = view.documents().into_iter();
        let blob = documents
            .find(|(statement, _document)| statement.id.to_string() == shown.id)
            .and_then(|(_statement, document)| blob_of(document))
            .ok_or_else(|| CommandError::new(ErrorCode::AttachmentUnknown))?;
        let bytes = self.blob_bytes(&blob)?;
        bytes
            .map(|bytes| (shown, bytes))
            .ok_or_else(|| CommandError::new(ErrorCode::AttachmentNotHere))
    }

    /// Sets how large an attachment may be that comes here without being asked for.
    pub fn take_attachments_up_to(&mut self, bytes: u64) -> Result<(), CommandError> {
        let store = self.driver.store_mut();
        Ok(meta::write(store, meta::ATTACHMENTS_UP_TO, &bytes)?)
    }

    /// Puts a blob together; none if it is not whole here, and then it is wanted.
    fn blob_bytes(&mut self, blob: &Blob) -> Result<Option<Vec<u8>>, CommandError> {
        if !self.driver.store().blob_state(blob)?.is_whole {
            self.driver.store_mut().ask_for_blob(blob)?;
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(blob.size()).unwrap_or_default());
        for number in 0..blob.groups() {
            let group = self.driver.store().blob_group(blob, number)?;
            bytes.extend(group.unwrap_or_default());
        }
        if BlobTree::of(&bytes).is_some_and(|(found, _tree)| found == *blob) {
            return Ok(Some(bytes));
        }
        let text = "an attachment is damaged: `posta verify --repair` fetches it again";
        Err(CommandError::text(ErrorCode::Damaged, text))
    }

    fn attachment_views(
        &self,
        doc: &replica::ChartDoc,
    ) -> Result<Vec<AttachmentView>, CommandError> {
        let today = self.driver.today();
        let lens = self.driver.lens(&today);
        let view = doc.view();
        let mut shown = Vec::new();
        for (statement, document) in view.documents() {
            if let Some(blob) = blob_of(document) {
                let state = self.driver.store().blob_state(&blob)?;
                shown.push(attachment_view(statement, document, state, &lens));
            }
        }
        Ok(shown)
    }
}

/// Finds the attachment of an identifier, or the only one of a title.
fn one_named(shown: Vec<AttachmentView>, named: &str) -> Result<AttachmentView, CommandError> {
    let by_id = shown.iter().position(|it| it.id == named);
    let mut titled = shown.iter().enumerate().filter(|(_, it)| it.title == named);
    let by_title = || match (titled.next(), titled.next()) {
        (Some((at, _)), None) => Some(at),
        (None, _) | (Some(_), Some(_)) => None,
    };
    let at = by_id.or_else(by_title);
    at.and_then(|at| shown.into_iter().nth(at))
        .ok_or_else(|| CommandError::new(ErrorCode::AttachmentUnknown))
}

fn document(input: &AttachInput, blob: &Blob) -> Result<DocumentReference, CommandError> {
    let content_type = input.content_type.trim().to_ascii_lowercase();
    let is_type = content_type.len() <= MAX_TYPE_BYTES
        && content_type
            .split_once('/')
            .is_some_and(|(kind, of)| !kind.is_empty() && !of.is_empty())
        && content_type.chars().all(|it| it.is_ascii_graphic());
    if !is_type {
        return Err(CommandError::field(ErrorCode::FieldInvalid, "contentType"));
    }
    Ok(DocumentReference {
        title: optional(input.title.as_deref(), "title", MAX_NAME_BYTES)?,
        content_type,
        hash: *blob.hash().as_bytes(),
        size: blob.size(),
        rest: None,
    })
}
