//! What a hub keeps the same when it starts again, so that devices notice at once.
//!
//! A hub that was killed has forgotten its links, and a device would wait out three minutes of silence. With reset
//! tokens that follow from its key, the hub answers the first stray packet with "I do not know you any more"
//! (RFC 9000, stateless reset), and the device connects anew.

use std::sync::Arc;

use crypto::{Digest, SigningKey, hash};
use quinn::EndpointConfig;
use quinn::crypto::{CryptoError, HmacKey};
use quinn_proto::HashedConnectionIdGenerator;

/// Returns the configuration of the hub's socket: the same for the same key.
pub(crate) fn endpoint_config(own: &SigningKey) -> EndpointConfig {
    let mut config = EndpointConfig::new(Arc::new(ResetKey(hash(
        "posta/quic/reset/v1",
        &[own.seed()],
    ))));
    let [a, b, c, d, e, f, g, h, ..] = *hash("posta/quic/cid/v1", &[own.seed()]).as_bytes();
    let mark = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    config.cid_generator(move || Box::new(HashedConnectionIdGenerator::from_key(mark)));
    config
}

/// Makes the tokens. They are as secret as the key until they are used: whoever knew one could cut that link.
struct ResetKey(Digest);

impl ResetKey {
    fn token(&self, data: &[u8]) -> Digest {
        hash("posta/quic/token/v1", &[self.0.as_bytes(), data])
    }
}

impl HmacKey for ResetKey {
    fn sign(&self, data: &[u8], signature_out: &mut [u8]) {
        let token = self.token(data);
        signature_out
            .iter_mut()
            .zip(token.as_bytes())
            .for_each(|(to, from)| *to = *from);
    }

    fn signature_len(&self) -> usize {
        32
    }

    fn verify(&self, data: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        if self.token(data).as_bytes().as_slice() == signature {
            Ok(())
        } else {
            Err(CryptoError)
        }
    }
}
