//! What is wrong with an encryption, and what mends it.

use std::io;

use rustls::{AlertDescription, CertificateError, Error};

use super::failure::kind;

/// Says why a handshake failed, in words that name no address.
pub(super) fn refusal(error: &io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match inner {
        Some(Error::InvalidCertificate(why)) => of_its_certificate(why),
        Some(Error::AlertReceived(alert)) => of_ours(*alert),
        Some(Error::InvalidMessage(_)) => "what answers there isn't TLS; is its URL http?".to_owned(),
        Some(other) => other.to_string(),
        None => kind(error),
    }
}

fn of_its_certificate(why: &CertificateError) -> String {
    match why {
        CertificateError::UnknownIssuer => "nobody that is trusted here has signed its certificate; \
             `tls: {ca: FILE}` of the backend names who else is trusted"
            .to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name than its URL's".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate isn't valid yet".to_owned()
        }
        CertificateError::Other(why) if format!("{why:?}").contains("CaUsedAsEndEntity") => {
            "it shows a certificate that it has signed itself, as an authority; \
             `tls: {ca: FILE}` of the backend can name that very certificate"
                .to_owned()
        }
        other => format!("its certificate is refused: {other}"),
    }
}

fn of_ours(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::CertificateRequired => "it wants to see a certificate of ours; \
             `tls: {cert: FILE, key: FILE}` of the backend names one"
            .to_owned(),
        AlertDescription::BadCertificate
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA => format!("it doesn't accept our certificate ({alert:?})"),
        other => format!("it ended it with {other:?}"),
    }
}
