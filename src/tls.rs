//! TLS of the API, from two PEM files that may be replaced while the server runs.

use crate::clock::Stopwatch;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often the files are looked at, at most.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The largest file that is read, in bytes.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Why a certificate or its key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{path}: {fault}", path = .0.display(), fault = .1)]
    File(PathBuf, io::Error),
    /// A file is no PEM, or holds something else.
    #[error("{path}: {fault}", path = .0.display(), fault = .1)]
    Pem(PathBuf, rustls::pki_types::pem::Error),
    /// Others than the owner and the group may read or write the key.
    #[error("{}: others may read it; run: chmod o-rwx FILE", .0.display())]
    KeyMode(PathBuf),
    /// The certificate and the key do not belong together, or are of an unknown kind.
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
}

/// The certificate in use, loaded again when its files change.
#[derive(Debug)]
pub struct Certificates {
    certificate: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    loaded: Mutex<Loaded>,
}

#[derive(Debug)]
struct Loaded {
    in_use: Arc<CertifiedKey>,
    /// The files as they were tried last.
    tried: Option<[Stamp; 2]>,
    looked: Stopwatch,
    fault: Option<String>,
}

/// What tells that a file was replaced or changed.
type Stamp = (u64, i64, i64, u64);

impl Certificates {
    /// Loads a certificate chain and its private key, both PEM.
    ///
    /// # Errors
    /// Why they cannot be used.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let tried = stamps(certificate, key);
        let in_use = Arc::new(read(certificate, key, &provider)?);
        let loaded = Loaded { in_use, tried, looked: Stopwatch::start(), fault: None };
        let (certificate, key) = (certificate.to_owned(), key.to_owned());
        Ok(Self { certificate, key, provider, loaded: Mutex::new(loaded) })
    }

    /// The server's side of TLS 1.2 and 1.3 with these certificates.
    ///
    /// # Errors
    /// A fault of the program.
    pub fn server_config(self: &Arc<Self>) -> Result<ServerConfig, TlsError> {
        let config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(rustls::DEFAULT_VERSIONS)?;
        Ok(config.with_no_client_auth().with_cert_resolver(Arc::clone(self) as _))
    }

    /// Why the files as they are now cannot be used; then the certificate before them still is.
    pub fn fault(&self) -> Option<String> {
        self.look().fault.clone()
    }

    /// The certificate to use now.
    fn look(&self) -> MutexGuard<'_, Loaded> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if loaded.looked.elapsed() < LOOK_EVERY {
            return loaded;
        }
        loaded.looked = Stopwatch::start();
        let now = stamps(&self.certificate, &self.key);
        if now == loaded.tried && now.is_some() {
            return loaded;
        }
        loaded.tried = now;
        match read(&self.certificate, &self.key, &self.provider) {
            Ok(key) => {
                tracing::info!("a new TLS certificate is in use");
                (loaded.in_use, loaded.fault) = (Arc::new(key), None);
            }
            Err(error) => {
                let fault = error.to_string();
                if loaded.fault.as_ref() != Some(&fault) {
                    tracing::warn!(%error, "the TLS certificate before this one stays in use");
                }
                loaded.fault = Some(fault);
            }
        }
        loaded
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.look().in_use))
    }
}

fn stamps(certificate: &Path, key: &Path) -> Option<[Stamp; 2]> {
    let stamp = |path: &Path| path.metadata().ok().map(|file| stamp(&file));
    Some([stamp(certificate)?, stamp(key)?])
}

fn stamp(file: &Metadata) -> Stamp {
    (file.ino(), file.mtime(), file.mtime_nsec(), file.size())
}

fn read(
    certificate: &Path,
    key: &Path,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, TlsError> {
    let pem = contents(certificate, |_| true)?;
    let chain = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| TlsError::Pem(certificate.to_owned(), error))?;
    // The mode is that of the very file that is read.
    let others = |file: &Metadata| file.permissions().mode() & 0o007;
    let pem = contents(key, |file| others(file) == 0)?;
    let private = PrivateKeyDer::from_pem_slice(&pem);
    let private = private.map_err(|error| TlsError::Pem(key.to_owned(), error))?;
    Ok(CertifiedKey::from_der(chain, private, provider)?)
}

fn contents(path: &Path, may_be_used: impl Fn(&Metadata) -> bool) -> Result<Vec<u8>, TlsError> {
    let failed = |error| TlsError::File(path.to_owned(), error);
    let file = File::open(path).map_err(failed)?;
    if !may_be_used(&file.metadata().map_err(failed)?) {
        return Err(TlsError::KeyMode(path.to_owned()));
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
