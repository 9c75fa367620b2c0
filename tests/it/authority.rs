//! Certificates made for one test, so that none runs out.

use std::sync::Arc;
use std::time::SystemTime;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

/// Who signs certificates.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, as PEM.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    pub(crate) cert: String,
    pub(crate) key: String,
}

// === impl Authority ===

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Its own certificate, as PEM.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for a host name or address that signs itself and calls itself an authority.
    pub(crate) fn itself(name: &str) -> Issued {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Issued { cert: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
    }

    /// Signs a certificate for a host name or address.
    pub(crate) fn issue(&self, name: &str) -> Issued {
        self.issue_for(&[name])
    }

    /// Signs a certificate for a host name and for this machine.
    pub(crate) fn issue_here(&self, name: &str) -> Issued {
        self.issue_for(&[name, "127.0.0.1"])
    }

    /// Signs a certificate that counts from one moment to another.
    pub(crate) fn issue_between(&self, name: &str, from: SystemTime, until: SystemTime) -> Issued {
        let mut params = params(&[name, "127.0.0.1"]);
        (params.not_before, params.not_after) = (from.into(), until.into());
        self.signed(&params)
    }

    fn issue_for(&self, names: &[&str]) -> Issued {
        self.signed(&params(names))
    }

    fn signed(&self, params: &CertificateParams) -> Issued {
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.0).unwrap();
        Issued { cert: cert.pem(), key: key.serialize_pem() }
    }
}

fn params(names: &[&str]) -> CertificateParams {
    CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap()
}

// === impl Issued ===

impl Issued {
    /// Settings of a server that shows this certificate and speaks these protocols; with an
    /// authority it wants a certificate of it from every client.
    pub(crate) fn server(&self, protocols: &[&str], clients: Option<&Authority>) -> ServerConfig {
        let certificate = CertificateDer::from_pem_slice(self.cert.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = match clients {
            None => config.with_no_client_auth(),
            Some(clients) => {
                let mut roots = RootCertStore::empty();
                roots.add(CertificateDer::from_pem_slice(clients.pem().as_bytes()).unwrap()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                config.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let mut config = config.with_single_cert(vec![certificate], key).unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }
}
