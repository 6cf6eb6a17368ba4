//! A stranger: a peer that shakes hands with a hub as a device does and then writes bytes of its own choice.
//!
//! It takes nothing from the rooms it attacks: its TLS is its own, and it trusts whoever answers.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Connection, ConnectionError, Endpoint, RecvStream, SendStream};
use rustls::client::AlwaysResolvesClientRawPublicKeys;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, SigningKey};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

/// The protocol that a hub speaks inside TLS.
pub const PROTOCOL: &[u8] = b"posta/1";
/// The longest that a hub may take to answer.
const LIMIT: Duration = Duration::from_secs(60);
/// What stands before the 32 bytes of an Ed25519 key in PKCS#8 (RFC 8410).
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// A stranger who has shaken hands.
pub struct Stranger {
    runtime: Runtime,
    connection: Connection,
    send: SendStream,
    receive: RecvStream,
    _kept: Endpoint,
}

/// The longest message that a hub may answer.
const MAX_MESSAGE_BYTES: u32 = 1 << 20;

impl Stranger {
    /// Shakes hands with a hub, with a key of one repeated byte and a protocol inside TLS.
    pub fn meet(hub: SocketAddr, seed: u8, protocol: &[u8]) -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let (endpoint, connection, send, receive) = runtime.block_on(async {
            let endpoint = Endpoint::client((Ipv4Addr::LOCALHOST, 0).into())?;
            let tls = QuicClientConfig::try_from(tls(seed, protocol)?)?;
            let config = ClientConfig::new(Arc::new(tls));
            let connecting = endpoint.connect_with(config, hub, "hub.invalid")?;
            let connection = timeout(LIMIT, connecting).await??;
            let (send, receive) = connection.open_bi().await?;
            anyhow::Ok((endpoint, connection, send, receive))
        })?;
        Ok(Self {
            runtime,
            connection,
            send,
            receive,
            _kept: endpoint,
        })
    }

    /// Writes bytes.
    pub fn say(&mut self, bytes: &[u8]) -> Result<()> {
        let writing = async { timeout(LIMIT, self.send.write_all(bytes)).await };
        Ok(self.runtime.block_on(writing)??)
    }

    /// Returns the key that a stranger of this seed proves to have.
    pub fn key(seed: u8) -> Result<[u8; 32]> {
        let own = own_key(seed)?;
        let public = own.public_key().context("the stranger's key")?;
        // The key itself ends what names its kind (RFC 8410).
        let key = public.last_chunk().context("a short key")?;
        Ok(*key)
    }

    /// Reads the hub's next message.
    pub fn hear(&mut self) -> Result<Vec<u8>> {
        let reading = async {
            let mut length = [0; 4];
            self.receive.read_exact(&mut length).await?;
            let length = u32::from_be_bytes(length).min(MAX_MESSAGE_BYTES);
            let mut message = vec![0; usize::try_from(length)?];
            self.receive.read_exact(&mut message).await?;
            anyhow::Ok(message)
        };
        self.runtime
            .block_on(async { timeout(LIMIT, reading).await })?
    }

    /// Ends what is written.
    pub fn fall_silent(&mut self) -> Result<()> {
        // The stream ends where the runtime is.
        let _inside = self.runtime.enter();
        Ok(self.send.finish()?)
    }

    /// Waits until the hub closes the link; returns with which code.
    pub fn closed(&self) -> Result<u64> {
        let closing = async { timeout(LIMIT, self.connection.closed()).await };
        let why = self.runtime.block_on(closing);
        let why = why.context("the hub goes on with a stranger")?;
        let ConnectionError::ApplicationClosed(close) = why else {
            bail!("the link ended otherwise: {why}");
        };
        Ok(close.error_code.into_inner())
    }
}

fn own_key(seed: u8) -> Result<Arc<dyn SigningKey>> {
    let pkcs8 = [PKCS8_PREFIX.as_slice(), &[seed; 32]].concat();
    let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8));
    let provider = aws_lc_rs::default_provider();
    Ok(provider.key_provider.load_private_key(secret)?)
}

fn tls(seed: u8, protocol: &[u8]) -> Result<rustls::ClientConfig> {
    let provider = Arc::new(CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519MLKEM768],
        ..aws_lc_rs::default_provider()
    });
    let signer = own_key(seed)?;
    let public = signer.public_key().context("the stranger's key")?;
    let public = CertificateDer::from(public.to_vec());
    let own = Arc::new(CertifiedKey::new(vec![public], signer));
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(own)));
    config.alpn_protocols = vec![protocol.to_vec()];
    Ok(config)
}

/// Trusts whoever answers.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _shown: &CertificateDer<'_>,
        _more: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _shown: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _shown: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}
