//! The other side: asking a server of ours.
//!
//! Invariant: who asks from elsewhere has a chain, a name and an end looked at. Only who asks on the same machine how a server is
//! looks for nothing but the very certificate in the file, because they want to know how it is even when it has ended.

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore, SignatureScheme, StreamOwned,
        client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
        version::{TLS12, TLS13},
    },
};

use super::{
    TlsError,
    material::{bytes, certificates, provider},
};

#[derive(Debug)]
struct Pinned {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let same = shown.as_ref() == self.certificate.as_ref();
        if same { Ok(ServerCertVerified::assertion()) } else { Err(Error::General("another certificate".to_owned())) }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Connects to the server that has this certificate, and shows the same when it asks for one.
pub fn trusting_only(certificate: &Path, key: &Path) -> Result<TlsConnector, TlsError> {
    let missing = |path: &Path, what| TlsError::Missing { path: path.to_owned(), what };
    let chain = certificates(&bytes(certificate)?).ok_or_else(|| missing(certificate, "certificate"))?;
    let own = PrivateKeyDer::from_pem_slice(&bytes(key)?).map_err(|_| missing(key, "private key"))?;
    let provider = provider();
    let pinned = Pinned { certificate: chain[0].clone(), provider: Arc::clone(&provider) };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Unfit)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(pinned))
        .with_client_auth_cert(chain, own)
        .map_err(TlsError::Unfit)?;
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Authorities whose certificates a client believes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorities {
    /// Those in a file (PEM), and no others.
    File(PathBuf),
    /// Those of the internet, as Mozilla lists them.
    Public,
}

impl Authorities {
    /// The file, when they are in one.
    pub const fn file(&self) -> Option<&PathBuf> {
        match self {
            Authorities::File(path) => Some(path),
            Authorities::Public => None,
        }
    }

    fn roots(&self) -> Result<RootCertStore, TlsError> {
        let Authorities::File(path) = self else {
            return Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
        };
        let mut roots = RootCertStore::empty();
        let missing = || TlsError::Missing { path: path.clone(), what: "certificate" };
        for certificate in certificates(&bytes(path)?).ok_or_else(missing)? {
            roots.add(certificate).map_err(|error| TlsError::Authority(error.to_string()))?;
        }
        Ok(roots)
    }
}

/// Whose certificates a client believes, and which one it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// Whose certificates are believed.
    pub authority: Authorities,
    /// What is shown to a server that asks for it: a certificate with its key (PEM).
    pub shown: Option<(PathBuf, PathBuf)>,
}

impl Trust {
    /// Whoever that authority vouches for, without one those of the internet; nothing is shown to them.
    pub fn of(authority: Option<PathBuf>) -> Trust {
        Trust { authority: authority.map_or(Authorities::Public, Authorities::File), shown: None }
    }

    /// Reads the files and makes connections by them: over TLS 1.2 and 1.3, to servers whose certificate holds for their name now.
    pub fn connector(&self) -> Result<TlsConnector, TlsError> {
        self.connector_for(&[])
    }

    /// The same for what these protocols are spoken over, which is agreed on in the handshake (ALPN).
    pub fn connector_for(&self, protocols: &[&[u8]]) -> Result<TlsConnector, TlsError> {
        let mut config = self.config()?;
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Ok(TlsConnector::from(Arc::new(config)))
    }

    /// The same over a connection that is there, for whoever waits for it. The handshake comes with the first byte.
    pub fn over<S: Read + Write>(&self, host: &str, stream: S) -> Result<StreamOwned<ClientConnection, S>, TlsError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|error| TlsError::Authority(error.to_string()))?;
        let connection = ClientConnection::new(Arc::new(self.config()?), name).map_err(TlsError::Unfit)?;
        Ok(StreamOwned::new(connection, stream))
    }

    fn config(&self) -> Result<ClientConfig, TlsError> {
        let missing = |path: &Path, what| TlsError::Missing { path: path.to_owned(), what };
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(TlsError::Unfit)?
            .with_root_certificates(self.authority.roots()?);
        Ok(match &self.shown {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = certificates(&bytes(certificate)?).ok_or_else(|| missing(certificate, "certificate"))?;
                let own = PrivateKeyDer::from_pem_slice(&bytes(key)?).map_err(|_| missing(key, "private key"))?;
                builder.with_client_auth_cert(chain, own).map_err(TlsError::Unfit)?
            }
        })
    }
}

/// The name a client says it asks for; which one does not matter where a certificate is known byte for byte.
pub fn asking() -> ServerName<'static> {
    ServerName::IpAddress(std::net::IpAddr::from([127, 0, 0, 1]).into())
}
