//! The floor of a fetch: a bare actix-web server, a process of its own as the office is one.
//!
//! It has the office's own number of workers and answers `GET /api/v1/license` with the very bytes
//! and headers that the office answers. All that it looks up was read beforehand: it finds the
//! installation by the first part of its statement, checks the signature with one `verify_strict`
//! and answers; no middleware, no log, no database, no thread but actix's own.

use crate::Outcome;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, get};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// What this program is called with to be the floor, before the name of the file.
pub const COMMAND: &str = "floor-server";

/// An installation as the floor knows it.
pub struct Known {
    /// The first part of its statements.
    pub header: String,
    /// Its public key.
    pub key: [u8; 32],
    /// The license it is answered.
    pub document: String,
}

/// The floor's server, running.
pub struct Floor {
    child: Child,
    /// Where it listens.
    pub address: String,
}

impl Floor {
    /// Starts one that knows these installations.
    pub fn start(known: impl IntoIterator<Item = Known>) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("installations");
        let mut writer = BufWriter::new(File::create(&file)?);
        for Known { header, key, document } in known {
            writeln!(writer, "{header} {} {document}", URL_SAFE_NO_PAD.encode(key))?;
        }
        writer.flush()?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg(COMMAND)
            .arg(&file)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or("no stdout")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let floor = Self { child, address: line.trim().to_owned() };
        if floor.address.is_empty() { Err("the floor did not start".into()) } else { Ok(floor) }
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        // It may have ended by itself; nothing of it stays either way.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves, as a process of its own, until it is killed.
pub fn serve(file: &Path) -> Outcome<()> {
    let installations = Data::new(read(file)?);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    let server =
        HttpServer::new(move || App::new().app_data(installations.clone()).service(license))
            .listen(listener)?
            .run();
    Ok(actix_web::rt::System::new().block_on(server)?)
}

/// What is answered, by the first part of a statement.
type Installations = HashMap<String, Installation>;

struct Installation {
    key: VerifyingKey,
    document: Bytes,
    tag: String,
}

fn read(file: &Path) -> Outcome<Installations> {
    fs::read_to_string(file)?.lines().map(installation).collect()
}

fn installation(line: &str) -> Outcome<(String, Installation)> {
    let [header, key, document] = line.split(' ').collect::<Vec<_>>()[..] else {
        return Err("an installation is a header, a key and a document".into());
    };
    let key: [u8; 32] = URL_SAFE_NO_PAD.decode(key)?.try_into().map_err(|_| "no key")?;
    let hash = Sha256::digest(document.as_bytes());
    let installation = Installation {
        key: VerifyingKey::from_bytes(&key)?,
        document: Bytes::copy_from_slice(document.as_bytes()),
        tag: format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash[..16])),
    };
    Ok((header.to_owned(), installation))
}

#[get("/api/v1/license")]
async fn license(request: HttpRequest, installations: Data<Installations>) -> HttpResponse {
    match authenticated(request.headers(), &installations) {
        Some(installation) => answer(request.headers(), installation),
        None => HttpResponse::Unauthorized().finish(),
    }
}

fn authenticated<'a>(
    headers: &HeaderMap,
    installations: &'a Installations,
) -> Option<&'a Installation> {
    let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    let (signed, signature) = token.rsplit_once('.')?;
    let installation = installations.get(signed.split_once('.')?.0)?;
    let mut bytes = [0; 64];
    let length = URL_SAFE_NO_PAD.decode_slice(signature, &mut bytes).ok()?;
    let signature = Signature::from_slice(&bytes[..length]).ok()?;
    installation.key.verify_strict(signed.as_bytes(), &signature).ok()?;
    Some(installation)
}

fn answer(headers: &HeaderMap, installation: &Installation) -> HttpResponse {
    let tag = installation.tag.as_str();
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == tag);
    let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::VARY, "Authorization, Accept"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
        ));
    if known {
        return answer.finish();
    }
    answer.content_type("application/jwt").body(installation.document.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};
    use ed25519_dalek::{Signer, SigningKey};

    fn headers(pairs: &[(HeaderName, String)]) -> HeaderMap {
        let value = |text: &str| HeaderValue::from_str(text).unwrap();
        pairs.iter().map(|(name, text)| (name.clone(), value(text))).collect()
    }

    #[test]
    fn an_installation_is_answered_by_its_signature_alone() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let line =
            format!("head {} the.license", URL_SAFE_NO_PAD.encode(key.verifying_key().to_bytes()));
        let installations: Installations = [installation(&line).unwrap()].into();
        let signature = URL_SAFE_NO_PAD.encode(key.sign(b"head.claims").to_bytes());
        let found = |token: String| {
            let headers = headers(&[(header::AUTHORIZATION, format!("Bearer {token}"))]);
            authenticated(&headers, &installations).is_some()
        };
        assert!(found(format!("head.claims.{signature}")));
        assert!(!found(format!("head.other.{signature}")));
        assert!(!found(format!("other.claims.{signature}")));

        let installation = &installations["head"];
        assert_eq!(answer(&headers(&[]), installation).status(), 200);
        let same = headers(&[(header::IF_NONE_MATCH, installation.tag.clone())]);
        assert_eq!(answer(&same, installation).status(), 304);
        let other = headers(&[(header::IF_NONE_MATCH, "\"other\"".into())]);
        assert_eq!(answer(&other, installation).status(), 200);
    }
}
