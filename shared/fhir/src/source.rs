//! What a resource is called where it came from, and how others point to it.
//!
//! A source is the resource's full URL, else `Type/id`. What Posta itself wrote is called by its identifier as a UUID.

/// The longest source that is kept: FHIR's ids have 64 characters, and no server's address has a thousand.
pub(crate) const MAX_BYTES: usize = 1_000;

/// Tells whether a source names the same resource everywhere: a UUID or an absolute URL. `Patient/1` does not, two
/// systems each have one; it means something only in its file, or among the files of one export.
#[must_use]
pub fn is_universal(source: &str) -> bool {
    source.starts_with("urn:uuid:")
        || source.starts_with("urn:oid:")
        || is_url(source)
        || is_uuid(id_of(source))
}

fn is_url(source: &str) -> bool {
    source.starts_with("http://") || source.starts_with("https://")
}

fn is_uuid(text: &str) -> bool {
    let widths = [8, 4, 4, 4, 12];
    let groups: Vec<&str> = text.split('-').collect();
    groups.len() == widths.len()
        && groups
            .iter()
            .zip(widths)
            .all(|(it, width)| it.len() == width && it.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Returns the id at the end of a source.
pub(crate) fn id_of(source: &str) -> &str {
    match source
        .strip_prefix("urn:")
        .and_then(|it| it.rsplit_once(':'))
    {
        Some((_, id)) => id,
        None => source.rsplit_once('/').map_or(source, |(_, id)| id),
    }
}

/// Returns the type that a relative or absolute reference names.
pub(crate) fn type_of(reference: &str) -> Option<&str> {
    let (before, _id) = reference.rsplit_once('/')?;
    Some(before.rsplit_once('/').map_or(before, |(_, it)| it))
}

/// Returns how others point to the resource of this type and source.
pub(crate) fn reference(resource_type: &str, source: &str) -> String {
    if source.starts_with("urn:") {
        source.to_owned()
    } else {
        format!("{resource_type}/{}", id_of(source))
    }
}

/// Returns the source that a reference may mean, seen from a resource of this source: a relative reference means the
/// same server.
pub(crate) fn absolute(reference: &str, seen_from: &str) -> Option<String> {
    if !is_url(seen_from) || is_url(reference) || reference.starts_with("urn:") {
        return None;
    }
    let (base, _id) = seen_from.rsplit_once('/')?;
    let (base, _type) = base.rsplit_once('/')?;
    Some(format!("{base}/{reference}"))
}

/// Drops the version from a reference: `Patient/1/_history/2`.
pub(crate) fn unversioned(reference: &str) -> &str {
    reference
        .split_once("/_history/")
        .map_or(reference, |(it, _version)| it)
}

/// Returns 16 bytes as a UUID's source.
pub(crate) fn of_bytes(bytes: &[u8; 16]) -> String {
    let mut source = String::from("urn:uuid:");
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            source.push('-');
        }
        source.push_str(&format!("{byte:02x}"));
    }
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, universal: bool, id: &str, points: &str) {
        assert_eq!(is_universal(source), universal, "{source}");
        assert_eq!(id_of(source), id, "{source}");
        assert_eq!(reference("Patient", source), points, "{source}");
    }

    #[test]
    fn a_source_is_pointed_to_as_its_system_would() {
        let uuid = "8666cd40-7af9-48c6-a1a6-86a161195542";

        check(
            &format!("urn:uuid:{uuid}"),
            true,
            uuid,
            &format!("urn:uuid:{uuid}"),
        );
        check(
            &format!("Patient/{uuid}"),
            true,
            uuid,
            &format!("Patient/{uuid}"),
        );
        check("http://there/fhir/Patient/7", true, "7", "Patient/7");
        check("Patient/7", false, "7", "Patient/7");
        check("7", false, "7", "Patient/7");
        check("", false, "", "Patient/");
    }

    #[test]
    fn a_relative_reference_means_the_same_server() {
        let from = "http://there/fhir/Observation/1";

        assert_eq!(
            absolute("Patient/7", from).as_deref(),
            Some("http://there/fhir/Patient/7")
        );
        assert_eq!(absolute("Patient/7", "Observation/1"), None);
        assert_eq!(absolute("urn:uuid:7", from), None);
    }

    #[test]
    fn what_posta_wrote_is_called_by_a_uuid() {
        let bytes = *b"\x86\x66\xcd\x40\x7a\xf9\x48\xc6\xa1\xa6\x86\xa1\x61\x19\x55\x42";

        assert_eq!(
            of_bytes(&bytes),
            "urn:uuid:8666cd40-7af9-48c6-a1a6-86a161195542"
        );
    }
}
