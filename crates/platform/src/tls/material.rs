//! Files to a configuration of rustls.
//!
//! Invariant: everything is read before anything is used, so that a configuration is made of one state of the files.

use std::{fs, path::Path, sync::Arc};

use sha2::{Digest, Sha256};
use tokio_rustls::rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};

use super::{ClientAuth, Facts, Files, TlsError};

/// What is said of the protocol inside. HTTP/2 would bring its own ways to exhaust a server and nothing that our clients miss.
const ALPN: &[u8] = b"http/1.1";

/// The bytes of the files, and a digest to tell one state of them from another.
pub(super) struct Material {
    certificate: Vec<u8>,
    key: Vec<u8>,
    authority: Option<Vec<u8>>,
    pub(super) digest: [u8; 32],
}

/// Ready to be spoken with.
pub(super) struct Loaded {
    pub(super) config: Arc<ServerConfig>,
    pub(super) facts: Facts,
    pub(super) digest: [u8; 32],
}

impl Material {
    pub(super) fn read(files: &Files) -> Result<Material, TlsError> {
        let (certificate, key) = (bytes(&files.certificate)?, bytes(&files.key)?);
        let authority = files.client_ca.as_deref().map(bytes).transpose()?;
        let mut hasher = Sha256::new();
        for part in [&certificate, &key].into_iter().chain(&authority) {
            hasher.update(part.len().to_be_bytes());
            hasher.update(part);
        }
        Ok(Material { certificate, key, authority, digest: hasher.finalize().into() })
    }

    pub(super) fn load(self, files: &Files) -> Result<Loaded, TlsError> {
        let missing = |path: &Path, what| TlsError::Missing { path: path.to_owned(), what };
        let chain = certificates(&self.certificate).ok_or_else(|| missing(&files.certificate, "certificate"))?;
        let facts = Facts::of(&chain[0]).ok_or_else(|| missing(&files.certificate, "certificate"))?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|_| missing(&files.key, "private key"))?;
        let provider = provider();
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(TlsError::Unfit)?;
        let builder = match self.verifier(files, provider)? {
            Some(verifier) => builder.with_client_cert_verifier(verifier),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_single_cert(chain, key).map_err(TlsError::Unfit)?;
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(Loaded { config: Arc::new(config), facts, digest: self.digest })
    }

    fn verifier(
        &self,
        files: &Files,
        provider: Arc<CryptoProvider>,
    ) -> Result<Option<Arc<dyn ClientCertVerifier>>, TlsError> {
        if files.client_auth == ClientAuth::Off {
            return Ok(None);
        }
        let (Some(path), Some(bytes)) = (&files.client_ca, &self.authority) else { return Err(TlsError::NoAuthority) };
        let missing = || TlsError::Missing { path: path.clone(), what: "certificate" };
        let mut roots = RootCertStore::empty();
        for certificate in certificates(bytes).ok_or_else(missing)? {
            roots.add(certificate).map_err(|error| TlsError::Authority(error.to_string()))?;
        }
        let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        let builder = if files.client_auth == ClientAuth::Optional { builder.allow_unauthenticated() } else { builder };
        builder.build().map(Some).map_err(|error| TlsError::Authority(error.to_string()))
    }
}

/// Whether the key (PEM) is that of the certificate (PEM).
pub(super) fn fit(certificate: &[u8], key: &[u8]) -> bool {
    let (Some(chain), Ok(key)) = (certificates(certificate), PrivateKeyDer::from_pem_slice(key)) else { return false };
    CertifiedKey::from_der(chain, key, &provider()).is_ok()
}

pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })
}

/// Every certificate of a PEM text; `None` when there is none or one is broken.
pub(super) fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let all: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().ok()?;
    Some(all).filter(|all| !all.is_empty())
}
