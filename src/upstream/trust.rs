//! Whom a backend's own file of certificates trusts.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{VerifierBuilderError, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use crate::table::Authorities;

/// Trusts what the authorities of a file have signed, and the certificates in it themselves.
///
/// `openssl req -x509` makes a certificate that signs itself and calls itself an authority, and many
/// servers at home show just that. rustls refuses to take an authority for a server, be it named in
/// so many words; every other client takes it.
#[derive(Debug)]
pub(super) struct Trust {
    signed: Arc<WebPkiServerVerifier>,
    named: Authorities,
}

// === impl Trust ===

impl Trust {
    pub(super) fn of(named: &Authorities) -> Result<Self, VerifierBuilderError> {
        let (roots, provider) = (Arc::clone(named.roots()), Arc::new(aws_lc_rs::default_provider()));
        let signed = WebPkiServerVerifier::builder_with_provider(roots, provider).build()?;
        Ok(Self { signed, named: named.clone() })
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified =
            self.signed.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verified {
            // Its dates are looked at before its kind, so only the name is left.
            Err(Error::InvalidCertificate(CertificateError::Other(_))) if self.named.holds(end_entity) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signed.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signed.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.signed.supported_verify_schemes()
    }
}
