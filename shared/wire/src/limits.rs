//! Every bound of the protocol, with its reason. `PROTOCOL.md` has them in a table.
//!
//! A bound that both ends know is part of the protocol: raising one needs a new protocol version,
//! because a peer of an earlier release closes the connection on what is above its own.

/// The longest frame, without its four bytes of length. It must hold the largest message, which is
/// a roster or a batch of the feed, and stay small enough that a hub can serve many peers at once.
pub const MAX_FRAME_BYTES: usize = 256 * 1024;

/// What an end hands over of a large message before it looks whether something urgent waits: half a second of a
/// 64 kbit/s link. Both ends read pieces of any length up to a frame's.
pub const PIECE_BYTES: usize = 4 * 1024;

/// What a segment of several entries may weigh, packed: about four seconds of a 64 kbit/s link, so
/// that an urgent entry never waits longer and a broken link costs no more.
pub const MAX_SEGMENT_PACKED_BYTES: usize = 32 * 1024;

/// What a segment of one entry may weigh, packed. The largest entry may be incompressible.
pub const MAX_SINGLE_ENTRY_PACKED_BYTES: usize = audit::Entry::MAX_BYTES + 64;

/// What a segment or a batch may unpack to. Compressed bytes from a peer must not exhaust memory.
pub const MAX_UNPACKED_BYTES: usize = 1024 * 1024;

/// How many entries a segment may hold.
pub const MAX_SEGMENT_ENTRIES: usize = 4096;

/// How many earlier changes a segment may refer to: each is looked up before the signature can be checked.
pub const MAX_REFERENCES: usize = 512;

/// How many bytes of entries an end reads for one segment before packing. More would rarely fit the
/// packed bound, because records rarely pack below an eighth.
pub const SEGMENT_READ_BYTES: usize = 256 * 1024;

/// How many bytes of entries a client reads for the first segment of a session; each further one doubles it. While
/// the rest of a day travels over a slow link, the hub merges its beginning.
pub const FIRST_SEGMENT_READ_BYTES: usize = 64 * 1024;

/// How many bytes of payloads the hub reads for one batch before packing. With the largest single
/// change on top, and even if nothing packs, a batch still fits a frame.
pub const FEED_READ_BYTES: usize = 128 * 1024;

/// What the items of a batch may weigh, packed: a frame less room for the other members.
pub const MAX_FEED_PACKED_BYTES: usize = MAX_FRAME_BYTES - 4 * 1024;

/// How many positions a batch may cover. Own entries are cheap, so a batch can cover many.
pub const MAX_FEED_ITEMS: usize = 4096;

/// How many logs HELLO and WELCOME may name: the device's own, and later those it carries.
pub const MAX_LOGS: usize = 64;

/// How many logs a device may have. It begins one whenever it was restored or copied, which a computer is a few
/// times in its life; one that invents logs without end is refused. HELLO names each, and the newest twice.
pub const MAX_LOGS_OF_A_DEVICE: usize = 48;

/// By how many a device may skip the numbers of its logs: copies of it may have begun some that the hub, or it, never saw.
/// A hub that names a log further on is not followed, for no other hub would take the one that comes after it.
pub const MAX_SKIPPED_LOGS: u32 = 64;

/// How many places PROBE and PROBED may name: a search asks for sixteen and where it last was.
pub const MAX_PROBED: usize = 64;

/// What a roster in DONE may weigh, so that the rest of DONE still fits a frame. A larger one comes with WELCOME.
pub const MAX_ROSTER_IN_DONE_BYTES: usize = 128 * 1024;

/// The last place that a log or a feed may have, and the last mark of packs: no database counts further, and nothing
/// that is written one after another comes near it.
pub const MAX_PLACE: u64 = i64::MAX.unsigned_abs();

/// How many scopes HELLO, WELCOME and DONE may name.
pub const MAX_SCOPES: usize = roster::Roster::MAX_SCOPES;

/// How many quarantined entries DONE may name. The hub's own list has the rest.
pub const MAX_QUARANTINED: usize = 256;

/// How long a text for people may be: a release, a label, a reason.
pub const MAX_TEXT_BYTES: usize = 256;

