//! `posta attach`, `posta attachments` and `posta attachment`

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::Path;

use desktop_client::{AttachInput, AttachmentView, Client};
use serde::Serialize;

use super::{chart, upkeep, work};
use crate::arguments::{Attach, Attachment, Common};
use crate::output::{Lines, Output, spelt_out};
use crate::run::Failure;

/// How many bytes of a file are read: one more than may be attached tells that it is too large.
const MAX_READ: u64 = 16 * 1024 * 1024 + 1;

/// What files are by the ends of their names.
const TYPES: [(&str, &str); 10] = [
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("webp", "image/webp"),
    ("heic", "image/heic"),
    ("pdf", "application/pdf"),
    ("dcm", "application/dicom"),
    ("txt", "text/plain"),
];

/// Attaches a file.
pub(crate) fn attach(
    common: &Common,
    command: &Attach,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let bytes = read(&command.file)?;
    let named = || Some(command.file.file_name()?.to_string_lossy().into_owned());
    let input = AttachInput {
        title: command.title.clone().or_else(named),
        content_type: command
            .content_type
            .clone()
            .unwrap_or_else(|| type_of(&command.file).to_owned()),
    };
    let view = work(common, |client| {
        let named = chart(client, &command.chart)?;
        Ok(client.attach(&named, &input, &bytes)?)
    })?;
    output.result(&view, |it| list(std::slice::from_ref(it)))
}

/// Lists a chart's attachments.
pub(crate) fn attachments(
    common: &Common,
    named: &str,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let views = work(common, |client| {
        let named = chart(client, named)?;
        Ok(client.attachments(&named)?)
    })?;
    output.result(&views, |views: &Vec<AttachmentView>| {
        if views.is_empty() {
            "nothing is attached\n".to_owned()
        } else {
            list(views)
        }
    })
}

/// Takes an attachment out, or says which come by themselves.
pub(crate) fn run(
    common: &Common,
    command: &Attachment,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    match command {
        Attachment::Save {
            chart: named,
            attachment,
            out,
        } => {
            let save = |client: &mut Client| {
                let named = chart(client, named)?;
                Ok(client.open_attachment(&named, attachment)?)
            };
            let (view, bytes) = work(common, save)?;
            write(out, &bytes)?;
            output.result(&Saved { attachment: view }, |_saved| {
                format!(
                    "{} bytes are in {}, readable to you alone and not encrypted\n",
                    bytes.len(),
                    out.display()
                )
            })
        }
        Attachment::Limit { kilobytes } => {
            let bytes = kilobytes.saturating_mul(1_000);
            upkeep(common)?.take_attachments_up_to(bytes)?;
            output.result(&Limit { bytes }, |it| {
                format!(
                    "attachments of up to {} bytes come by themselves, larger ones when somebody opens them\n",
                    it.bytes
                )
            })
        }
    }
}

/// An attachment that was taken out.
#[derive(Serialize)]
struct Saved {
    attachment: AttachmentView,
}

/// Which attachments come by themselves.
#[derive(Serialize)]
struct Limit {
    bytes: u64,
}

fn type_of(file: &Path) -> &'static str {
    let end = file.extension().and_then(|it| it.to_str()).unwrap_or("");
    let known = TYPES.iter().find(|it| it.0.eq_ignore_ascii_case(end));
    known.map_or("application/octet-stream", |it| it.1)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|it| it.take(MAX_READ).read_to_end(&mut bytes))
        .map_err(|error| failed(file, &error))?;
    Ok(bytes)
}

/// Writes a new file that only its owner can read.
fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(file)
        .and_then(|mut it| it.write_all(bytes).and_then(|()| it.sync_all()))
        .map_err(|error| failed(file, &error))
}

fn failed(file: &Path, error: &std::io::Error) -> Failure {
    Failure::Words(format!("{}: {}", file.display(), error.kind()))
}

fn list(views: &[AttachmentView]) -> String {
    let mut lines = Lines::default();
    for it in views {
        let place = match (it.is_here, it.at_hub) {
            (true, true) => "here and at the hub",
            (true, false) => "only here",
            (false, _) => "not here yet",
        };
        lines.add(format!(
            "{}  {}  {}, {} bytes, {place}  {}, {}, {}",
            it.id,
            spelt_out(&it.title),
            spelt_out(&it.content_type),
            it.size,
            it.recorded.when,
            it.recorded.author,
            it.recorded.site,
        ));
    }
    lines.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_name_ends_with() {
        assert_eq!(type_of(Path::new("a/scan.JPG")), "image/jpeg");
        assert_eq!(type_of(Path::new("letter.pdf")), "application/pdf");
        assert_eq!(type_of(Path::new("pdf")), "application/octet-stream");
    }

    #[test]
    fn a_file_is_read_one_byte_beyond_what_may_be_attached() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("scan.jpg");
        let read = |size| {
            File::create(&file).unwrap().set_len(size).unwrap();
            read(&file).unwrap().len() as u64
        };

        assert_eq!(read(MAX_READ), MAX_READ);
        assert_eq!(read(MAX_READ + 1), MAX_READ, "enough to be refused");
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("scan.jpg");

        write(&file, b"one").unwrap();

        assert!(write(&file, b"two").is_err());
        assert_eq!(read(&file).unwrap(), b"one");
    }
}
