//! Small files that a person names.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::run::Failure;

/// Reads a text that a person keeps in a file: at most so many bytes of it, and one byte more is an error.
pub(crate) fn text_of(path: &Path, limit: u64) -> Result<String, Failure> {
    let failed = |why: String| Failure::Words(format!("{}: {why}", path.display()));
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|it| it.take(limit + 1).read_to_end(&mut bytes))
        .map_err(|error| failed(error.kind().to_string()))?;
    // Before it is read as a text: what was cut off may have ended inside a letter.
    if bytes.len() as u64 > limit {
        return Err(failed(format!("it has more than {limit} bytes")));
    }
    String::from_utf8(bytes).map_err(|_not_text| failed("it is not text (UTF-8)".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("note");
        std::fs::write(&path, "four").unwrap();

        assert!(matches!(text_of(&path, 4), Ok(text) if text == "four"));
        assert!(matches!(text_of(&path, 3), Err(Failure::Words(_))));
        // What has no end is not read to its end.
        #[cfg(unix)]
        assert!(matches!(
            text_of(Path::new("/dev/zero"), 9),
            Err(Failure::Words(_))
        ));
    }
}