/// How long the text of a checkpoint may be, with its signatures.
pub const MAX_CHECKPOINT_BYTES: usize = 4 * 1024;

/// What a signed roster may weigh.
pub const MAX_ROSTER_BYTES: usize = roster::SignedRoster::MAX_BYTES;

/// How many words a person compares when a device enrols.
pub const MAX_WORDS: usize = 12;

/// How many segments may be on their way without STORED. Enough to fill a long link, few enough
/// that a hub holds little for each peer.
pub const MAX_UNSTORED_SEGMENTS: usize = 4;

/// How many batches may be on their way without TAKEN.
pub const MAX_UNTAKEN_BATCHES: usize = 8;

/// How many messages a bundle may hold. A reader keeps 32 bytes of each while it reads; six gigabytes fit.
pub const MAX_BUNDLE_MESSAGES: u64 = 1 << 16;
/// How many bytes of a comparison one REPAIR may carry. A comparison of equal sets takes some hundred.
pub const MAX_COMPARED_BYTES: usize = 64 * 1024;

/// How many times the client may ask the hub to compare one scope in a session. Each round narrows what differs to a
/// sixteenth, so this many only passes when nearly everything does; then the feed is taken from its beginning.
pub const MAX_REPAIR_ROUNDS: u32 = 32;

/// How many changes one end may hold of a scope that is repaired: both keep 40 bytes of each in memory meanwhile.
pub const MAX_COMPARED: usize = 1_000_000;

/// How many changes a REPAIR may ask for at once.
pub const MAX_WANTED: usize = 1024;

/// How many changes a repair may fetch. Who lacks more takes the feed from its beginning.
pub const MAX_REPAIRED: usize = 16 * MAX_WANTED;
/// How many marks of a feed's items a RETURN may bring: half a frame.
pub const MAX_MARKS: usize = 4096;

/// How many items of a feed one RETURN may prove: twice what a client remembers the order of. The hub keeps 32 bytes of
/// each meanwhile.
pub const MAX_PROVEN: u64 = 32 * 1024;

/// What a pack of charts may weigh, packed: a cut repeats at most one, and it is sixteen seconds of a 64 kbit/s link.
/// Twice as much would pack a twentieth denser.
pub const MAX_PACK_PACKED_BYTES: usize = 128 * 1024;

/// What a pack may unpack to, and its changes to twice of. Imported charts pack to a fourteenth.
pub const MAX_PACK_UNPACKED_BYTES: usize = 4 * 1024 * 1024;

/// How many of a feed's newest places the last pack tells. Who joins in the time that a hub then loses can give back as
/// many: more than a clinic writes in some days.
pub const MAX_TAIL_PLACES: usize = 2048;

/// What those places may take, unpacked and packed: with a pack it fits a frame, even if none of them is held.
pub const MAX_TAIL_BYTES: usize = 80 * 1024;

/// How many charts a pack may hold: what a reader wrote itself costs nearly nothing.
pub const MAX_PACK_CHARTS: usize = 1024;

/// How many changes a pack may hold.
pub const MAX_PACK_CHANGES: usize = 16 * 1024;

/// How many bytes of changes the hub reads for one pack before packing: it does nothing else meanwhile.
pub const PACK_READ_BYTES: usize = 3 * 512 * 1024;

/// How many packs may be on their way without TAKEN: one travels while another is merged.
pub const MAX_UNTAKEN_PACKS: usize = 2;

/// How long the number of a FETCH may be: ten digits, with what people put between them.
pub const MAX_NUMBER_BYTES: usize = 32;

/// How many ranges a WANT may name: bytes come in order, so a receiver lacks one range, or a few that were damaged.
pub const MAX_WANTED_RANGES: usize = 64;

/// How many blobs a session offers and wants, each way. What is left is for the next one.
pub const MAX_BLOBS_OF_A_SESSION: usize = 1024;

/// How often a peer may ask the hub for attachments' bytes in a session, groups and offers together: all that a
/// session may bring, of the largest size.
pub const MAX_BLOB_REQUESTS: usize = MAX_BLOBS_OF_A_SESSION * 512;
