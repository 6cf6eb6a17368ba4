//! TLS 1.3 with raw public keys both ways (RFC 7250), Ed25519 only, post-quantum key exchange only.
//!
//! Whoever connects to the hub must prove to hold *some* Ed25519 key; whose it is, the application asks its roster. The
//! device accepts the one key of the hub that it was told, and of another device any, which it asks its roster about. No tickets, no early data, no certificates.

use std::sync::Arc;

use crypto::{PublicKey, SigningKey};
use quinn::crypto::rustls::{NoInitialCipherSuite, QuicClientConfig, QuicServerConfig};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{AlwaysResolvesClientRawPublicKeys, Resumption};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs};
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer,
    UnixTime,
};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{AlwaysResolvesServerRawPublicKeys, NoServerSessionStorage};
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerIncompatible,
    SignatureScheme,
};

/// What is spoken inside: it changes only when the framing does.
pub(crate) const PROTOCOL: &[u8] = b"posta/1";

/// What stands before the 32 bytes of an Ed25519 key in PKCS#8 and in a SubjectPublicKeyInfo (RFC 8410).
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
const SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// The key cannot be used for TLS. It does not happen with a key of ours.
#[derive(Debug, thiserror::Error)]
#[error("the key cannot be used for a link")]
pub(crate) struct UnusableKey(#[source] Box<dyn std::error::Error + Send + Sync>);

impl From<Error> for UnusableKey {
    fn from(why: Error) -> Self {
        Self(why.into())
    }
}

impl From<NoInitialCipherSuite> for UnusableKey {
    fn from(why: NoInitialCipherSuite) -> Self {
        Self(why.into())
    }
}

/// Who a device wants to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// The hub that it was told of, by its key.
    Hub(PublicKey),
    /// Another device, whichever key it proves to hold. Ask the roster about it before anything else.
    AnyDevice,
}

impl From<PublicKey> for Peer {
    fn from(hub: PublicKey) -> Self {
        Self::Hub(hub)
    }
}

/// Returns the end that connects: it proves its own key and accepts that of whom it wants to reach.
pub(crate) fn client(
    own: &SigningKey,
    peer: impl Into<Peer>,
) -> Result<QuicClientConfig, UnusableKey> {
    Ok(QuicClientConfig::try_from(client_with(
        provider(),
        own,
        peer,
    )?)?)
}

/// Returns the same with other cryptography, before it is made ready for QUIC.
pub(crate) fn client_with(
    provider: CryptoProvider,
    own: &SigningKey,
    peer: impl Into<Peer>,
) -> Result<rustls::ClientConfig, UnusableKey> {
    let provider = Arc::new(provider);
    let own = certified(own, &provider)?;
    let mut config = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(ThisPeer {
            peer: peer.into(),
            proof: Proof::new(&provider),
        }))
        .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(own)));
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    // The key says who the hub is; a name would only tell the network.
    config.enable_sni = false;
    Ok(config)
}

/// Returns the hub's end: it proves its own key and accepts any that is proved.
pub(crate) fn hub(own: &SigningKey) -> Result<QuicServerConfig, UnusableKey> {
    Ok(QuicServerConfig::try_from(hub_config(own)?)?)
}

/// Returns the same before it is made ready for QUIC.
pub(crate) fn hub_config(own: &SigningKey) -> Result<rustls::ServerConfig, UnusableKey> {
    let provider = Arc::new(provider());
    let own = certified(own, &provider)?;
    let mut config = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::new(AnyDevice {
            proof: Proof::new(&provider),
        }))
        .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(own)));
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.max_early_data_size = 0;
    Ok(config)
}

/// Returns the key that a peer has proved to hold, from what it showed in place of a certificate.
pub(crate) fn proved_key(shown: &[CertificateDer<'_>]) -> Option<PublicKey> {
    match shown {
        [only] => ed25519(only),
        [] | [_, _, ..] => None,
    }
}

/// Returns the key that the other end of a connection has proved to hold.
pub(crate) fn proved_by(connection: &quinn::Connection) -> Option<PublicKey> {
    let shown = connection
        .peer_identity()?
        .downcast::<Vec<CertificateDer<'static>>>()
        .ok()?;
    proved_key(&shown)
}

/// Returns the cryptography of both ends.
pub(crate) fn provider() -> CryptoProvider {
    CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519MLKEM768],
        ..aws_lc_rs::default_provider()
    }
}

fn certified(
    own: &SigningKey,
    provider: &CryptoProvider,
) -> Result<Arc<CertifiedKey>, UnusableKey> {
    let mut pkcs8 = PKCS8_PREFIX.to_vec();
    pkcs8.extend_from_slice(own.seed());
    let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8));
    let signer = provider.key_provider.load_private_key(secret)?;
    let public = CertificateDer::from(spki(&own.public()));
    Ok(Arc::new(CertifiedKey::new(vec![public], signer)))
}

fn spki(key: &PublicKey) -> Vec<u8> {
    [SPKI_PREFIX.as_slice(), key.as_bytes()].concat()
}

fn ed25519(shown: &CertificateDer<'_>) -> Option<PublicKey> {
    let key = shown.strip_prefix(SPKI_PREFIX.as_slice())?;
    Some(PublicKey::from_bytes(key.try_into().ok()?))
}

/// Checks that the peer holds the secret half of the key it shows.
#[derive(Debug)]
struct Proof(WebPkiSupportedAlgorithms);

impl Proof {
    const fn new(provider: &CryptoProvider) -> Self {
        Self(provider.signature_verification_algorithms)
    }

    fn check(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if signed.scheme != SignatureScheme::ED25519 {
            return Err(PeerIncompatible::NoSignatureSchemesInCommon.into());
        }
        let key = SubjectPublicKeyInfoDer::from(shown.as_ref());
        rustls::crypto::verify_tls13_signature_with_raw_key(message, &key, signed, &self.0)
    }
}

/// Accepts the hub that the device was told of, or any device that holds the key it shows.
#[derive(Debug)]
struct ThisPeer {
    peer: Peer,
    proof: Proof,
}

impl ServerCertVerifier for ThisPeer {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        more: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let is_meant = ed25519(shown).is_some_and(|key| match self.peer {
            Peer::Hub(hub) => key == hub,
            Peer::AnyDevice => true,
        });
        if more.is_empty() && is_meant {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _shown: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerIncompatible::Tls12NotOfferedOrEnabled.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.proof.check(message, shown, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

/// Accepts every device that holds the key it shows.
#[derive(Debug)]
struct AnyDevice {
    proof: Proof,
}

impl ClientCertVerifier for AnyDevice {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        shown: &CertificateDer<'_>,
        more: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if more.is_empty() && ed25519(shown).is_some() {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _shown: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerIncompatible::Tls12NotOfferedOrEnabled.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.proof.check(message, shown, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
