//! Keys, envelopes, signatures and hashes: the only ciphers.
