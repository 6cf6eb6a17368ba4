//! Messages, versions, segments and canonical bytes.
