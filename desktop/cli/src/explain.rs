//! Errors in words: what happened, and what to do about it.

use desktop_client::{CommandError, ErrorCode};

/// Says what happened and what to do.
pub(crate) fn explain(error: &CommandError) -> String {
    let mut text = words(error.code).to_owned();
    let Some(detail) = &error.detail else {
        return text;
    };
    if let Some(field) = &detail.field {
        text = format!("{}: {text}{}", option_of(field), choices(field, error.code));
    }
    if let Some(seconds) = detail.wait_seconds {
        text = format!("{text} (in {seconds} s)");
    }
    if let Some(more) = &detail.text {
        text = format!("{text}\n  ({more})");
    }
    text
}

/// Names what can be typed where only a few words can.
fn choices(field: &str, code: ErrorCode) -> &'static str {
    if code != ErrorCode::FieldInvalid {
        return "";
    }
    match field {
        "sex" => ": choose female, male, other or unknown",
        "allergy.criticality" => ": choose low, high or unable-to-assess",
        _ => "",
    }
}

/// Returns the option that a field is typed with: `vitals.systolic` is `--systolic`.
fn option_of(field: &str) -> String {
    let name = match field {
        "birthEstimated" => "estimated",
        "motherName" => "mother",
        "medicine.text" => "medicine",
        "diagnosis.text" => "diagnosis",
        "diagnosis.code" => "code",
        "phone.value" => "phone",
        "allergy.substance" => "allergy",
        _ => field.rsplit('.').next().unwrap_or(field),
    };
    let mut option = String::from("--");
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            option.push('-');
        }
        option.push(letter.to_ascii_lowercase());
    }
    option
}

/// The two cannot be told apart: the passphrase and the device secret make the key together.
const WRONG_PASSPHRASE: &str = "the passphrase is wrong, or a key file of this home is damaged: try again; if you are sure of it, put `keys` back from a backup";

fn words(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::WrongPassphrase => WRONG_PASSPHRASE,
        ErrorCode::WaitBeforeNextTry => "too many wrong passphrases: wait, then try again",
        ErrorCode::Damaged
        | ErrorCode::WrongKey
        | ErrorCode::NotEncrypted
        | ErrorCode::WrongKind
        | ErrorCode::TooNew
        | ErrorCode::InUse
        | ErrorCode::Locked
        | ErrorCode::DiskFull
        | ErrorCode::Busy
        | ErrorCode::DiskFailed => listed(&OF_THE_FILES, code),
        ErrorCode::NotAllowed => "your role does not allow this here; that you tried is in the log",
        ErrorCode::TooLarge => "this is too large for a chart: shorten it, or split it",
        ErrorCode::BundleDamaged
        | ErrorCode::BundleNotForUs
        | ErrorCode::BundleTooLate
        | ErrorCode::PeerUnreachable
        | ErrorCode::PeerRefused
        | ErrorCode::AddressInUse => listed(&WITHOUT_THE_HUB, code),
        ErrorCode::FileFailed => "a file or folder could not be read or written",
        ErrorCode::Fault => "a fault in posta: please report it",
        ErrorCode::HubUnreachable
        | ErrorCode::LinkLost
        | ErrorCode::HubTimeout
        | ErrorCode::HubNotOurs
        | ErrorCode::DeviceUnknown
        | ErrorCode::HubBusy
        | ErrorCode::HubRefused
        | ErrorCode::VersionUnknown
        | ErrorCode::LogDiffers
        | ErrorCode::NotAnInvite
        | ErrorCode::InviteTypingError
        | ErrorCode::InviteUsed
        | ErrorCode::InviteExpired
        | ErrorCode::AlreadyEnrolled
        | ErrorCode::EnrolmentPending
        | ErrorCode::EnrolmentDeclined => listed(&OF_THE_HUB, code),
        ErrorCode::FieldMissing
        | ErrorCode::FieldInvalid
        | ErrorCode::FieldTooLong
        | ErrorCode::NotADate
        | ErrorCode::NoSuchDay
        | ErrorCode::DateAhead
        | ErrorCode::NotANumber
        | ErrorCode::Impossible
        | ErrorCode::Unlikely
        | ErrorCode::NothingToChange
        | ErrorCode::AllergyStands
        | ErrorCode::AttachmentTooLarge
        | ErrorCode::AttachmentNotHere
        | ErrorCode::AttachmentUnknown
        | ErrorCode::ConflictChanged
        | ErrorCode::PassphraseTooShort
        | ErrorCode::PassphraseTooEasy
        | ErrorCode::AdmissionEnded
        | ErrorCode::NoSuchColleague
        | ErrorCode::NotARecoveryKey
        | ErrorCode::NotEnrolled
        | ErrorCode::PersonUnknown
        | ErrorCode::ChartNotFound
        | ErrorCode::NumbersUsedUp => listed(&OF_THE_INPUT, code),
    }
}

