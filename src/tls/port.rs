//! One port's certificate, and who may connect.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

use super::TlsFault;
use crate::pem::{Expiry, PemFault, certificates, identity, trusted};

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
    made_of: Mutex<MadeOf>,
}

/// What made a port's settings.
struct MadeOf {
    /// The fingerprint of all texts.
    digest: [u8; 32],
    /// The certificate that is shown, and the chain behind it.
    shown: Vec<CertificateDer<'static>>,
}

// === impl PortTls ===

impl PortTls {
    /// Makes it from texts.
    pub fn new(pem: &PortPem<'_>) -> Result<Self, TlsFault> {
        let (config, made_of) = made(pem)?;
        Ok(Self { config: ArcSwap::from(config), made_of: Mutex::new(made_of) })
    }

    /// Has new connections get what these texts say; tells whether they say something new. What is
    /// refused changes nothing.
    pub fn replace(&self, pem: &PortPem<'_>) -> Result<bool, TlsFault> {
        let mut known = self.made_of();
        if known.digest == pem.digest() {
            return Ok(false);
        }
        let (config, made_of) = made(pem)?;
        self.config.store(config);
        *known = made_of;
        Ok(true)
    }

    /// Tells what speaks against the certificate that is shown, at a moment.
    #[must_use]
    pub fn expiry(&self, now: SystemTime) -> Option<Expiry> {
        Expiry::of(&self.made_of().shown, now)
    }

    /// Returns what the next connection is encrypted with.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.load_full())
    }

    fn made_of(&self) -> MutexGuard<'_, MadeOf> {
        self.made_of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for PortTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortTls").finish_non_exhaustive()
    }
}

// === impl PemFile ===

impl<'a> PemFile<'a> {
    fn text(self) -> Result<&'a [u8], PemFault> {
        self.text.ok_or(PemFault::Missing)
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
fn made(pem: &PortPem<'_>) -> Result<(Arc<ServerConfig>, MadeOf), TlsFault> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let broken = |fault: String| pem.fault("cert", pem.cert, PemFault::Certificate(fault));
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| broken(error.to_string()))?;
    let builder = match pem.client_ca {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let unusable = |fault| pem.fault("client_ca", file, fault);
            let roots = file.text().and_then(certificates).and_then(|all| trusted(&all)).map_err(unusable)?;
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            let verifier = verifier.map_err(|error| unusable(PemFault::Certificate(error.to_string())))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let own = own(pem)?;
    let made_of = MadeOf { digest: pem.digest(), shown: own.cert.clone() };
    let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(own)));
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
    Ok((Arc::new(config), made_of))
}

/// Returns who the port is.
fn own(pem: &PortPem<'_>) -> Result<CertifiedKey, TlsFault> {
    let cert = pem.cert.text().map_err(|fault| pem.fault("cert", pem.cert, fault))?;
    let key = pem.key.text().map_err(|fault| pem.fault("key", pem.key, fault))?;
    identity(cert, key, &pem.cert.path.display().to_string()).map_err(|fault| {
        let (name, file) = if fault.is_of_key() { ("key", pem.key) } else { ("cert", pem.cert) };
        pem.fault(name, file, fault)
    })
}
