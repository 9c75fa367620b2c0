//! One port's certificate, and who may connect.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{Error as TlsError, InconsistentKeys, RootCertStore, ServerConfig};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

use super::{PemFault, TlsFault};

/// What is spoken inside, the best first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The texts that make a port speak TLS.
#[derive(Clone, Copy)]
pub struct PortPem<'a> {
    /// The block of the settings that names the files: `server.tls`.
    pub block: &'static str,
    /// The certificate, and the chain behind it.
    pub cert: PemFile<'a>,
    /// Its private key.
    pub key: PemFile<'a>,
    /// Who signs the certificates that clients must have.
    pub client_ca: Option<PemFile<'a>>,
}

/// A file as it was found.
#[derive(Clone, Copy)]
pub struct PemFile<'a> {
    /// Its path.
    pub path: &'a Path,
    /// What it holds; `None` if it isn't there.
    pub text: Option<&'a [u8]>,
}

/// What a port encrypts with. Connections keep what they began with.
pub struct PortTls {
    config: ArcSwap<ServerConfig>,
    /// Of the texts that made it.
    digest: Mutex<[u8; 32]>,
}

// === impl PortTls ===

impl PortTls {
    /// Makes it from texts.
    pub fn new(pem: &PortPem<'_>) -> Result<Self, TlsFault> {
        Ok(Self { config: ArcSwap::from(server_config(pem)?), digest: Mutex::new(pem.digest()) })
    }

    /// Has new connections get what these texts say; tells whether they say something new. What is
    /// refused changes nothing.
    pub fn replace(&self, pem: &PortPem<'_>) -> Result<bool, TlsFault> {
        let digest = pem.digest();
        let mut known = self.digest.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == digest {
            return Ok(false);
        }
        self.config.store(server_config(pem)?);
        *known = digest;
        Ok(true)
    }

    /// Returns what the next connection is encrypted with.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.load_full())
    }
}

impl fmt::Debug for PortTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortTls").finish_non_exhaustive()
    }
}

// === impl PortPem ===

impl PortPem<'_> {
    fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for file in [Some(self.cert), Some(self.key), self.client_ca].into_iter().flatten() {
            let text = file.text.unwrap_or_default();
            hasher.update(text.len().to_le_bytes());
            hasher.update(text);
        }
        hasher.finalize().into()
    }

    fn fault(&self, key: &str, file: PemFile<'_>, fault: PemFault) -> TlsFault {
        TlsFault { key: format!("{}.{key}", self.block), file: file.path.display().to_string(), fault }
    }
}

/// A whole one at a time: with a session of an earlier one nobody gets in who would not now.
fn server_config(pem: &PortPem<'_>) -> Result<Arc<ServerConfig>, TlsFault> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let broken = |error: TlsError| pem.fault("cert", pem.cert, PemFault::Certificate(error.to_string()));
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(broken)?;
    let builder = match pem.client_ca {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let unusable = |error: String| pem.fault("client_ca", file, PemFault::Certificate(error));
            let mut roots = RootCertStore::empty();
            for authority in certificates(file).map_err(|fault| pem.fault("client_ca", file, fault))? {
                roots.add(authority).map_err(|error| unusable(error.to_string()))?;
            }
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
            builder.with_client_cert_verifier(verifier.build().map_err(|error| unusable(error.to_string()))?)
        }
    };
    let identity = identity(pem, &provider)?;
    let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(identity)));
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
    Ok(Arc::new(config))
}

fn identity(pem: &PortPem<'_>, provider: &CryptoProvider) -> Result<CertifiedKey, TlsFault> {
    let chain = certificates(pem.cert).map_err(|fault| pem.fault("cert", pem.cert, fault))?;
    let key = private_key(pem.key).map_err(|fault| pem.fault("key", pem.key, fault))?;
    let key = provider
        .key_provider
        .load_private_key(key)
        .map_err(|error| pem.fault("key", pem.key, PemFault::Key(error.to_string())))?;
    let identity = CertifiedKey::new(chain, key);
    match identity.keys_match() {
        Ok(()) | Err(TlsError::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(identity),
        Err(TlsError::InconsistentKeys(_)) => {
            let cert = pem.cert.path.display().to_string();
            Err(pem.fault("key", pem.key, PemFault::OtherKey { cert }))
        }
        Err(error) => Err(pem.fault("cert", pem.cert, PemFault::Certificate(error.to_string()))),
    }
}

fn certificates(file: PemFile<'_>) -> Result<Vec<CertificateDer<'static>>, PemFault> {
    let text = file.text.ok_or(PemFault::Missing)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    let found = found.map_err(|error| PemFault::Certificate(error.to_string()))?;
    if found.is_empty() { Err(PemFault::NoCertificate) } else { Ok(found) }
}

fn private_key(file: PemFile<'_>) -> Result<PrivateKeyDer<'static>, PemFault> {
    let text = file.text.ok_or(PemFault::Missing)?;
    // Both ways in which OpenSSL writes one.
    let is_encrypted = |mark: &str| memchr::memmem::find(text, mark.as_bytes()).is_some();
    if ["BEGIN ENCRYPTED PRIVATE KEY", "Proc-Type: 4,ENCRYPTED"].into_iter().any(is_encrypted) {
        return Err(PemFault::EncryptedKey);
    }
    PrivateKeyDer::from_pem_slice(text).map_err(|error| match error {
        PemError::NoItemsFound => PemFault::NoKey,
        error => PemFault::Key(error.to_string()),
    })
}
