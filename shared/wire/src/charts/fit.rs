//! How many rows go into a pack.

use super::{PackError, PackRow, PackWindow, briefly, columns};
use crate::limits::{
    MAX_PACK_CHANGES, MAX_PACK_CHARTS, MAX_PACK_PACKED_BYTES, MAX_PACK_UNPACKED_BYTES,
};
use crate::pack::pack;

/// Packs the longest run from the start that keeps within the limits, by guessing from what came out too large.
pub(super) fn pack_what_fits(
    window: &mut PackWindow,
    rows: &[PackRow],
) -> Result<(Vec<u8>, usize), PackError> {
    let mut count = within_counts(rows);
    loop {
        let taken = rows.get(..count).unwrap_or(rows);
        let (size, limit) = match pack_rows(window, taken)? {
            Packed::Fits(packed) => return Ok((packed, count)),
            Packed::TooLarge { size, limit } => (size, limit),
        };
        if count <= 1 {
            return Err(PackError::ChangeTooLarge);
        }
        // A little less than what its share would be, because a shorter run packs worse.
        let share = count.saturating_mul(limit).checked_div(size).unwrap_or(0);
        let guess = share.saturating_sub(share.checked_div(16).unwrap_or(0));
        count = guess.clamp(1, count.saturating_sub(1));
    }
}

/// What came of packing rows.
enum Packed {
    Fits(Vec<u8>),
    TooLarge { size: usize, limit: usize },
}

/// Packs rows in brief, or in columns if one of them cannot be told so.
fn pack_rows(window: &mut PackWindow, rows: &[PackRow]) -> Result<Packed, PackError> {
    let brief = briefly::write(rows).filter(|it| it.len() <= MAX_PACK_UNPACKED_BYTES);
    let chained = brief.and_then(|it| Some((window.pack(&it)?, it)));
    if let Some((packed, content)) = chained {
        let fits = packed.len() <= MAX_PACK_PACKED_BYTES;
        if fits {
            window.add(&content);
            return Ok(Packed::Fits(packed));
        }
        let (size, limit) = (packed.len(), MAX_PACK_PACKED_BYTES);
        return Ok(Packed::TooLarge { size, limit });
    }
    let unpacked = columns::write(rows).ok_or(PackError::ChangeTooLarge)?;
    if unpacked.len() > MAX_PACK_UNPACKED_BYTES {
        let (size, limit) = (unpacked.len(), MAX_PACK_UNPACKED_BYTES);
        return Ok(Packed::TooLarge { size, limit });
    }
    let packed = pack(&unpacked);
    if packed.len() <= MAX_PACK_PACKED_BYTES {
        return Ok(Packed::Fits(packed));
    }
    let (size, limit) = (packed.len(), MAX_PACK_PACKED_BYTES);
    Ok(Packed::TooLarge { size, limit })
}

/// Returns how many of the first rows are within the limits of changes and charts.
fn within_counts(rows: &[PackRow]) -> usize {
    let mut charts = 0_usize;
    let mut chart = None;
    for (at, row) in rows.iter().enumerate() {
        if chart != Some(row.chart) {
            chart = Some(row.chart);
            charts = charts.saturating_add(1);
        }
        if charts > MAX_PACK_CHARTS || at >= MAX_PACK_CHANGES {
            return at;
        }
    }
    rows.len()
}