fn listed(list: &[(ErrorCode, &'static str)], code: ErrorCode) -> &'static str {
    list.iter().find(|it| it.0 == code).map_or("", |it| it.1)
}

/// What can be wrong with the home's files and the disk. Nothing was written.
const OF_THE_FILES: [(ErrorCode, &str); 10] = [
    (ErrorCode::Locked, "nobody is unlocked"),
    (
        ErrorCode::TooNew,
        "a newer release wrote this: update posta",
    ),
    (
        ErrorCode::InUse,
        "another program has this home open: close it first",
    ),
    (
        ErrorCode::Damaged,
        "a file of this home is damaged: keep the folder as it is, and restore its backup elsewhere or ask for help",
    ),
    (
        ErrorCode::WrongKey,
        "the passphrase is right, but replica.db is not this home's, or its beginning is damaged: if it was copied here from another computer, put this home's own file back; else restore a backup",
    ),
    (
        ErrorCode::NotEncrypted,
        "replica.db is a plain database, which this home never has: move it away and put this home's own file back",
    ),
    (
        ErrorCode::WrongKind,
        "replica.db is a hub's store: move it away and put this home's own file back",
    ),
    (
        ErrorCode::DiskFull,
        "the disk is full: free some space and try again; nothing was lost",
    ),
    (ErrorCode::Busy, "another program is writing: try again"),
    (
        ErrorCode::DiskFailed,
        "the disk failed: what was stored before is safe as far as the disk is",
    ),
];

/// What can be wrong with a bundle, or with another computer. Nothing of it was taken, or only what came before.
const WITHOUT_THE_HUB: [(ErrorCode, &str); 6] = [
    (
        ErrorCode::BundleDamaged,
        "the bundle is cut or damaged, or is none: copy it again, or have it written again",
    ),
    (
        ErrorCode::BundleNotForUs,
        "the bundle is not one of our hub for this computer and this person: bring it to where it belongs",
    ),
    (
        ErrorCode::BundleTooLate,
        "the bundle begins after what is held here: read the one before it first, or have the hub write one with --from-start",
    ),
    (
        ErrorCode::PeerUnreachable,
        "no other computer answers: look whether `posta lan serve` runs there, and on the same network",
    ),
    (
        ErrorCode::PeerRefused,
        "the two computers do not go on: both must be of the same hub, and one of them may have to meet it first",
    ),
    (
        ErrorCode::AddressInUse,
        "nobody can be let in at this address: choose another one with --listen",
    ),
];

/// What meeting the hub can come to.
const OF_THE_HUB: [(ErrorCode, &str); 16] = [
    (
        ErrorCode::EnrolmentPending,
        "the enrolment waits for an administrator: run `posta enrol` to see the words and wait",
    ),
    (
        ErrorCode::AlreadyEnrolled,
        "there is a home here already: choose another --home, or go on with this one",
    ),
    (
        ErrorCode::HubUnreachable,
        "the hub does not answer: check the network; everything stays on this computer until then",
    ),
    (
        ErrorCode::LinkLost,
        "the connection broke: nothing is lost, sync again",
    ),
    (
        ErrorCode::HubTimeout,
        "the hub took too long: nothing is lost, sync again later",
    ),
    (
        ErrorCode::HubNotOurs,
        "what answered is not the hub that this computer knows: do not go on, ask the administrator",
    ),
    (
        ErrorCode::DeviceUnknown,
        "the hub does not know this computer, or has revoked it: ask the administrator",
    ),
    (
        ErrorCode::HubBusy,
        "the hub cannot take more now: nothing is lost, sync again later",
    ),
    (
        ErrorCode::HubRefused,
        "the hub would not go on: sync again later, and report it if it stays",
    ),
    (
        ErrorCode::VersionUnknown,
        "this release and the hub's do not understand each other: update",
    ),
    (
        ErrorCode::LogDiffers,
        "what this computer and the hub hold does not fit together: nothing is lost, work can go on here, and the administrator must look",
    ),
    (
        ErrorCode::NotAnInvite,
        "this is no invite of the hub: ask for the text that begins with posta1-",
    ),
    (
        ErrorCode::InviteTypingError,
        "the invite has a typing error, or part of it is missing: compare it with the original",
    ),
    (
        ErrorCode::InviteUsed,
        "the invite was used by another computer: ask for a new one",
    ),
    (
        ErrorCode::InviteExpired,
        "the invite has expired: ask for a new one",
    ),
    (
        ErrorCode::EnrolmentDeclined,
        "the enrolment was declined: ask the hub's administrator",
    ),
];

/// What can be wrong with what was typed.
const OF_THE_INPUT: [(ErrorCode, &str); 24] = [
    (ErrorCode::FieldMissing, "this is required"),
    (ErrorCode::FieldInvalid, "this value is not possible here"),
    (ErrorCode::FieldTooLong, "this is too long"),
    (
        ErrorCode::NotADate,
        "not a date: write it like 1984-03-12, 1984-03 or 1984",
    ),
    (ErrorCode::NoSuchDay, "there is no such day in the calendar"),
    (ErrorCode::DateAhead, "this day has not come yet"),
    (ErrorCode::NotANumber, "not a number: write it like 36.6"),
    (
        ErrorCode::Impossible,
        "nobody can have this value: measure again",
    ),
    (
        ErrorCode::Unlikely,
        "an unlikely value: measure again and, if it is right, add --confirmed",
    ),
    (
        ErrorCode::NothingToChange,
        "nothing would change: it is recorded like this already",
    ),
    (
        ErrorCode::AllergyStands,
        "an allergy of this patient is recorded, so \"none known\" cannot be: look at the chart again",
    ),
    (
        ErrorCode::AttachmentTooLarge,
        "an attachment has at least one byte and at most 16 MB",
    ),
    (
        ErrorCode::AttachmentNotHere,
        "it is not on this computer yet: `posta sync --once` brings it once the hub has it, then try again",
    ),
    (
        ErrorCode::AttachmentUnknown,
        "the chart has no such attachment, or several of this title: `posta attachments` lists them with their identifiers",
    ),
    (
        ErrorCode::ConflictChanged,
        "that value is not one of those in conflict now: `posta conflict list` shows them, spelt as they are chosen",
    ),
    (
        ErrorCode::NotEnrolled,
        "this computer is not enrolled here: run `posta enrol` with an invite, or check --home",
    ),
    (
        ErrorCode::PersonUnknown,
        "nobody of this number can unlock this computer: say who you are with --person NUMBER",
    ),
    (
        ErrorCode::ChartNotFound,
        "there is no such chart on this computer: look for it with `posta patient find`",
    ),
    (
        ErrorCode::NumbersUsedUp,
        "this computer has no patient numbers left: have the hub's administrator give it another block, then sync",
    ),
    (
        ErrorCode::PassphraseTooShort,
        "the passphrase is too short: use at least 12 characters, better four words",
    ),
    (
        ErrorCode::PassphraseTooEasy,
        "the passphrase is too easy to guess: take four words that have nothing to do with each other or with you",
    ),
    (
        ErrorCode::AdmissionEnded,
        "this site's manager vouched for you for some days, and they have passed: the office must confirm it and this computer sync, or the manager vouch again (`posta colleague add`)",
    ),
    (
        ErrorCode::NotARecoveryKey,
        "this is not one of the recovery keys that this computer was sealed to: compare each letter with the form, and see whether it is the newest",
    ),
    (
        ErrorCode::NoSuchColleague,
        "no colleague of this number works at this site: `posta colleague list` shows who does; your own passphrase is changed with `posta passphrase change`",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(field: &str, expected: &str) {
        assert_eq!(option_of(field), expected, "{field}");
    }

    #[test]
    fn a_field_is_named_as_it_is_typed() {
        check("vitals.systolic", "--systolic");
        check("birthDate", "--birth-date");
        check("motherName", "--mother");
        check("noKnownAllergies", "--no-known-allergies");
    }

    #[test]
    fn where_only_a_few_words_can_be_typed_they_are_named() {
        let error = CommandError::field(ErrorCode::FieldInvalid, "sex");

        assert!(explain(&error).contains("female, male, other or unknown"));
    }

    #[test]
    fn every_code_has_words() {
        for code in ErrorCode::ALL {
            assert!(!words(code).is_empty(), "{code:?}");
        }
    }

    #[test]
    fn an_error_says_what_to_do() {
        let error = CommandError::field(ErrorCode::Unlikely, "vitals.pulse");

        assert!(explain(&error).starts_with("--pulse: "));
        assert!(explain(&error).contains("--confirmed"));
        assert!(explain(&CommandError::wait(ErrorCode::WaitBeforeNextTry, 8)).contains("8 s"));
    }
}
