//! Seeded runs of clinics and a hub through partition, loss, reordering and crashes.
