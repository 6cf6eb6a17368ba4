//! QUIC endpoints, framing and TLS identity.
