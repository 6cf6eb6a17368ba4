//! The hub: ingest, materialise, fan out, history, operate.
