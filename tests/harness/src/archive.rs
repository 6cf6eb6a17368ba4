//! Records in an archive: `.tar.zst`, unpacked into a folder.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// A tar archive's unit.
const BLOCK: usize = 512;
/// The largest archive, unpacked: what one demo can chew.
const MAX_BYTES: u64 = 4 << 30;

/// Unpacks the plain files of an archive into a folder, by their last name alone; returns the files.
pub fn unpack(archive: &Path, into: &Path) -> Result<Vec<PathBuf>> {
    let file = File::open(archive).with_context(|| format!("opening {}", archive.display()))?;
    let mut tar = zstd::Decoder::new(file)
        .context("unpacking")?
        .take(MAX_BYTES);
    fs::create_dir_all(into)?;
    let mut files = Vec::new();
    loop {
        let mut header = [0_u8; BLOCK];
        if let Err(problem) = tar.read_exact(&mut header) {
            bail!("{} breaks off: {problem}", archive.display());
        }
        if header.iter().all(|b| *b == 0) {
            return Ok(files);
        }
        let (name, size, is_file) = read_header(&header).context("an entry's header")?;
        let mut body = tar.by_ref().take(size);
        if is_file {
            let path = into.join(name);
            std::io::copy(&mut body, &mut File::create(&path)?)?;
            files.push(path);
        } else {
            std::io::copy(&mut body, &mut std::io::sink())?;
        }
        let padding = size.next_multiple_of(BLOCK as u64) - size;
        std::io::copy(&mut tar.by_ref().take(padding), &mut std::io::sink())?;
    }
}

/// Returns an entry's last name, its size and whether it is a plain file.
fn read_header(header: &[u8; BLOCK]) -> Option<(String, u64, bool)> {
    let text = |from: usize, to: usize| {
        let field = header.get(from..to)?.split(|b| *b == 0).next()?;
        std::str::from_utf8(field).ok()
    };
    let size = u64::from_str_radix(text(124, 136)?.trim(), 8).ok()?;
    let is_file = matches!(header.get(156)?, b'0' | 0);
    let name = Path::new(text(0, 100)?).file_name()?.to_str()?.to_owned();
    Some((name, size, is_file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, size: usize, kind: u8) -> Vec<u8> {
        let mut header = vec![0; BLOCK];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
        header[156] = kind;
        header
    }

    #[test]
    fn only_plain_files_are_unpacked_and_none_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let mut tar = [header("a/", 0, b'5'), header("a/../../one.json", 3, b'0')].concat();
        tar.extend(b"{1}");
        tar.resize(BLOCK * 3, 0);
        tar.resize(BLOCK * 5, 0);
        let archive = folder.path().join("records.tar.zst");
        fs::write(&archive, zstd::encode_all(tar.as_slice(), 1).unwrap()).unwrap();

        let files = unpack(&archive, &folder.path().join("out")).unwrap();

        assert_eq!(files, [folder.path().join("out/one.json")]);
        assert_eq!(fs::read(&files[0]).unwrap(), b"{1}");
    }

    #[test]
    fn an_archive_that_breaks_off_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("records.tar.zst");
        fs::write(
            &archive,
            zstd::encode_all(&header("x", 9, b'0')[..], 1).unwrap(),
        )
        .unwrap();

        assert!(unpack(&archive, folder.path()).is_err());
    }
}
